// @ts-check
/**
 * The size table of what a page downloads, held against size-budget.json.
 * Must never: loosen a budget; that is a change of the file, with a reason in its commit.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** @typedef {{raw: number, gzip: number, brotli: number}} Sizes in bytes */

/** @type {(keyof Sizes)[]} */
const FORMS = ["raw", "gzip", "brotli"];

/**
 * @param {Buffer} content
 * @returns {Sizes} compressed as hard as a server that compresses ahead of time would
 */
export function measure(content) {
  return {
    raw: content.length,
    gzip: gzipSync(content, { level: 9 }).length,
    brotli: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } })
      .length,
  };
}

/**
 * @param {Record<string, Sizes>} sizes
 * @param {Record<string, Sizes>} budget
 * @returns {{table: string, over: string[]}} `over`: one sentence per figure above its budget, and per file without one
 */
export function compare(sizes, budget) {
  /** @type {string[]} */
  const over = [];
  const rows = Object.entries(sizes).map(([file, size]) => {
    const allowed = budget[file];
    if (allowed === undefined) {
      over.push(`${file} has no budget in size-budget.json`);
      return [file, ...FORMS.map((form) => `${size[form]}`)];
    }
    for (const form of FORMS) {
      if (size[form] > allowed[form]) {
        over.push(`${file} is ${size[form]} bytes (${form}), ${size[form] - allowed[form]} over its budget of ${allowed[form]}`);
      }
    }
    return [file, ...FORMS.map((form) => `${size[form]} / ${allowed[form]}`)];
  });
  return { table: layOut([["bytes / budget", ...FORMS], ...rows]), over };
}

/**
 * @param {string} root
 * @returns {{table: string, over: string[]}}
 */
export function checkSizes(root) {
  /** @type {Record<string, Sizes>} */
  const budget = JSON.parse(readFileSync(join(root, "size-budget.json"), "utf8"));
  /** @type {Record<string, Sizes>} */
  const sizes = {};
  for (const file of Object.keys(budget)) sizes[file] = measure(readFileSync(join(root, file)));
  return compare(sizes, budget);
}

/** @param {string[][]} rows @returns {string} */
function layOut(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "))
    .join("\n");
}
