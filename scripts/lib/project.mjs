// @ts-check
/**
 * Facts about this checkout that several scripts need: where it lies, which versions it pins, where tools are.
 * Must never: run anything, or state a version of its own; each is stated once, in the file it is read from.
 */
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Logs, reports and screenshots of runs; git-ignored. */
export const ARTIFACTS = join(ROOT, "artifacts");

/** Exit status when something that must be there is missing and could not be installed, or the port is taken. */
export const STATUS_MISSING_PREREQUISITE = 3;

/** @param {string} path relative to the checkout @returns {string} */
export function readProjectFile(path) {
  return readFileSync(join(ROOT, path), "utf8");
}

/**
 * The version of the wasm-bindgen family: the command-line tool must be exactly of it.
 * @param {string} [manifest] text of the root Cargo.toml
 * @returns {string}
 * @throws {Error} if the pin is not there
 */
export function wasmBindgenVersion(manifest = readProjectFile("Cargo.toml")) {
  const version = /^wasm-bindgen = "=(\d+\.\d+\.\d+)"/m.exec(manifest)?.[1];
  if (version === undefined) throw new Error('Cargo.toml has no exact pin `wasm-bindgen = "=…"`');
  return version;
}

/**
 * The Rust toolchain this checkout is built with.
 * @param {string} [file] text of rust-toolchain.toml
 * @returns {string}
 * @throws {Error} if the channel is not there
 */
export function pinnedToolchain(file = readProjectFile("rust-toolchain.toml")) {
  const channel = /^channel = "([^"]+)"/m.exec(file)?.[1];
  if (channel === undefined) throw new Error("rust-toolchain.toml names no channel");
  return channel;
}

/**
 * The exactly pinned version of an npm development tool.
 * @param {string} name
 * @returns {string}
 * @throws {Error} if package.json does not list it
 */
export function npmToolVersion(name) {
  const version = JSON.parse(readProjectFile("package.json")).devDependencies?.[name];
  if (typeof version !== "string") throw new Error(`package.json does not pin ${name}`);
  return version;
}

/** Where `cargo install` puts its tools. */
export function cargoBinaries() {
  return join(process.env["CARGO_HOME"] ?? join(homedir(), ".cargo"), "bin");
}

/**
 * The environment tools run in. npm's `wasm-opt` must be found before any other: Debian's 108 reports success and
 * writes modules that throw when they are instantiated.
 * @returns {NodeJS.ProcessEnv}
 */
export function toolEnvironment() {
  const path = [join(ROOT, "node_modules/.bin"), cargoBinaries(), process.env["PATH"] ?? ""];
  return { ...process.env, PATH: path.join(delimiter) };
}

/**
 * Finds a program as a shell would.
 * @param {string} name
 * @returns {string | null} its path
 */
export function findProgram(name) {
  for (const folder of (toolEnvironment().PATH ?? "").split(delimiter)) {
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
