// @ts-check
/**
 * One server process: started, waited for, ended, killed and started again on the same port.
 *
 * Owns: the process. Must never: end one that it has not started, or say that a server is ready that does not answer.
 */
import { spawn } from "node:child_process";
import { request } from "node:http";
import { createServer } from "node:net";

/** How long a server may take to answer, in milliseconds: SeaweedFS elects its master first. */
const READY_LIMIT_MS = 60_000;

/** A kill is waited for this long, in milliseconds. */
const END_LIMIT_MS = 10_000;

/** Lines of a server's own words that are kept for a failure's message. */
const WORDS_KEPT = 20;

/** A server process. */
export class Child {
  /** @type {import("node:child_process").ChildProcess | null} */
  #process = null;
  /** @type {string[]} */
  #words = [];

  /**
   * @param {string} program
   * @param {string[]} words
   * @param {{isReady: () => Promise<boolean>, env?: NodeJS.ProcessEnv, cwd?: string}} options
   */
  constructor(program, words, { isReady, env = {}, cwd }) {
    this.program = program;
    this.words = words;
    this.isReady = isReady;
    this.env = env;
    this.cwd = cwd;
  }

  /** Starts it and waits until it answers. */
  async start() {
    const child = spawn(this.program, this.words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.env },
      ...(this.cwd !== undefined && { cwd: this.cwd }),
    });
    this.#process = child;
    this.#words = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (/** @type {Buffer} */ data) => {
        this.#words = [...this.#words, ...`${data}`.split("\n")].slice(-WORDS_KEPT);
      });
    }
    let failed = /** @type {string | null} */ (null);
    child.once("error", (error) => (failed = error.message));
    child.once("exit", (status, signal) => (failed ??= `ended with ${signal ?? status}`));
    const until = performance.now() + READY_LIMIT_MS;
    for (;;) {
      if (failed !== null || performance.now() > until) {
        await this.kill();
        throw new Error(`${this.program} ${failed ?? "did not answer"}:\n${this.#words.join("\n")}`);
      }
      if (await this.isReady().catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What the process holds in memory, in bytes; null where the system does not say. */
  get pid() {
    return this.#process?.pid;
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const alarm = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
    await ended;
    clearTimeout(alarm);
  }

  /** Ends it in order. */
  stop() {
    return this.#end("SIGTERM");
  }

  /** Ends it as a power failure would. */
  kill() {
    return this.#end("SIGKILL");
  }
}

/**
 * Ports that nobody listens on now.
 * @param {number} count
 * @param {(port: number) => boolean} [suits]
 * @returns {Promise<number[]>}
 */
export async function freePorts(count, suits = () => true) {
  const ports = new Set();
  while (ports.size < count) {
    const port = await new Promise((resolve, reject) => {
      const probe = createServer();
      probe.once("error", reject);
      probe.listen(0, "127.0.0.1", () => {
        const address = probe.address();
        probe.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
      });
    });
    if (suits(port)) ports.add(port);
  }
  return [...ports];
}

/** @param {number} port @returns {Promise<boolean>} whether nobody listens there */
export function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/**
 * @param {number} port
 * @param {string} path
 * @param {string} host  what the server must be called
 * @returns {Promise<boolean>} whether it says 200
 */
export function saysOk(port, path, host) {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, path, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asking.once("error", reject);
    asking.end();
  });
}

/** @param {string} url @returns {Promise<boolean>} whether anything answers, whatever it says */
export async function answers(url) {
  await fetch(url, { signal: AbortSignal.timeout(2_000) });
  return true;
}
