// @ts-check
/**
 * The agent desktop on this machine: `npm start`.
 *
 * Owns: the order — setup, build, the demo's key, `callseal serve` — and the address of the page.
 * Must never: put the private key where it is served, or move to another port when this one is taken: another port is
 * another web origin, and what a browser has spooled would stay behind under the old one.
 *
 * Exit status: that of `callseal serve` (3: the port is taken), 1 if the build fails, 3 if a prerequisite is missing.
 */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, NATIVE_COMMAND } from "./build.mjs";
import { Missing } from "./demo/bad-input.mjs";
import { ensureKey } from "./demo/store.mjs";
import { ROOT, STATUS_MISSING_PREREQUISITE } from "./lib/project.mjs";
import { runInForeground } from "./lib/run.mjs";
import { setupOrExit } from "./setup.mjs";

/** Part of the web origin under which browsers spool recordings: it stays the same from start to start. */
const LISTEN = "127.0.0.1:8787";

await setupOrExit("build");
try {
  await build();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
const publicKey = makeKey();
process.exitCode = await runInForeground(
  [
    ...[NATIVE_COMMAND, "serve", "--store", "fs://./recordings", "--listen", LISTEN, "--json-ready"],
    ...["--site", join(ROOT, "dist/www"), "--recipient", publicKey, "--token-file", ensureToken()],
  ],
  (line) => {
    process.stdout.write(`Agent desktop: ${JSON.parse(line).url}/\nRecordings: recordings/ — to end: Ctrl-C\n`);
  },
);

/**
 * The same token at every start: a page that is open meanwhile goes on storing what it has spooled.
 * @returns {string} its file
 */
function ensureToken() {
  const file = join(ROOT, ".callseal", "token");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  return file;
}

/** @returns {string} the file of the public key; the private one beside it is for `callseal open` */
function makeKey() {
  try {
    return ensureKey(NATIVE_COMMAND, join(ROOT, ".callseal")).publicKey;
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(STATUS_MISSING_PREREQUISITE);
  }
}
