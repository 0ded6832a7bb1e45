// @ts-check
/**
 * Runs other programs: quietly into a log with a sign of life, or loudly with the output kept for counting.
 * Must never: go through a shell, or leave a child behind when this process is stopped.
 */
import { execFile, spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { ARTIFACTS, ROOT, toolEnvironment } from "./project.mjs";

/** How often a long step says that it is still at work, in milliseconds. */
const SIGN_OF_LIFE_MS = 20_000;

/** Lines of a log shown when its command failed. */
const TAIL_LINES = 30;

/** Lines of a log kept in memory for the tail. */
const KEPT_LINES = 200;

/** How long children may take to stop after being asked, in milliseconds. */
const STOP_GRACE_MS = 5_000;

/** A command that failed; the message holds what a reader needs to know. */
export class CommandFailed extends Error {
  /** @param {string} message @param {number} status */
  constructor(message, status) {
    super(message);
    this.name = "CommandFailed";
    /** Exit status of the command; 127 if it could not be started. */
    this.status = status;
  }
}

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();

/**
 * Children lead process groups of their own, so that a browser they started ends with them.
 * @param {import("node:child_process").ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // Already gone.
  }
}

/** The child in the foreground: its own status counts when a user stops it. @type {import("node:child_process").ChildProcess | null} */
let foreground = null;

for (const [signal, status] of /** @type {const} */ ([["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]])) {
  process.on(signal, () => {
    for (const child of children) signalGroup(child, "SIGTERM");
    setTimeout(() => {
      for (const child of children) signalGroup(child, "SIGKILL");
    }, STOP_GRACE_MS).unref();
    if (foreground !== null) return;
    if (children.size === 0) process.exit(status);
    for (const child of children) child.on("close", () => children.size === 0 && process.exit(status));
  });
}

/**
 * @param {readonly string[]} command
 * @param {{env?: NodeJS.ProcessEnv, cwd?: string, stdio?: import("node:child_process").StdioOptions}} options
 */
function start([program = "", ...options], { env = {}, cwd = ROOT, stdio = ["ignore", "pipe", "pipe"] }) {
  const child = spawn(program, options, { cwd, env: { ...toolEnvironment(), ...env }, stdio, detached: true });
  children.add(child);
  child.on("close", () => children.delete(child));
  return child;
}

/**
 * Short answer of a probe, or null if the program is missing or fails. Never throws.
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | null>}
 */
export function ask([program = "", ...options], env = {}) {
  return new Promise((resolve) => {
    execFile(program, options, { cwd: ROOT, env: { ...toolEnvironment(), ...env }, timeout: 30_000 }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : null),
    );
  });
}

/**
 * A line of progress on stderr: `[area]  12.3 s  text`.
 * @param {string} area
 * @returns {(text: string) => void}
 */
export function progress(area) {
  const started = performance.now();
  return (text) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`[${area}] ${seconds} s  ${text}\n`);
  };
}

/**
 * Runs a command quietly: its output goes to `artifacts/<log>.log`; every 20 s a line says how far it is.
 * @param {readonly string[]} command
 * @param {{log: string, say: (text: string) => void, env?: NodeJS.ProcessEnv, cwd?: string}} options
 * @returns {Promise<void>}
 * @throws {CommandFailed} with the end of the log
 */
export async function runQuietly(command, { log, say, ...rest }) {
  mkdirSync(ARTIFACTS, { recursive: true });
  const path = join(ARTIFACTS, `${log}.log`);
  const file = createWriteStream(path);
  file.write(`$ ${command.join(" ")}\n`);
  const child = start(command, rest);
  /** @type {string[]} */
  let lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      file.write(text);
      lines = [...lines, ...text.split(/[\r\n]+/).filter((line) => line.trim() !== "")].slice(-KEPT_LINES);
    });
  }
  const signOfLife = setInterval(() => {
    say(`  … still at work: ${(lines.at(-1) ?? "no output yet").trim().slice(0, 100)}`);
  }, SIGN_OF_LIFE_MS);
  const { status, reason } = await ended(child);
  clearInterval(signOfLife);
  file.end();
  if (status !== 0) {
    const tail = lines.slice(-TAIL_LINES).map((line) => `    ${line}`);
    const where = relative(ROOT, path);
    throw new CommandFailed([`\`${command.join(" ")}\` ${reason}. The end of ${where}:`, ...tail].join("\n"), status);
  }
}

/**
 * Runs a command loudly: output is shown as it comes, and kept.
 * @param {readonly string[]} command
 * @param {{log: string, env?: NodeJS.ProcessEnv, cwd?: string, timeoutMs?: number}} options
 * @returns {Promise<{status: number, reason: string, output: string}>} does not throw if the command fails
 */
export async function runLoudly(command, { log, timeoutMs, ...rest }) {
  mkdirSync(ARTIFACTS, { recursive: true });
  const file = createWriteStream(join(ARTIFACTS, `${log}.log`), { flags: "a" });
  process.stdout.write(`$ ${command.join(" ")}\n`);
  file.write(`$ ${command.join(" ")}\n`);
  const child = start(command, rest);
  let output = "";
  for (const [stream, sink] of /** @type {const} */ ([[child.stdout, process.stdout], [child.stderr, process.stderr]])) {
    stream?.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      sink.write(text);
      file.write(text);
      output += text;
    });
  }
  let late = false;
  const alarm =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          signalGroup(child, "SIGKILL");
        }, timeoutMs);
  const result = await ended(child);
  clearTimeout(alarm);
  file.end();
  const reason = late ? `did not end within ${(timeoutMs ?? 0) / 60_000} min and was stopped` : result.reason;
  return { status: late ? 124 : result.status, reason, output };
}

/**
 * Runs a command in the foreground; stopping this process stops it, and its own status counts.
 * @param {readonly string[]} command
 * @param {(line: string) => void} onLine  for each line on its standard output; the rest goes where ours goes
 * @returns {Promise<number>} its exit status
 */
export async function runInForeground(command, onLine) {
  foreground = start(command, { stdio: ["inherit", "pipe", "inherit"] });
  if (foreground.stdout !== null) createInterface({ input: foreground.stdout }).on("line", onLine);
  const { status, reason } = await ended(foreground);
  foreground = null;
  if (status === 127) process.stderr.write(`\`${command.join(" ")}\` ${reason}\n`);
  return status;
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<{status: number, reason: string}>}
 */
function ended(child) {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ status: 127, reason: `could not be started (${error.message})` }));
    child.on("close", (status, signal) =>
      resolve({ status: status ?? 128, reason: signal === null ? `ended with status ${status}` : `was ended by ${signal}` }),
    );
  });
}
