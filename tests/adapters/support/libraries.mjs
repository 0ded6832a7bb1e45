// @ts-check
/**
 * The softphone libraries that are tested, as their packages are published.
 *
 * Owns: this folder's node_modules, and one script for the browser out of each library. Must never: change the
 * checkout's own packages, or a library.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(dirname(fileURLToPath(import.meta.url)));
export const MODULES = join(HERE, "node_modules");

/** Global name → what it stands for. @type {Record<string, string>} */
const SOURCES = {
  JsSIP: 'export * from "jssip";',
  SIP: 'export * from "sip.js";',
  SIP07: 'module.exports = require("sip.js-0.7");',
  Twilio: 'export * from "@twilio/voice-sdk";',
  Janus: 'export { default as Janus } from "janus-gateway"; export { default as adapter } from "webrtc-adapter";',
  LiveKit: 'export * from "livekit-client";',
};

/** Installs what is missing or was installed from another lock file. */
function install() {
  const stamp = join(MODULES, ".installed");
  const fingerprint = createHash("sha256").update(readFileSync(join(HERE, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint) return;
  process.stderr.write("adapters: installing the softphone libraries\n");
  const words = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const { status, stderr, error } = spawnSync("npm", words, { cwd: HERE, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ci ended with status ${status}:\n${stderr}`);
  writeFileSync(stamp, fingerprint);
}

/**
 * @param {string} name  a key of `SOURCES`
 * @returns {Promise<string>} a script that sets the global of this name
 */
export async function bundle(name) {
  const { build } = load("esbuild");
  const { outputFiles } = await build({
    stdin: { contents: SOURCES[name], resolveDir: HERE },
    bundle: true,
    write: false,
    format: "iife",
    globalName: name,
    platform: "browser",
    target: "es2022",
    logLevel: "error",
    define: { global: "globalThis" },
  });
  return outputFiles[0].text;
}

/**
 * @param {string} name  of a package of this folder's
 * @returns {any}
 */
export function load(name) {
  install();
  return createRequire(join(HERE, "package.json"))(name);
}
