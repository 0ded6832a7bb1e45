// @ts-check
/**
 * What the standards beneath docs/format.md say of bytes: hexadecimal, base64url, canonical JSON, HKDF.
 *
 * Must never: know anything of a call.
 */
const { subtle } = globalThis.crypto;
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** What is wrong, as the code of docs/format.md §7, and in which object. */
export class Refusal extends Error {
  /** @param {string} code @param {string} message @param {string} [object] */
  constructor(code, message, object = "") {
    super(message);
    this.code = code;
    this.object = object;
  }
}
/** @param {unknown} holds @param {string} code @param {string} message @param {string} [object] @returns {asserts holds} */
export function check(holds, code, message, object) {
  if (!holds) throw new Refusal(code, message, object);
}

/** Says of a refusal in which object. @template T @param {string} object @param {() => Promise<T>} work @returns {Promise<T>} */
export const within = (object, work) => work().catch((error) => {
  throw error instanceof Refusal ? new Refusal(error.code, error.message, object) : error;
});

/** @param {string} text */
export const ascii = (text) => new TextEncoder().encode(text);
/** @param {ArrayBuffer | Uint8Array} bytes */
export const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
/** @param {Bytes} bytes */
export const sha256 = async (bytes) => hex(await subtle.digest("SHA-256", bytes));
/** @param {Uint8Array[]} pieces @returns {Bytes} */
export const concat = (...pieces) => new Uint8Array(pieces.flatMap((piece) => [...piece]));
/** @param {unknown} text @returns {Bytes} */
export function base64url(text) {
  check(typeof text === "string" && /^[\w-]*$/.test(text), "open/corrupt", "not base64url without padding");
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  const again = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  check(again === text, "open/corrupt", "bits behind the end of base64url");
  return bytes;
}
/** @param {Bytes} secret @param {Bytes} salt @param {string} info */
export async function hkdf(secret, salt, info) {
  const key = await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info: ascii(info) }, key, 256));
}
/** @param {any} value @returns {string} RFC 8785 */
export function canonical(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}
/** @param {Bytes} bytes */
export function parse(bytes) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new Refusal(bytes.at(-1) === 0x7d ? "open/corrupt" : "open/truncated", "not JSON in UTF-8, or half of it");
  }
}
