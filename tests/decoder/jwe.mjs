// @ts-check
/**
 * JWE (RFC 7516) in the general serialization, as far as docs/format.md §4 uses it.
 *
 * Must never: try algorithms one after the other, or give out content that is not authentic.
 */
import { Refusal, ascii, base64url, canonical, check, concat, parse } from "./bytes.mjs";
const { subtle } = globalThis.crypto;
/** @typedef {import("./bytes.mjs").Bytes} Bytes */

/** §4: opens an envelope. @param {Bytes} bytes @param {JsonWebKey} privateJwk @param {string} associatedData @returns {Promise<Bytes>} */
export async function openEnvelope(bytes, privateJwk, associatedData) {
  check(bytes.length <= 65_536, "open/corrupt", "longer than any envelope");
  const jwe = parse(bytes);
  check(Array.isArray(jwe.recipients) && typeof jwe.protected === "string", "open/corrupt", "not the general serialization");
  const shared = parse(base64url(jwe.protected));
  const { kty, crv, x, y } = privateJwk;
  const kid = btoa(String.fromCharCode(...new Uint8Array(await subtle.digest("SHA-256", ascii(canonical({ kty, crv, x, y }))))));
  const thumbprint = kid.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const recipient = jwe.recipients.find((/** @type {any} */ one) => (one.header?.kid ?? jwe.unprotected?.kid ?? shared.kid) === thumbprint);
  check(recipient, "open/wrong-key", "sealed for somebody else");
  const headers = [shared, jwe.unprotected ?? {}, recipient.header ?? {}];
  const names = headers.flatMap((header) => Object.keys(header));
  check(new Set(names).size === names.length, "open/corrupt", "one header member in two headers");
  const header = Object.assign({}, ...headers);
  const isKnown = header.alg === "ECDH-ES+A256KW" && header.enc === "A256GCM" && !("crit" in header) && !("zip" in header);
  check(isKnown, "open/unsupported", "another algorithm, compression, or an extension that must be understood");
  try {
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const own = await subtle.importKey("jwk", privateJwk, curve, false, ["deriveBits"]);
    const theirs = await subtle.importKey("jwk", /** @type {JsonWebKey} */ (header.epk), curve, false, []);
    const secret = new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: theirs }, own, 256));
    const lengthed = [ascii(header.alg), base64url(header.apu ?? ""), base64url(header.apv ?? "")].map((part) => concat(Uint8Array.of(0, 0, 0, part.length), part));
    const info = concat(Uint8Array.of(0, 0, 0, 1), secret, ...lengthed, Uint8Array.of(0, 0, 1, 0)); // RFC 7518 §4.6.2
    const wrapping = await subtle.importKey("raw", await subtle.digest("SHA-256", info), "AES-KW", false, ["unwrapKey"]);
    const content = await subtle.unwrapKey("raw", base64url(recipient.encrypted_key), wrapping, "AES-KW", "AES-GCM", false, ["decrypt"]);
    const [tag, iv] = [base64url(jwe.tag), base64url(jwe.iv)];
    check(tag.length === 16 && iv.length === 12, "open/corrupt", "a tag or nonce of another length");
    const additionalData = ascii(jwe.aad === undefined ? jwe.protected : `${jwe.protected}.${jwe.aad}`);
    const plain = parse(new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv, additionalData }, content, concat(base64url(jwe.ciphertext), tag))));
    const dataKey = base64url(plain.k);
    check(typeof plain.ad === "string" && dataKey.length === 32, "open/corrupt", "no place, or no data key of 32 bytes");
    check(plain.ad === associatedData, "open/swapped", "the envelope of another segment");
    return dataKey;
  } catch (error) {
    throw error instanceof Refusal && error.code === "open/swapped" ? error : new Refusal("open/corrupt", "the envelope does not open");
  }
}
