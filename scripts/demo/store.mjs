// @ts-check
/**
 * The demo's key, its store and its `callseal serve`.
 *
 * Owns: the child process and the folders. Must never: hand the private key to anything but the `callseal` command.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Missing } from "./bad-input.mjs";

/** How long the server may take to be ready, in milliseconds. */
const READY_LIMIT_MS = 15_000;

/**
 * Makes sure that a folder holds a key pair; an earlier run's is used again.
 * @param {string} command  path of the native command
 * @param {string} folder   made with mode 0700 if it is not there
 * @returns {{privateKey: string, publicKey: string}} paths
 * @throws {Missing} if no key could be made
 */
export function ensureKey(command, folder) {
  const privateKey = join(folder, "recipient.private.jwk");
  const publicKey = join(folder, "recipient.public.jwk");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(privateKey)) {
    const { status, stderr } = spawnSync(command, ["keygen", "--out", privateKey], { encoding: "utf8" });
    if (status !== 0) throw new Missing(`callseal keygen failed: ${stderr.trim()}`);
  }
  const { kty, crv, x, y } = JSON.parse(readFileSync(privateKey, "utf8"));
  writeFileSync(publicKey, `${JSON.stringify({ kty, crv, x, y })}\n`);
  return { privateKey, publicKey };
}

/**
 * @typedef {object} RunningServer
 * @property {string} url
 * @property {() => Promise<void>} stop
 */

/**
 * Starts `callseal serve` and waits until it is ready.
 * @param {{command: string, store: string, site: string, publicKey: string, listen?: string, tokenFile?: string, onLine?: (line: string) => void}} options
 * @returns {Promise<RunningServer>}
 * @throws {Missing} if it does not start
 */
export async function startServer({ command, store, site, publicKey, listen = "127.0.0.1:0", tokenFile, onLine }) {
  mkdirSync(store, { recursive: true });
  const options = ["--store", `fs://${store}`, "--listen", listen, "--site", site, "--recipient", publicKey, "--json-ready"];
  if (tokenFile !== undefined) options.push("--token-file", tokenFile);
  const child = spawn(command, ["serve", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  /** @type {string[]} */
  const complaints = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    complaints.push(line);
    onLine?.(line);
  });
  const url = await new Promise((resolve, reject) => {
    const alarm = setTimeout(() => reject(new Missing(`callseal serve was not ready within ${READY_LIMIT_MS / 1000} s`)), READY_LIMIT_MS);
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(alarm);
      resolve(/** @type {string} */ (JSON.parse(line).url));
    });
    child.once("error", (error) => reject(new Missing(`${command}: ${error.message}`)));
    child.once("exit", (status) => reject(new Missing(`callseal serve ended with status ${status}: ${complaints.join(" ")}`)));
  }).catch((/** @type {unknown} */ error) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

/**
 * The stored objects of a call, as they lie on the disk.
 * @param {string} store
 * @param {string} callId
 * @returns {{name: string, size_bytes: number, sha256: string}[]} by name
 */
export function storedObjects(store, callId) {
  const folder = join(store, callId);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      const name = `${callId}/${path.slice(folder.length + 1)}`;
      return { name, size_bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    })
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}
