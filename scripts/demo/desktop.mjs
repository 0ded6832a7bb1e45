// @ts-check
/**
 * Drives the agent desktop with real input, and listens to what it tells.
 *
 * Owns: what is clicked and typed, the engine's events as the page publishes them, and what reached the customer.
 * Must never: call into the engine or the softphone, or put on input that a user could not.
 */
import { fromPcm16 } from "./wav.mjs";

/** How long a call may take to be connected, in milliseconds. */
const CONNECT_LIMIT_MS = 20_000;
/** How long one step's element may take to be there and usable, in milliseconds. */
const STEP_LIMIT_MS = 4_000;
/** How often what reached the customer is collected, in milliseconds. */
const COLLECT_MS = 1_000;
/** Pause between two key strokes, in milliseconds: a quick typist. */
const KEY_MS = 40;

/**
 * @typedef {import("../../pkg/protocol.mjs").CallReport} CallReport
 * @typedef {{type: string, detail: unknown, atMs: number}} HostEvent
 */

/** One open agent desktop. */
export class Desktop {
  /** @type {HostEvent[]} */
  events = [];
  /** @type {(() => void)[]} */
  #waiting = [];
  /** The softphone numbers its calls from 1. */
  #calls = 0;
  /** @type {Map<import("playwright-core").Frame, {chunks: Buffer[], sampleRateHz: number, timer: NodeJS.Timeout}>} */
  #heard = new Map();

  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * Opens the desktop and waits until the engine is ready.
   * @param {import("playwright-core").BrowserContext} context
   * @param {string} url
   * @param {{agent?: "device" | "clip" | "file", customerFile?: string, keypad?: boolean, shred?: boolean, agentSide?: boolean}} [options]
   */
  static async open(context, url, { agent = "device", customerFile, keypad = false, shred = false, agentSide = false } = {}) {
    const page = await context.newPage();
    const desktop = new Desktop(page);
    await page.exposeFunction("demoEvent", (/** @type {string} */ type, /** @type {unknown} */ detail) => {
      desktop.events.push({ type, detail, atMs: Date.now() });
      for (const wake of desktop.#waiting.splice(0)) wake();
    });
    await page.addInitScript(publishEvents);
    await page.goto(`${url}/?agent=${agent}&heard${customerFile === undefined ? "" : "&customer=file"}${keypad ? "&keypad" : ""}${shred ? "&shred" : ""}${agentSide ? "&agent-side" : ""}`);
    if (customerFile !== undefined) await page.setInputFiles("#customer-file", customerFile);
    await desktop.event((event) => event.type === "ready" || event.type === "error", "the engine's start", CONNECT_LIMIT_MS);
    const failure = desktop.events.find((event) => event.type === "error");
    if (failure) throw new Error(`the recorder did not start: ${JSON.stringify(failure.detail)}`);
    return desktop;
  }

  /**
   * Says where the parties are and what the customer speaks, for the next call.
   * @param {{agent?: string, customer?: string, language?: string}} facts
   */
  async tell(facts) {
    const fields = Object.entries({ "agent-place": facts.agent, "customer-place": facts.customer, "customer-language": facts.language });
    const places = this.page.locator("details.places");
    if (!(await places.evaluate((element) => element instanceof HTMLDetailsElement && element.open))) await places.locator("summary").click();
    for (const [id, value] of fields) if (value !== undefined) await this.page.selectOption(`#${id}`, value);
    await places.locator("summary").click();
  }

  /**
   * Lets a customer call and waits until both ends are connected.
   * @returns {Promise<ConnectedCall>}
   */
  async callIn() {
    this.#calls += 1;
    await this.page.click("#call-in");
    const line = this.page.locator(`#lines [data-line="${this.#calls}"][data-connected-at-ms]`);
    await line.waitFor({ timeout: CONNECT_LIMIT_MS }).catch(async () => {
      throw new Error(`the call was not connected: ${await this.page.locator("#lines").innerText()}`);
    });
    const connectedAtMs = Number(await line.getAttribute("data-connected-at-ms"));
    const frame = this.page.frames().filter((each) => each.url().includes("customer.html")).at(-1);
    if (frame === undefined) throw new Error("the customer has no frame");
    this.#collect(frame);
    return { line: this.#calls, connectedAtMs, frame };
  }

  /**
   * Waits for an event of the engine, past ones included.
   * @param {(event: HostEvent) => boolean} wanted
   * @param {string} what     for the complaint
   * @param {number} limitMs
   * @returns {Promise<HostEvent>}
   */
  async event(wanted, what, limitMs) {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const found = this.events.find(wanted);
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}; last heard: ${JSON.stringify(this.events.at(-1) ?? null)}`);
      await new Promise((resolve) => {
        const alarm = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(alarm);
          resolve(undefined);
        });
      });
    }
  }

  /**
   * Carries out one step.
   * @param {import("./script.mjs").Step} step
   * @throws {Error} if the page does not allow it
   */
  async perform(step) {
    const { page } = this;
    switch (step.do) {
      case "consent":
        return page.locator(`callseal-panel [data-action=${step.answer}]`).last().click({ timeout: STEP_LIMIT_MS });
      case "focus":
        return page.locator(step.selector).click({ timeout: STEP_LIMIT_MS });
      case "type":
        return page.locator(step.selector).pressSequentially(step.text, { delay: KEY_MS, timeout: STEP_LIMIT_MS + KEY_MS * step.text.length });
      case "blur":
        return this.#clickAway();
      case "hangup":
        return page.click("#hang-up", { timeout: STEP_LIMIT_MS });
    }
  }

  /** A click where nothing can take the focus, as a user leaves a field. */
  async #clickAway() {
    await this.page.locator(".place").click({ timeout: STEP_LIMIT_MS });
    const left = await this.page.evaluate(() => document.activeElement === null || document.activeElement === document.body);
    if (!left) throw new Error("the focus stayed where it was");
  }

  /** @param {import("playwright-core").Frame} frame */
  #collect(frame) {
    /** @type {Buffer[]} */
    const chunks = [];
    const timer = setInterval(() => void this.#take(frame).catch(() => clearInterval(timer)), COLLECT_MS).unref();
    const entry = { chunks, sampleRateHz: 48_000, timer };
    this.#heard.set(frame, entry);
  }

  /** @param {import("playwright-core").Frame} frame */
  async #take(frame) {
    const entry = this.#heard.get(frame);
    // Typed loosely: `window.customerEnd` is the page's, see www/demo/customer.ts.
    const taken = await frame.evaluate(() => /** @type {any} */ (window).customerEnd?.takeHeard());
    if (!entry || !taken) return;
    entry.sampleRateHz = taken.sampleRateHz;
    entry.chunks.push(Buffer.from(taken.pcm16Base64, "base64"));
  }

  /**
   * What reached the customer's end, from the moment it was connected.
   * @param {ConnectedCall} call
   * @returns {Promise<import("./wav.mjs").Sound>}
   */
  async heard({ frame }) {
    const entry = this.#heard.get(frame);
    if (entry === undefined) return { samples: new Float64Array(), sampleRateHz: 48_000 };
    clearInterval(entry.timer);
    await this.#take(frame);
    return fromPcm16(Buffer.concat(entry.chunks), entry.sampleRateHz);
  }
}

/** @typedef {{line: number, connectedAtMs: number, frame: import("playwright-core").Frame}} ConnectedCall `connectedAtMs`: Unix time at which both ends were connected */

/** Runs in the page, before its scripts: passes the host's events on to this process. */
function publishEvents() {
  if (window !== window.top) return;
  for (const type of ["ready", "state", "consent", "decision", "papers", "closed", "stored", "shredded", "exposure", "recovered", "error"]) {
    document.addEventListener(`callseal:${type}`, (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      const plain = detail instanceof Error ? { ...detail, name: detail.name, message: detail.message } : detail;
      void (/** @type {any} */ (window).demoEvent(type, plain));
    });
  }
}
