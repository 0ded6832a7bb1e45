"""Google's Tink on the other side: decrypts streams that we sealed, and makes streams for us to open.

Reads a JSON request on standard input and writes a JSON answer to standard output. Knows nothing of Callseal but the
parameters of docs/format.md, section 3.
"""

import base64
import hashlib
import io
import json
import sys
from pathlib import Path

import tink
from tink import cleartext_keyset_handle, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

KEY_TYPE = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"


class KeepOpen(io.BytesIO):
    """Tink closes what it writes to; the bytes are wanted afterwards."""

    def close(self):
        pass


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def primitive(data_key):
    """The streaming AEAD with exactly the parameters of the format, under a raw key."""
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0,
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=4096,
            derived_key_size=32,
            hkdf_hash_type=common_pb2.SHA256,
        ),
        key_value=data_key,
    )
    keyset = tink_pb2.Keyset(primary_key_id=1)
    keyset.key.add(
        key_data=tink_pb2.KeyData(
            type_url=KEY_TYPE,
            value=key.SerializeToString(),
            key_material_type=tink_pb2.KeyData.SYMMETRIC,
        ),
        status=tink_pb2.ENABLED,
        key_id=1,
        output_prefix_type=tink_pb2.RAW,
    )
    reader = tink.BinaryKeysetReader(keyset.SerializeToString())
    return cleartext_keyset_handle.read(reader).primitive(streaming_aead.StreamingAead)


def decrypt(data_key, stream, associated_data):
    source = io.BytesIO(stream)
    with primitive(data_key).new_decrypting_stream(source, associated_data) as plaintext:
        return plaintext.read()


def is_refused(data_key, stream, associated_data):
    try:
        decrypt(data_key, stream, associated_data)
    except tink.TinkError:
        return True
    return False


def answer_decrypt(folder, cases):
    """Decrypts every case and checks that Tink refuses it cut, changed or in another place."""
    hashes = []
    for case in cases:
        key, stream = decode(case["k"]), (folder / case["stream"]).read_bytes()
        place = case["associated_data"].encode("ascii")
        plaintext = decrypt(key, stream, place)
        changed = bytes([*stream[:-1], stream[-1] ^ 1])
        for name, refused in {
            "cut": is_refused(key, stream[:-1], place),
            "changed": is_refused(key, changed, place),
            "moved": is_refused(key, stream, place + b"0"),
        }.items():
            if not refused:
                raise AssertionError(f"{case['stream']}: Tink accepts it {name}")
        if "plaintext" in case:
            (folder / case["plaintext"]).write_bytes(plaintext)
        hashes.append(hashlib.sha256(plaintext).hexdigest())
    return hashes


def answer_encrypt(folder, cases):
    """Makes a stream of `length` bytes for every case."""
    hashes = []
    for case in cases:
        plaintext = bytes((at * 7 + case["length"]) % 256 for at in range(case["length"]))
        target = KeepOpen()
        place = case["associated_data"].encode("ascii")
        with primitive(decode(case["k"])).new_encrypting_stream(target, place) as stream:
            stream.write(plaintext)
        (folder / case["stream"]).write_bytes(target.getvalue())
        hashes.append(hashlib.sha256(plaintext).hexdigest())
    return hashes


def main():
    streaming_aead.register()
    request = json.load(sys.stdin)
    answers = {"decrypt": answer_decrypt, "encrypt": answer_encrypt}
    json.dump(answers[request["do"]](Path(request["folder"]), request["cases"]), sys.stdout)


if __name__ == "__main__":
    main()
