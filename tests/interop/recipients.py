"""Envelopes for every kind of recipient, with jwcrypto and pyca/cryptography: reads a request on standard input, prints the answer."""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jwcrypto import jwe, jwk

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
INFO = b"callseal/1/hpke"
ENCAPSULATED_BYTES = 1120


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def x_wing_private(key):
    """draft-connolly-cfrg-xwing-kem: both private keys come from the seed by SHAKE-256."""
    expanded = hashlib.shake_256(decoded(key["priv"])).digest(96)
    return hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    )


def x_wing_public(key):
    both = decoded(key["pub"])
    return hpke.MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(both[:1184]), X25519PublicKey.from_public_bytes(both[1184:])
    )


def open_by_hpke(envelope, key):
    entry = next(entry for entry in envelope["recipients"] if entry["header"]["kid"] == key["kid"])
    sealed = decoded(entry["header"]["ek"]) + decoded(entry["encrypted_key"])
    content_key = SUITE.decrypt(sealed, x_wing_private(key), info=INFO)
    sealed = decoded(envelope["ciphertext"]) + decoded(envelope["tag"])
    return AESGCM(content_key).decrypt(decoded(envelope["iv"]), sealed, envelope["protected"].encode())


def seal_by_hpke(content, protected, key, content_key, iv):
    header = encoded(json.dumps(protected).encode())
    sealed = AESGCM(content_key).encrypt(iv, content, header.encode())
    wrapped = SUITE.encrypt(content_key, x_wing_public(key), info=INFO)
    entry = {
        "header": {"alg": key["alg"], "kid": key["kid"], "ek": encoded(wrapped[:ENCAPSULATED_BYTES])},
        "encrypted_key": encoded(wrapped[ENCAPSULATED_BYTES:]),
    }
    return {
        "protected": header,
        "recipients": [entry],
        "iv": encoded(iv),
        "ciphertext": encoded(sealed[:-16]),
        "tag": encoded(sealed[-16:]),
    }


def open_one(envelope, key):
    if key["kty"] == "AKP":
        return open_by_hpke(envelope, key)
    token = jwe.JWE()
    token.deserialize(json.dumps(envelope), jwk.JWK(**key))
    return token.payload


def seal_one(content, protected, key):
    if key["kty"] == "AKP":
        return seal_by_hpke(content, protected, key, hashlib.sha256(content).digest(), bytes(12))
    token = jwe.JWE(content, json.dumps(protected))
    public = jwk.JWK(**key).export_public()
    token.add_recipient(jwk.JWK.from_json(public), json.dumps({"alg": key["alg"], "kid": key["kid"]}))
    flat = json.loads(token.serialize())
    if "recipients" not in flat:
        flat["recipients"] = [{"header": flat.pop("header"), "encrypted_key": flat.pop("encrypted_key")}]
    return flat


request = json.load(sys.stdin)
if request["do"] == "open":
    answer = [open_one(request["envelope"], key).decode() for key in request["keys"]]
else:
    pairs = zip(request["keys"], request["contents"])
    answer = [seal_one(content.encode(), request["protected"], key) for key, content in pairs]
print(json.dumps(answer))
