// @ts-check
/**
 * Takes the embedding out of the README, so that what is tested is what is shown.
 * Must never: change it, except for where a plain page finds the package's files.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Most lines the embedding may take. */
const MAXIMUM_LINES = 10;

/**
 * The first JavaScript block under the heading "Embed it".
 * @param {string} markdown
 * @returns {string}
 * @throws {Error} if it is not there or longer than ten lines
 */
export function embedding(markdown) {
  const section = markdown.split(/^## /m).find((part) => part.startsWith("Embed it"));
  const code = /```js\n([\s\S]*?)```/.exec(section ?? "")?.[1];
  if (code === undefined) throw new Error("README.md shows no embedding");
  const lines = code.trimEnd().split("\n").length;
  if (lines > MAXIMUM_LINES) throw new Error(`README.md's embedding takes ${lines} lines, more than ${MAXIMUM_LINES}`);
  return code;
}

/**
 * Replaces names of packages by addresses, as a page without a bundler must: an import map would be an inline script,
 * which a strict content-security-policy refuses.
 * @param {string} code
 * @param {string} folder  of the installed package
 * @param {string} base    address of that folder
 * @returns {string}
 */
export function withAddresses(code, folder, base) {
  /** @type {Record<string, string | {default: string}>} */
  const exported = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).exports;
  return code.replace(/(["'])callseal(\/[\w./-]+)?\1/g, (_, quote, /** @type {string | undefined} */ path) => {
    const target = exported[`.${path ?? ""}`];
    if (target === undefined) throw new Error(`the package does not export .${path ?? ""}`);
    return `${quote}${base}/${(typeof target === "string" ? target : target.default).replace(/^\.\//, "")}${quote}`;
  });
}
