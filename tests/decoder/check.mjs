// @ts-check
/**
 * Holds the second reader against the vectors; runs in Node and in a browser.
 *
 * Must never: use anything that a browser does not have.
 */
import { Chain, readCall, readStream } from "./decoder.mjs";
import { openEnvelope } from "./jwe.mjs";
/** @typedef {import("./bytes.mjs").Bytes} Bytes */

/** @param {string} base64 @returns {Bytes} */
const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
/** @param {string} text @returns {Bytes} */
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
/** @param {Uint8Array} from */
const toHex = (from) => Array.from(from, (byte) => byte.toString(16).padStart(2, "0")).join("");
/** @param {Bytes} of */
const sha256 = async (of) => toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", of)));

/** @param {import("./vectors.mjs").Vector} vector @returns {Promise<string>} what came out, as `wanted` says it */
async function outcome({ header, body }) {
  switch (header.kind) {
    case "stream":
      return sha256(await readStream(fromHex(header.key ?? ""), header.associated_data ?? "", bytes(body)));
    case "envelope":
      return toHex(await openEnvelope(bytes(body), JSON.parse(header.private ?? ""), `callseal/1/${header.address}`));
    case "ledger": {
      const chain = new Chain(header.call_id ?? "");
      await chain.read(bytes(body));
      return String(chain.entries.length);
    }
    default:
      throw new Error(`nothing reads vectors of kind ${header.kind}`);
  }
}

/** @param {import("./vectors.mjs").Vector} vector @returns {Promise<{got: string, wanted: string}>} */
export async function checkPiece(vector) {
  const { expect, plaintext_sha256, data_key, entries } = vector.header;
  const wanted = (expect === "success" ? plaintext_sha256 ?? data_key ?? entries : expect) ?? "";
  const got = await outcome(vector).catch((error) => error.code ?? String(error.stack));
  return { got, wanted };
}

/** @param {Map<string, Bytes>} objects @param {import("./vectors.mjs").Edit} edit @param {Record<string, import("./vectors.mjs").Base>} bases */
function apply(objects, edit, bases) {
  const { object } = edit;
  const content = objects.get(object) ?? new Uint8Array(0);
  switch (edit.do) {
    case "put": return void objects.set(object, bytes(edit.base64 ?? ""));
    case "remove": return void objects.delete(object);
    case "rename": objects.delete(object); return void objects.set(edit.to, content);
    case "copy": return void objects.set(edit.to, edit.of ? bytes(bases[edit.of]?.objects[object] ?? "") : content);
    case "exchange": objects.set(object, objects.get(edit.with ?? "") ?? new Uint8Array(0)); return void objects.set(edit.with ?? "", content);
    case "cut": return void objects.set(object, content.slice(0, edit.to));
    case "append": return void objects.set(object, Uint8Array.of(...content, ...bytes(edit.base64 ?? "")));
    case "flip": return void objects.set(object, content.map((byte, at) => (at === edit.at ? byte ^ 1 : byte)));
    default: throw new Error(`nothing knows how to ${edit.do}`);
  }
}

/**
 * @param {import("./vectors.mjs").Call} call @param {Record<string, import("./vectors.mjs").Base>} bases
 * @returns {Promise<{got: string, wanted: string}>}
 */
export async function checkCall({ base, edits, allow_unterminated, expect }, bases) {
  const { call_id = "", private: key = {}, objects: contents = {} } = bases[base] ?? {};
  const objects = new Map(Object.entries(contents).map(([name, content]) => [name, bytes(content)]));
  for (const edit of edits) apply(objects, edit, bases);
  const wanted = expect.parts ? `${expect.parts.join()} ${expect.is_cut}` : `${expect.code} ${expect.object}`;
  const got = await readCall(call_id, objects, key, { allowUnterminated: allow_unterminated }).then(
    async ({ parts, isCut }) => `${(await Promise.all(parts.map(sha256))).join()} ${isCut}`,
    (error) => (error.code ? `${error.code} ${error.object}` : String(error.stack)),
  );
  return { got, wanted };
}
