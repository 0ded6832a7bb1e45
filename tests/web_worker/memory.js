// @ts-check
/**
 * Searching the engine's memory for what must not be left in it.
 *
 * Owns a copy of the memory, and the data key of a segment as another implementation unwraps it. Must never hand either
 * back into that memory.
 */

/** @type {Uint8Array} */
let copy = new Uint8Array();

/** @param {WebAssembly.Memory} memory  copied as it is now */
export function copyMemory(memory) {
  copy = new Uint8Array(memory.buffer).slice();
}

/** @param {Uint8Array} wanted @returns {boolean} whether the copy holds these bytes */
export function copyHolds(wanted) {
  const [first = 0] = wanted;
  for (let at = copy.indexOf(first); at >= 0; at = copy.indexOf(first, at + 1)) {
    if (wanted.every((byte, index) => copy[at + index] === byte)) return true;
  }
  return false;
}

/**
 * Whether the copy holds the data key of this envelope (RFC 7516, ECDH-ES+A256KW of RFC 7518 §4.6).
 * @param {string} envelope    JWE in the general serialization
 * @param {string} privateJwk  of its first recipient
 * @returns {Promise<boolean>}
 */
export async function copyHoldsKey(envelope, privateJwk) {
  const { protected: header, recipients, iv, ciphertext, tag } = JSON.parse(envelope);
  const [{ header: own, encrypted_key }] = recipients;
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const { kty, crv, x, y, d } = JSON.parse(privateJwk);
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d }, curve, false, ["deriveBits"]);
  const { alg, epk } = { ...JSON.parse(new TextDecoder().decode(bytes(header))), ...own };
  const ephemeral = await crypto.subtle.importKey("jwk", epk, curve, false, []);
  const agreed = await crypto.subtle.deriveBits({ name: "ECDH", public: ephemeral }, key, 256);
  const name = new TextEncoder().encode(alg);
  const hashed = new Uint8Array([0, 0, 0, 1, ...new Uint8Array(agreed), 0, 0, 0, name.length, ...name, ...[0, 0, 0, 0], ...[0, 0, 0, 0], ...[0, 0, 1, 0]]);
  const wrapping = await crypto.subtle.importKey("raw", await crypto.subtle.digest("SHA-256", hashed), "AES-KW", false, ["unwrapKey"]);
  const content = await crypto.subtle.unwrapKey("raw", bytes(encrypted_key), wrapping, "AES-KW", "AES-GCM", false, ["decrypt"]);
  const sealed = new Uint8Array([...bytes(ciphertext), ...bytes(tag)]);
  const options = { name: "AES-GCM", iv: bytes(iv), additionalData: new TextEncoder().encode(header) };
  const { k } = JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(options, content, sealed)));
  const dataKey = bytes(k);
  if (dataKey.length !== 32) throw new Error("a data key has 32 bytes");
  return copyHolds(dataKey) || copyHolds(new TextEncoder().encode(k));
}

/** @param {string} text  base64url */
function bytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}
