// @ts-check
/**
 * Everything that one test of the extension needs: key, store, site, browser; all gone afterwards.
 *
 * Owns the life of these, and the call between a desk that knows nothing of recorders and a customer. Must never reach into
 * the extension but by its own pages.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { NATIVE_COMMAND } from "../../../scripts/build.mjs";
import { ensureKey } from "../../../scripts/demo/store.mjs";
import { ledger, verified } from "../../e2e/support/evidence.mjs";
import { writeVoice } from "../../e2e/support/voices.mjs";
import { storeServer } from "../../page/support/store.mjs";
import { browse } from "./browser.mjs";
import { press, until, untilPhase } from "./panel.mjs";
import { site, STRICT } from "./site.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** One installation. */
export class Installation {
  folder = mkdtempSync(join(tmpdir(), "callseal-extension-test-"));
  command = NATIVE_COMMAND;
  privateKey = "";
  /** @type {(() => unknown)[]} */
  #ends = [];

  /** @param {{headers?: Record<string, string>, extension?: boolean, configuration?: object | null, sites?: string[], key?: string}} [options] */
  async start({ headers = STRICT, extension = true, configuration = {}, sites, key } = {}) {
    const { privateKey, publicKey } = ensureKey(this.command, join(this.folder, "key"));
    this.privateKey = privateKey;
    const [microphone, voice] = [join(this.folder, "agent.wav"), join(this.folder, "customer.wav")];
    writeVoice(microphone, [[6, "certainly"], [12, "please"], [22, "certainly"], [32, "certainly"], [42, "certainly"]], 60);
    writeVoice(voice, [[4, "delivery"], [9, "request"], [16, "digits"], [24, "farewell"], [30, "request"], [40, "farewell"]], 60);
    const resampled = join(this.folder, "microphone.wav");
    execFileSync("ffmpeg", ["-v", "error", "-y", "-i", microphone, "-ac", "1", "-ar", "48000", "-c:a", "pcm_s16le", resampled]);
    this.store = await storeServer();
    this.site = await site({ headers, files: { "voice.wav": voice } });
    this.browser = await browse({ microphone: resampled, extension, ...(sites && { sites }), ...(key && { key }) });
    this.#ends.push(() => this.browser?.close(), () => this.site?.close(), () => this.store?.close());
    this.configuration = {
      store: { kind: "template", url: `${this.store.url}/{name}` },
      recipients: [JSON.parse(readFileSync(publicKey, "utf8"))],
      law: { agentPlace: "US-TX" },
      ...configuration,
    };
    if (extension && configuration !== null) {
      await this.browser.ready();
      const said = await this.browser.configure(this.configuration);
      if (!said.startsWith("Saved")) throw new Error(`the configuration was refused: ${said}`);
    }
    return this;
  }

  get parts() {
    const { browser, site: served, store } = this;
    if (browser === undefined || served === undefined || store === undefined) throw new Error("not started");
    return { browser, site: served, store };
  }

  /**
   * @param {string} [page]
   * @returns {Promise<Page>} a desk's tab
   */
  desk(page = "agent.html") {
    return this.parts.browser.open(`${this.parts.site.desk}/${page}`);
  }

  /**
   * Connects a desk with a customer.
   * @param {Page} desk
   * @returns {Promise<Page>} the customer's tab
   */
  async call(desk) {
    const { browser, site: served } = this.parts;
    const customer = await browser.open(`${served.elsewhere}/customer.html`);
    await desk.bringToFront();
    const offer = await desk.evaluate("phone.offer()");
    const answer = await customer.evaluate(`customer.answer(${JSON.stringify(offer)}, "voice.wav")`);
    await desk.evaluate(`phone.answered(${JSON.stringify(answer)})`);
    return customer;
  }

  /** @returns {Promise<Page>} the side panel, in a tab of its own */
  panel() {
    return this.parts.browser.own("panel.html");
  }

  /**
   * A desk, a call, and a yes on the side panel.
   * @param {string} [page]
   */
  async recordedCall(page) {
    const panel = await this.panel();
    const desk = await this.desk(page);
    const customer = await this.call(desk);
    await untilPhase(panel, "asking");
    await press(panel, "yes");
    await desk.bringToFront();
    return { panel, desk, customer, id: await untilPhase(panel, "recording") };
  }

  /**
   * Waits until a call is closed and everything of it is stored, and checks that it verifies.
   * @param {Page} panel
   * @param {string} id
   * @returns {Promise<import("../../e2e/support/evidence.mjs").LedgerEntry[]>} its ledger
   */
  async evidence(panel, id) {
    await panel.locator(`callseal-panel [data-call="${id}"][data-phase="closed"]`).waitFor({ timeout: 60_000 });
    await until(() => panel.locator("callseal-panel [data-storage=empty]").isVisible(), "everything to be stored", 60_000);
    this.callFolder(id);
    verified(this, id);
    return ledger(this, id);
  }

  /** @returns {string[]} ids of calls of which something is stored */
  storedCalls() {
    return [...new Set([...this.parts.store.objects.keys()].map((path) => path.split("/")[0] ?? ""))];
  }

  /**
   * What is stored of a call, on the disk.
   * @param {string} callId
   * @returns {string} folder
   */
  callFolder(callId) {
    for (const [path, content] of this.parts.store.objects) {
      if (!path.startsWith(`${callId}/`)) continue;
      const file = join(this.folder, "stored", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return join(this.folder, "stored", callId);
  }

  async close() {
    for (const end of this.#ends) await end();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Runs `work` with an installation of its own.
 * @param {NonNullable<Parameters<Installation["start"]>[0]>} options
 * @param {(installation: Installation) => Promise<void>} work
 */
export async function withInstallation(options, work) {
  const installation = new Installation();
  try {
    await installation.start(options);
    await work(installation);
  } finally {
    await installation.close();
  }
}
