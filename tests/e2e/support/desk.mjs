// @ts-check
/**
 * A whole installation for one test: key, store, server, browser, agent desktop; all gone afterwards.
 *
 * Owns the life of these. Must never end a process that it has not started.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NATIVE_COMMAND } from "../../../scripts/build.mjs";
import { launch } from "../../../scripts/demo/browser.mjs";
import { Desktop } from "../../../scripts/demo/desktop.mjs";
import { ensureKey, startServer } from "../../../scripts/demo/store.mjs";
import { ROOT } from "../../../scripts/lib/project.mjs";

/** Limits, in milliseconds, for what the engine does by itself. */
export const CLOSE_LIMIT_MS = 60_000;
export const STORED_LIMIT_MS = 60_000;

/**
 * @typedef {import("../../../pkg/protocol.mjs").CallReport} CallReport
 * @typedef {import("../../../pkg/protocol.mjs").Snapshot} Snapshot
 * @typedef {import("playwright-core").BrowserContext} BrowserContext
 */

/** One installation. */
export class Installation {
  /** @type {import("../../../scripts/demo/store.mjs").RunningServer | null} */
  server = null;
  /** @type {Set<BrowserContext>} */
  #contexts = new Set();

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "callseal-e2e-"));
    this.store = join(this.folder, "store");
    this.profile = join(this.folder, "profile");
    this.command = NATIVE_COMMAND;
    this.site = join(ROOT, "dist/www");
    const { privateKey, publicKey } = ensureKey(this.command, join(this.folder, "key"));
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /** @param {{listen?: string, tokenFile?: string, onLine?: (line: string) => void}} [options] */
  async serve(options = {}) {
    const { command, store, site, publicKey } = this;
    this.server = await startServer({ command, store, site, publicKey, ...options });
    return this.server;
  }

  /**
   * Starts a browser whose microphone plays a WAV file once.
   * @param {{agent: string} & Partial<import("../../../scripts/demo/browser.mjs").LaunchOptions>} options
   */
  async browse({ agent, ...options }) {
    const microphone = join(this.folder, "microphone.wav");
    // By ffmpeg: the demo's own resampler, which works everywhere, takes seconds for a few seconds of sound.
    const form = ["-ac", "1", "-ar", "48000", "-c:a", "pcm_s16le", "-map_metadata", "-1", "-flags:a", "+bitexact", "-fflags", "+bitexact"];
    execFileSync("ffmpeg", ["-v", "error", "-y", "-i", agent, ...form, microphone], { stdio: "inherit" });
    const context = await launch({ microphone, profile: this.profile, ...options });
    this.#contexts.add(context);
    context.on("close", () => this.#contexts.delete(context));
    return context;
  }

  /**
   * Server, browser and desktop in one.
   * @param {{agent: string, customer: string, keypad?: boolean, shred?: boolean, agentSide?: boolean, prepare?: (context: BrowserContext) => Promise<unknown>} & Partial<import("../../../scripts/demo/browser.mjs").LaunchOptions>} options
   */
  async open({ agent, customer, keypad = false, shred = false, agentSide = false, prepare, ...options }) {
    const server = this.server ?? (await this.serve());
    const context = await this.browse({ agent, ...options });
    await prepare?.(context);
    return Desktop.open(context, server.url, { customerFile: customer, keypad, shred, agentSide });
  }

  /** @param {string} callId @returns {string} folder of a call's objects */
  callFolder(callId) {
    return join(this.store, callId);
  }

  /** @returns {string[]} call ids that have any object */
  storedCalls() {
    return existsSync(this.store) ? readdirSync(this.store).filter((name) => /^[0-9a-f]{8}-/.test(name)) : [];
  }

  async close() {
    for (const context of this.#contexts) await context.close().catch(() => undefined);
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Runs `work` with an installation of its own.
 * @param {(installation: Installation) => Promise<void>} work
 */
export async function withInstallation(work) {
  const installation = new Installation();
  try {
    await work(installation);
  } finally {
    await installation.close();
  }
}

/**
 * The engine's account of a call, once it is closed.
 * @param {Desktop} desktop
 * @param {string} [callId] any call, if absent
 * @returns {Promise<CallReport>}
 */
export async function closed(desktop, callId) {
  const event = await desktop.event(
    ({ type, detail }) => type === "closed" && (callId === undefined || /** @type {{callId: string}} */ (detail).callId === callId),
    "the engine's account of the call",
    CLOSE_LIMIT_MS,
  );
  return /** @type {{report: CallReport}} */ (event.detail).report;
}

/**
 * @param {Desktop} desktop
 * @param {string} callId
 */
export async function stored(desktop, callId) {
  await desktop.event(
    ({ type, detail }) => type === "stored" && /** @type {{callId: string}} */ (detail).callId === callId,
    "the last object to be stored",
    STORED_LIMIT_MS,
  );
}

/**
 * Waits for a snapshot.
 * @param {Desktop} desktop
 * @param {(snapshot: Snapshot) => boolean} wanted
 * @param {string} what
 * @param {number} [limitMs]
 * @returns {Promise<Snapshot>}
 */
export async function snapshot(desktop, wanted, what, limitMs = 20_000) {
  const event = await desktop.event(({ type, detail }) => type === "state" && wanted(/** @type {Snapshot} */ (detail)), what, limitMs);
  return /** @type {Snapshot} */ (event.detail);
}

/** @param {number} atMs Unix time */
export function until(atMs) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - Date.now())));
}

/**
 * The browser's own process: it alone has the profile and is nobody's helper.
 * @param {string} profile
 * @returns {number}
 */
export function browserProcess(profile) {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = commandLine(name);
    // Chromium has its profile in one word, Firefox in two.
    const isOurs = words.includes(`--user-data-dir=${profile}`) || words[words.indexOf("--profile") + 1] === profile;
    if (isOurs && !words.some((word) => word.startsWith("--type=") || word === "-contentproc")) return Number(name);
  }
  throw new Error(`no browser runs with the profile ${profile}`);
}

/** @param {string} process */
function commandLine(process) {
  try {
    return readFileSync(`/proc/${process}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // It has just ended.
  }
}

/**
 * Bytes of files in the page's origin-private file system: the engine's spool.
 * @param {import("playwright-core").Page} page
 * @returns {Promise<{path: string, bytes: number}[]>}
 */
export function spoolFiles(page) {
  return page.evaluate(async () => {
    /** @type {{path: string, bytes: number}[]} */
    const files = [];
    /** @param {FileSystemDirectoryHandle} folder @param {string} path */
    const walk = async (folder, path) => {
      for await (const [name, handle] of folder.entries()) {
        // A file or a folder may go while what is around it is read: the engine clears up.
        try {
          if (handle instanceof FileSystemDirectoryHandle) await walk(handle, `${path}/${name}`);
          else if (handle instanceof FileSystemFileHandle) files.push({ path: `${path}/${name}`, bytes: (await handle.getFile()).size });
        } catch (error) {
          if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), "");
    return files;
  });
}
