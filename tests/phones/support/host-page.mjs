// @ts-check
/**
 * One page of a host in a browser of its own, and what it has told.
 *
 * Owns: the page, and waiting for what it tells. Must never: reach into Callseal.
 */

/**
 * @typedef {import("../../../pkg/protocol.mjs").CallReport} CallReport
 * @typedef {import("../../../pkg/protocol.mjs").Snapshot} Snapshot
 * @typedef {{type: string, detail: any, pageMs: number, atMs: number}} Told  `pageMs`: the page's monotonic clock; `atMs`: Unix time
 */

/** How long anything may take unless said otherwise, in milliseconds. */
const LIMIT_MS = 20_000;

/** The same for the question. */
const ASKED_LIMIT_MS = 60_000;

/** How long the engine may take to close and store a call, in milliseconds. */
const STORED_LIMIT_MS = 60_000;

export class HostPage {
  /** @type {Told[]} */
  told = [];
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * @param {import("playwright-core").BrowserContext} context
   * @param {string} url
   */
  static async open(context, url) {
    const page = context.pages()[0] ?? (await context.newPage());
    const host = new HostPage(page);
    page.on("pageerror", (error) => process.stderr.write(`page error: ${error.stack ?? error.message}\n`));
    if (process.env["PHONES_CONSOLE"]) page.on("console", (message) => process.stderr.write(`page: ${message.text()}\n`));
    await page.exposeFunction("tellTest", (/** @type {string} */ type, /** @type {number} */ pageMs, /** @type {number} */ atMs, /** @type {unknown} */ detail) => {
      host.told.push({ type, detail, pageMs, atMs });
      for (const wake of [...host.#waiting]) wake();
    });
    await page.goto(url);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).desk?.isReady === true);
    return host;
  }

  /**
   * Calls a function of the page's `desk`.
   * @param {string} name
   * @param {...unknown} words
   * @returns {Promise<any>}
   */
  do(name, ...words) {
    return this.page.evaluate(([method, values]) => /** @type {any} */ (globalThis).desk[method](...values), /** @type {const} */ ([name, words]));
  }

  /**
   * Waits until something was told, now or earlier.
   * @param {string} type
   * @param {(detail: any) => boolean} [wanted]
   * @param {number} [limitMs]
   * @returns {Promise<Told>}
   */
  async event(type, wanted = () => true, limitMs = LIMIT_MS) {
    const until = Date.now() + limitMs;
    for (;;) {
      const found = this.told.find((one) => one.type === type && wanted(one.detail));
      if (found !== undefined) return found;
      const left = until - Date.now();
      if (left <= 0) {
        const last = this.told.slice(-12).map((one) => `${one.type} ${JSON.stringify(one.detail)?.slice(0, 300)}`);
        throw new Error(`not told within ${limitMs} ms: ${type} ${wanted}; last:\n${last.join("\n")}`);
      }
      await new Promise((resolve) => {
        const wake = () => (clearTimeout(alarm), this.#waiting.delete(wake), resolve(undefined));
        const alarm = setTimeout(wake, left);
        this.#waiting.add(wake);
      });
    }
  }

  /**
   * @param {string} callId
   * @param {(snapshot: Snapshot) => boolean} wanted
   * @param {number} [limitMs]
   * @returns {Promise<Told>}
   */
  state(callId, wanted, limitMs) {
    return this.event("state", (snapshot) => snapshot.call_id === callId && wanted(snapshot), limitMs);
  }

  /**
   * Waits until the customer was asked. A question that a busy machine breaks for good the agent has played again, as the
   * panel offers.
   * @param {string} callId
   */
  async asked(callId) {
    const told = await this.state(callId, ({ phase, problem }) => phase === "asking" || problem === "disclosure/failed", ASKED_LIMIT_MS);
    if (told.detail.phase === "asking") return;
    await this.page.locator("callseal-panel [data-action=replay]").last().click();
    await this.state(callId, ({ phase }) => phase === "asking", ASKED_LIMIT_MS);
  }

  /**
   * The engine's account of a call, once it is closed.
   * @param {string} callId
   * @returns {Promise<CallReport>}
   */
  async closed(callId) {
    const { detail } = await this.event("closed", (event) => event.callId === callId, STORED_LIMIT_MS);
    return detail.report;
  }

  /**
   * The same, once everything is stored.
   * @param {string} callId
   * @returns {Promise<CallReport>}
   */
  async stored(callId) {
    const report = await this.closed(callId);
    await this.event("stored", (event) => event.callId === callId, STORED_LIMIT_MS);
    return report;
  }
}

/**
 * Where in a recording a moment is.
 * @param {CallReport} report
 * @param {number} atMs  Unix time
 * @returns {number} seconds
 */
export function secondOf(report, atMs) {
  const [event] = report.consent_events;
  if (event === undefined || report.recording_origin_ms === null) return NaN;
  return (atMs - (event.at_unix_ms - event.at_ms) - report.recording_origin_ms) / 1_000;
}

/** @param {number} ms */
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
