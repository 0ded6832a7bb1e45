// @ts-check
/**
 * An agent's desk for tests of stores: the page and the engine of the soak (compressed time, real encoder, real spool) in
 * a real Chromium, on an origin of its own, so that every store is reached across origins.
 *
 * Owns: the page's server, the browser and its profile, which outlives the browser. Must never: reach a store from Node
 * in the page's place.
 */
import { createServer } from "node:http";
import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { launch } from "../../scripts/demo/browser.mjs";
import { ROOT } from "../../scripts/lib/project.mjs";
import { browserProcess } from "../e2e/support/desk.mjs";
import { makeSite } from "../soak/site.mjs";

/** @typedef {import("../../pkg/protocol.mjs").CallReport} CallReport */

const TYPES = /** @type {Record<string, string>} */ ({
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".wav": "audio/wav",
});

/** How long what the engine does by itself may take, in milliseconds. */
const LIMIT_MS = 120_000;

/** How often the page is asked, in milliseconds. */
const LOOK_EVERY_MS = 100;

/** A desk. */
export class Desk {
  /** @type {import("playwright-core").BrowserContext | null} */
  #browser = null;
  /** @type {import("playwright-core").Page | null} */
  #page = null;
  /** What the page gets as its configuration. @type {object} */
  config = {};
  origin = "";

  /** @param {string} folder of its own */
  constructor(folder) {
    this.profile = join(folder, "profile");
    this.site = join(folder, "site");
    mkdirSync(this.site, { recursive: true });
    const [prompt] = JSON.parse(readFileSync(join(ROOT, "pkg/prompts/index.json"), "utf8")).prompts;
    const { promptId, version, language, text, sha256 } = prompt;
    this.disclosure = { promptId, version, language, text, sha256, url: "/media/prompt.wav" };
    makeSite(this.site, prompt.file);
    this.server = createServer((request, response) => this.#serve(request, response));
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  #serve(request, response) {
    const path = normalize(new URL(request.url ?? "/", "http://desk").pathname);
    if (path === "/callseal/config.json") {
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(JSON.stringify(this.config));
      return;
    }
    const file = join(this.site, path === "/" ? "index.html" : path);
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  }

  /** Starts the page's server. */
  async listen() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = this.server.address();
    this.origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  /** Opens a browser, the page, and the engine in it. @param {object} store  of the page's configuration, and what belongs to it */
  async open(store) {
    this.config = { ...this.config, ...store };
    const browser = await launch({ profile: this.profile });
    this.#browser = browser;
    const page = browser.pages()[0] ?? (await browser.newPage());
    this.#page = page;
    page.on("pageerror", (error) => process.stderr.write(`page error: ${error.stack ?? error.message}\n`));
    await page.goto(this.origin);
    await page.waitForFunction(() => "soak" in globalThis);
    const config = { disclosure: this.disclosure };
    await page.evaluate((given) => /** @type {any} */ (globalThis).soak.start(given, "/soak/worker.mjs?complexity=0"), config);
  }

  get page() {
    if (this.#page === null) throw new Error("no browser is open");
    return this.#page;
  }

  /** Answers a call and agrees. @returns {Promise<string>} its id */
  async begin() {
    const callId = crypto.randomUUID();
    await this.page.evaluate((id) => /** @type {any} */ (globalThis).soak.begin(id), callId);
    return callId;
  }

  /** @param {number} seconds of the call */
  talk(seconds) {
    return this.page.evaluate((length) => /** @type {any} */ (globalThis).soak.talk(length), seconds);
  }

  /** Hangs up. @returns {Promise<CallReport>} the engine's account; the store may not have everything yet */
  close() {
    return this.page.evaluate(() => /** @type {any} */ (globalThis).soak.close());
  }

  /** Lets time pass as it does. */
  realTime() {
    return this.page.evaluate(() => /** @type {any} */ (globalThis).soak.realTime());
  }

  /** @returns {Promise<{stored: string[], recovered: string[], errors: string[], snapshot: any}>} */
  ended() {
    return this.page.evaluate(() => /** @type {any} */ (globalThis).soak.ended());
  }

  /** @returns {Promise<{segments: number, envelopes: number, chunks: number}>} */
  spooled() {
    return this.page.evaluate(() => /** @type {any} */ (globalThis).soak.spooled());
  }

  /** Waits until the engine says that the store has a call. @param {string} callId @param {number} [limitMs] */
  async stored(callId, limitMs = LIMIT_MS) {
    const until = performance.now() + limitMs;
    for (;;) {
      const state = await this.ended();
      if (state.stored.includes(callId)) return;
      if (performance.now() > until) {
        throw new Error(`not everything of ${callId} was stored: ${JSON.stringify({ ...state, spool: await this.spooled() })}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Waits until nothing is left in the spool. @param {number} [limitMs] */
  async emptied(limitMs = LIMIT_MS) {
    const until = performance.now() + limitMs;
    for (;;) {
      const { segments, envelopes, chunks } = await this.spooled();
      if (segments + envelopes + chunks === 0) return;
      if (performance.now() > until) throw new Error(`left in the spool: ${JSON.stringify({ segments, envelopes, chunks, ...(await this.ended()) })}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Kills the browser as a power failure would; what it had on the disk stays. */
  async kill() {
    process.kill(browserProcess(this.profile), "SIGKILL");
    await this.#browser?.close().catch(() => undefined);
    this.#browser = null;
    this.#page = null;
    // The profile's lock goes with the process.
    rmSync(join(this.profile, "SingletonLock"), { force: true });
  }

  /** Begins anew in an empty browser: whatever is in the spool is gone. */
  async forget() {
    await this.leave();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
    await this.open({});
  }

  /** Closes the browser in order. */
  async leave() {
    await this.#browser?.close();
    this.#browser = null;
    this.#page = null;
  }

  async end() {
    await this.leave().catch(() => undefined);
    this.server.closeAllConnections();
    this.server.close();
  }
}
