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
const PLAYER_GLUE = "pkg/dist/callseal_player.js";
const PLAYER_MODULE = "pkg/dist/callseal_player_bg.wasm";

/** @type {import("./stamp.mjs").Recipe} */
export const wasmRecipe = {
  name: "wasm",
  inputs: ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml", "src", "data", "player", "scripts/build/wasm.mjs"],
  outputs: [GLUE, MODULE, PLAYER_GLUE, PLAYER_MODULE],
  facts: [`binaryen ${npmToolVersion("binaryen")}`],
};

/**
 * @param {(text: string) => void} say
 * @throws {Error} if the optimiser is not the pinned one, or a tool fails
 */
export async function buildWasm(say) {
  await checkOptimiser();
  const options = ["--target", "web", "--release", "--no-pack", "--no-gitignore", "--mode", "no-install"];
  await runQuietly(["wasm-pack", "build", ...options, "--out-dir", "pkg/dist"], { log: "build-wasm", say });
  await runQuietly(["wasm-pack", "build", "player", ...options, "--out-dir", "../pkg/dist", "--out-name", "callseal_player"], { log: "build-player", say });
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
  const names = [];
  for (const [glue, module] of [[GLUE, MODULE], [PLAYER_GLUE, PLAYER_MODULE]]) names.push(...(await exportsOf(glue ?? "", module ?? "")));
  return names;
}

/** @param {string} glueFile @param {string} moduleFile @returns {Promise<string[]>} */
async function exportsOf(glueFile, moduleFile) {
  // A new address each time, or Node would hand out the module of an earlier build.
  const glue = await import(`${pathToFileURL(join(ROOT, glueFile)).href}?${Date.now()}`);
  const exports = glue.initSync({ module: readFileSync(join(ROOT, moduleFile)) });
  if (!(exports.memory instanceof WebAssembly.Memory)) throw new Error(`${moduleFile} exports no memory`);
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
  for (const glue of [GLUE, PLAYER_GLUE]) {
    const found = stringEvaluation(readFileSync(join(ROOT, glue), "utf8"));
    if (found.length > 0) throw new Error(`${glue} evaluates strings: ${found.join(", ")}`);
  }
}
