// @ts-check
/**
 * Builds the engine's Wasm into pkg/dist and proves that what came out can be used.
 * Must never: let another `wasm-opt` than npm's at its pinned version touch the module, or let wasm-pack write
 * pkg/package.json, which is kept by hand.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findProgram, npmToolVersion, ROOT } from "../lib/project.mjs";
import { ask, runQuietly } from "../lib/run.mjs";

const GLUE = "pkg/dist/callseal.js";
const MODULE = "pkg/dist/callseal_bg.wasm";

/** @type {import("./stamp.mjs").Recipe} */
export const wasmRecipe = {
  name: "wasm",
  inputs: ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml", "src", "data", "scripts/build/wasm.mjs"],
  outputs: [GLUE, MODULE],
  facts: [`binaryen ${npmToolVersion("binaryen")}`],
};

/**
 * @param {(text: string) => void} say
 * @throws {Error} if the optimiser is not the pinned one, or a tool fails
 */
export async function buildWasm(say) {
  await checkOptimiser();
  await runQuietly(
    ["wasm-pack", "build", "--target", "web", "--release", "--out-dir", "pkg/dist", "--no-pack", "--no-gitignore", "--mode", "no-install"],
    { log: "build-wasm", say },
  );
}

/** The `wasm-opt` that wasm-pack is about to find must be npm's, at the pinned version. */
async function checkOptimiser() {
  const wanted = npmToolVersion("binaryen").split(".")[0];
  const path = findProgram("wasm-opt");
  const answer = await ask(["wasm-opt", "--version"]);
  if (path === null || !path.startsWith(join(ROOT, "node_modules")) || answer?.split(" ")[2] !== wanted) {
    throw new Error(`wasm-opt must be version ${wanted} of npm's binaryen, found ${path}: ${answer}`);
  }
}

/**
 * The optimised module must instantiate: optimisers have written modules that only throw at this point.
 * @returns {Promise<string[]>} names of its exports
 */
export async function instantiate() {
  // A new address each time, or Node would hand out the module of an earlier build.
  const glue = await import(`${pathToFileURL(join(ROOT, GLUE)).href}?${Date.now()}`);
  const exports = glue.initSync({ module: readFileSync(join(ROOT, MODULE)) });
  if (!(exports.memory instanceof WebAssembly.Memory)) throw new Error(`${MODULE} exports no memory`);
  return Object.keys(glue).filter((name) => name !== "default" && name !== "initSync");
}

/**
 * Code from strings is refused by every strict content-security-policy; it must not even be there.
 * @param {string} text
 * @returns {string[]} what was found, empty if fine
 */
export function stringEvaluation(text) {
  return [...text.matchAll(/(?<![\w$.])(new\s+Function\s*\(|eval\s*\()/g)].map((match) => match[1] ?? "");
}

/** @throws {Error} if the glue evaluates strings */
export function checkGlue() {
  const found = stringEvaluation(readFileSync(join(ROOT, GLUE), "utf8"));
  if (found.length > 0) throw new Error(`${GLUE} evaluates strings: ${found.join(", ")}`);
}
