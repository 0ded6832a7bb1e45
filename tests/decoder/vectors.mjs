// @ts-check
/**
 * Reads the vectors of tests/vectors, wherever they run.
 *
 * Must never: leave a vector out because nothing knows its kind.
 */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "vectors");

/** @typedef {{name: string, header: Record<string, string>, body: string}} Vector  the body in base64 */
/** @returns {Vector[]} streams, envelopes and pieces of ledgers */
export function pieces() {
  return readdirSync(FOLDER).filter((file) => file.endsWith(".txt")).sort().map((file) => {
    const [head = "", body = ""] = readFileSync(join(FOLDER, file), "utf8").split("\n\n");
    const header = Object.fromEntries(head.split("\n").map((line) => [line.split(": ", 1)[0], line.slice(line.indexOf(": ") + 2)]));
    return { name: file.slice(0, -4), header, body: body.replaceAll("\n", "") };
  });
}

/** @typedef {{call_id: string, private: JsonWebKey, objects: Record<string, string>}} Base */
/** @typedef {{do: string, object: string, to?: any, with?: string, of?: string, at?: number, base64?: string}} Edit */
/**
 * @typedef {{name: string, comment: string, base: string, allow_unterminated: boolean, edits: Edit[],
 *   expect: {code?: string, object?: string, parts?: string[], is_cut?: boolean}}} Call
 */
/** @returns {{calls: Call[], bases: Record<string, Base>}} whole calls, and what is done to them */
export function calls() {
  const folder = join(FOLDER, "calls");
  const files = readdirSync(folder).filter((file) => file.endsWith(".json")).sort();
  const read = (/** @type {string} */ file) => JSON.parse(readFileSync(join(folder, file), "utf8"));
  const isBase = (/** @type {string} */ file) => file.startsWith("base-");
  return {
    calls: files.filter((file) => !isBase(file)).map((file) => ({ name: file.slice(0, -5), ...read(file) })),
    bases: Object.fromEntries(files.filter(isBase).map((file) => [file.slice(5, -5), read(file)])),
  };
}
