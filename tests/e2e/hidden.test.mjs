// @ts-check
/**
 * Tabs in the background, in a real window: hidden, throttled, frozen. The customer's voice tells the time, so that the
 * recording says what of it was kept.
 *
 * What was demanded is what the pages saw of the focus, never the engine's account of it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { until, withInstallation } from "./support/desk.mjs";
import { opened } from "./support/evidence.mjs";
import { decode } from "./support/sound.mjs";
import { FOUND, RATE_HZ, strongest, WINDOW_S, writeTones } from "./support/tones.mjs";
import { AGENT_CLIP } from "./support/voices.mjs";
import { freeze, visibility, withWindow } from "./support/window.mjs";

/**
 * @typedef {import("puppeteer-core").Page} Page
 * @typedef {import("../../pkg/protocol.mjs").CallReport} CallReport
 * @typedef {{fromMs: number, toMs: number}} Use  of a field, Unix time
 */

const CALL_S = 100;
const [LOOK_BACK_MS, GRACE_MS, HOLD_BACK_MS] = [1_500, 1_000, 4_500];
/** Between the pages' clocks and the timeline, and of a sound's way. */
const EDGE_S = 0.35;

/** Notes every use of a card field. @param {Page} page */
async function watchFocus(page) {
  await page.evaluate(() => {
    const seen = /** @type {{kind: string, atMs: number}[]} */ ([]);
    Object.assign(globalThis, { seenFocus: seen });
    for (const kind of ["focusin", "focusout"]) {
      document.addEventListener(kind, (event) => {
        if (event.target instanceof HTMLInputElement && event.target.id.startsWith("card-")) {
          seen.push({ kind, atMs: performance.timeOrigin + event.timeStamp });
        }
      }, { capture: true });
    }
  });
}

/**
 * The configuration that the server gives, with these members too.
 * @param {Page} page
 * @param {Partial<import("../../pkg/index.d.ts").CallsealConfig>} members
 */
async function configure(page, members) {
  await page.evaluateOnNewDocument((more) => {
    const { fetch } = globalThis;
    globalThis.fetch = async (address, options) => {
      const response = await fetch(address, options);
      if (!response.url.endsWith("/callseal/config.json")) return response;
      return new Response(JSON.stringify({ ...(await response.json()), ...more }));
    };
  }, members);
}

/** From the first focus to the last blur. @param {Page} page @returns {Promise<Use>} */
async function useOf(page) {
  /** @type {{kind: string, atMs: number}[]} */
  const seen = await page.evaluate(() => /** @type {any} */ (globalThis).seenFocus);
  const first = seen.find(({ kind }) => kind === "focusin");
  const last = seen.findLast(({ kind }) => kind === "focusout");
  assert.ok(first && last && last.atMs > first.atMs, JSON.stringify(seen));
  return { fromMs: first.atMs, toMs: last.atMs };
}

/**
 * A call that is being recorded, in a softphone's tab; the form of `payment-tab.html` in another.
 * @param {(softphone: Page, form: Page, connectedAtMs: number) => Promise<Use>} work  returns when a field was in use
 * @param {(account: {report: CallReport, heardS: Set<number>, cutS: [number, number]}) => void} judge
 */
async function inTwoTabs(work, judge) {
  await withInstallation(async (installation) => {
    const server = await installation.serve();
    const customer = join(installation.folder, "tones.wav");
    writeTones(customer, CALL_S);
    await withWindow(installation, AGENT_CLIP, async (browser) => {
      const [softphone = await browser.newPage()] = await browser.pages();
      await configure(softphone, { lookBackMs: LOOK_BACK_MS, graceMs: GRACE_MS, holdBackMs: HOLD_BACK_MS });
      await softphone.goto(`${server.url}/?customer=file`);
      const file = await softphone.waitForSelector("#customer-file");
      await /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (file).uploadFile(customer);
      await softphone.waitForFunction(() => /** @type {any} */ (document.querySelector("callseal-panel"))?.callseal);
      await softphone.evaluate(() => {
        const { callseal } = /** @type {any} */ (document.querySelector("callseal-panel"));
        callseal.on("closed", (/** @type {any} */ event) => Object.assign(globalThis, { closedCall: event.report }));
        callseal.on("stored", () => Object.assign(globalThis, { storedCall: true }));
      });
      const form = await browser.newPage();
      await form.goto(`${server.url}/payment-tab.html`);
      await softphone.bringToFront();
      await Promise.all([watchFocus(softphone), watchFocus(form)]);
      await softphone.click("#call-in");
      const line = await softphone.waitForSelector("#lines [data-connected-at-ms]", { timeout: 20_000 });
      const connectedAtMs = Number(await line?.evaluate((element) => element.getAttribute("data-connected-at-ms")));
      const yes = await softphone.waitForSelector("callseal-panel >>> [data-action=yes]:not([disabled])", { timeout: 40_000 });
      await softphone.waitForFunction(() => {
        const { callseal } = /** @type {any} */ (document.querySelector("callseal-panel"));
        return [...callseal.calls.values()].some((call) => call.phase === "asking");
      }, { timeout: 40_000 });
      await yes?.click();
      const use = await work(softphone, form, connectedAtMs);
      await softphone.bringToFront();
      await softphone.click("#hang-up");
      await softphone.waitForFunction(() => /** @type {any} */ (globalThis).storedCall, { timeout: 60_000 });
      /** @type {CallReport} */
      const report = await softphone.evaluate(() => /** @type {any} */ (globalThis).closedCall);

      const { sound } = opened(installation, report);
      const [, right = new Float32Array()] = decode(sound, { rate: RATE_HZ, channels: 2 });
      const originS = (report.recording_origin_ms ?? 0) / 1000;
      assert.ok(Math.abs(right.length / RATE_HZ - report.recording_duration_ms / 1000) < 0.1, "the recording is as long as it says");
      assert.ok(
        Math.abs(originS * 1000 + report.recording_duration_ms - report.call_duration_ms) < 100,
        `the timeline is as long as the call: ${originS} s + ${report.recording_duration_ms} ms of ${report.call_duration_ms} ms`,
      );
      /** @type {[number, number]} */
      const cutS = [
        (use.fromMs - LOOK_BACK_MS - connectedAtMs) / 1000 + EDGE_S,
        (use.toMs + GRACE_MS - connectedAtMs) / 1000 - EDGE_S,
      ];
      /** Tenths of seconds of the call in which a tone is. @type {Set<number>} */
      const heardS = new Set();
      for (let at = 0; at < report.recording_duration_ms / 100 - 1; at += 1) {
        const { level, second } = strongest(right, at * WINDOW_S, CALL_S);
        if (level <= FOUND) continue;
        const atS = originS + at * WINDOW_S;
        heardS.add(Math.round(atS * 10));
        assert.ok(atS + WINDOW_S < cutS[0] || atS > cutS[1], `a tone of second ${second} at ${atS.toFixed(1)} s, which had to be cut out (${cutS.join(" to ")})`);
      }
      judge({ report, heardS, cutS });
    });
  });
}

/** How much of a stretch has a tone, 0 to 1. @param {Set<number>} heardS @param {number} fromS @param {number} toS */
function share(heardS, fromS, toS) {
  const [from, to] = [Math.round(fromS * 10), Math.round(toS * 10)];
  let found = 0;
  for (let tenth = from; tenth < to; tenth += 1) found += heardS.has(tenth) ? 1 : 0;
  return found / (to - from);
}

test("a call in a hidden tab goes on being recorded, and a field in the tab that is in sight is cut out of it", () => {
  /** @type {[number, number]} */
  let hiddenS = [0, 0];
  return inTwoTabs(
    async (softphone, form, connectedAtMs) => {
      await until(Date.now() + 3_000);
      await form.bringToFront();
      const hiddenAtMs = Date.now();
      assert.deepEqual(await Promise.all([visibility(softphone), visibility(form)]), ["hidden", "visible"]);
      await until(Date.now() + 6_000);
      await form.click("#card-number");
      await form.type("#card-number", "4242", { delay: 200 });
      await until(Date.now() + 1_000);
      await form.click("#notes");
      await until(Date.now() + 6_000);
      hiddenS = [(hiddenAtMs - connectedAtMs) / 1000, (Date.now() - connectedAtMs) / 1000];
      return useOf(form);
    },
    ({ report, heardS, cutS }) => {
      assert.ok(report.redaction_spans.some(({ trigger, class: kind }) => trigger === "field_focus" && kind === "card_number"));
      const [before, behind] = [share(heardS, hiddenS[0] + 1, cutS[0] - 1), share(heardS, cutS[1] + 1, hiddenS[1] - 1)];
      assert.ok(before > 0.8 && behind > 0.8, `while it was hidden ${before} and ${behind} of it was kept`);
      console.log(`hidden: ${(before * 100).toFixed(0)} % and ${(behind * 100).toFixed(0)} % kept beside the field`);
    },
  );
});

test("a softphone that is frozen in the background with a card field in use keeps nothing of that time and its timeline's length", () =>
  inTwoTabs(
    async (softphone, form) => {
      await until(Date.now() + 6_000);
      await softphone.click("#card-number");
      await until(Date.now() + 500);
      await form.bringToFront();
      assert.equal(await visibility(softphone), "hidden");
      await freeze(softphone, 5_000);
      await softphone.bringToFront();
      await until(Date.now() + 1_000);
      await softphone.click("#notes");
      await until(Date.now() + 6_000);
      return useOf(softphone);
    },
    ({ report, heardS, cutS }) => {
      const endS = report.call_duration_ms / 1000;
      const behind = share(heardS, cutS[1] + 2, endS - 1);
      assert.ok(behind > 0.8, `behind it ${behind} was kept`);
      console.log(`frozen softphone: nothing of ${(cutS[1] - cutS[0]).toFixed(1)} s, ${(behind * 100).toFixed(0)} % behind it; gaps: ${report.gaps.length}`);
    },
  ));

test("a form that is frozen with a card field in use is believed to be in use until it is left", () =>
  inTwoTabs(
    async (softphone, form) => {
      await until(Date.now() + 6_000);
      await form.bringToFront();
      await form.click("#card-cvv");
      await until(Date.now() + 500);
      await softphone.bringToFront();
      assert.equal(await visibility(form), "hidden");
      await freeze(form, 5_000);
      await until(Date.now() + 1_000);
      await form.bringToFront();
      await form.click("#notes");
      await until(Date.now() + 3_000);
      await softphone.bringToFront();
      await until(Date.now() + 5_000);
      return useOf(form);
    },
    ({ report, heardS, cutS }) => {
      const behind = share(heardS, cutS[1] + 2, report.call_duration_ms / 1000 - 1);
      assert.ok(behind > 0.8, `behind it ${behind} was kept`);
      console.log(`frozen form: nothing of ${(cutS[1] - cutS[0]).toFixed(1)} s, ${(behind * 100).toFixed(0)} % behind it`);
    },
  ));
