// @ts-check
/**
 * The leak test on the real path: real calls in which the customer sounds one tone for each second, so that the recording says
 * when everything in it was said. The agent goes into card fields and out of them at any time; of a stretch that had to be cut
 * out no tone may be found, and every tone that is found stands where it was sounded.
 *
 * What was demanded is what the page itself saw of the focus, never the engine's account of it. `CALLSEAL_LEAK_CALLS` is the
 * number of calls; `npm run leak` makes ten longer ones, with more than 200 pauses together.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { opened } from "./support/evidence.mjs";
import { configured } from "./support/host.mjs";
import { sounding, watchSounding } from "./support/sounding.mjs";
import { decode } from "./support/sound.mjs";
import { FOUND, RATE_HZ, strongest, WINDOW_S, writeTones } from "./support/tones.mjs";
import { AGENT_CLIP } from "./support/voices.mjs";

const CALLS = Number(process.env.CALLSEAL_LEAK_CALLS ?? 1);
const PAUSES = CALLS > 1 ? 21 : 7;
const CALL_S = 120;
const [LOOK_BACK_MS, GRACE_MS, HOLD_BACK_MS] = [1_500, 1_000, 4_500];

/** From a sound's way through the call to the capture; and of decoding, which smears by 50 ms. */
const EDGE_S = 0.06;
/** Between the page's clock and the timeline: how far apart an event and its sample may be. */
const CLOCK_S = 0.25;
/** From the shortest to the longest way through a call's jitter buffer. */
const JITTER_S = 0.5;

/** @param {number} seed */
function chance(seed) {
  let state = BigInt(seed) * 2n + 1n;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 40n) / 2 ** 24;
  };
}

for (let call = 0; call < CALLS; call += 1) {
  test(`of ${PAUSES} pauses at any time in a real call (${call + 1} of ${CALLS}) no tone is found, and every other stands where it was sounded`, () =>
    withInstallation(async (installation) => {
      const customer = join(installation.folder, "tones.wav");
      writeTones(customer, CALL_S);
      // Exactly what is demanded: what lies between two pauses is looked at too.
      const redaction = { lookBackMs: { valueSeen: LOOK_BACK_MS }, minimumSpanMs: 0, mergeWithinMs: 0 };
      const configure = configured({ lookBackMs: LOOK_BACK_MS, graceMs: GRACE_MS, holdBackMs: HOLD_BACK_MS, redaction });
      const prepare = async (/** @type {import("playwright-core").BrowserContext} */ context) => {
        await configure(context);
        await watchSounding(context);
      };
      const desktop = await installation.open({ agent: AGENT_CLIP, customer, prepare });
      const { page } = desktop;
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
      const line = await desktop.callIn();
      await snapshot(desktop, ({ phase }) => phase === "asking", "the question", 30_000);
      await page.locator("callseal-panel [data-action=yes]").click();
      await snapshot(desktop, ({ recording }) => recording, "the recording");
      const random = chance(call + 1);
      for (let pause = 0; pause < PAUSES; pause += 1) {
        await until(Date.now() + 2_000 + 2_400 * random());
        const field = ["#card-number", "#card-expiry", "#card-cvv"][Math.floor(3 * random())] ?? "#card-cvv";
        if (random() < 0.5) await page.click(field);
        else await page.focus(field);
        await until(Date.now() + 40 + 900 * random());
        if (random() < 0.5) await page.click("#customer-name");
        else await page.locator("#notes").focus();
      }
      await until(Date.now() + 1_500);
      const soundedAtMs = await sounding(line.frame);
      await page.click("#hang-up");
      const report = await closed(desktop);
      await stored(desktop, report.call_id);
      assert.ok(Date.now() < line.connectedAtMs + 1000 * CALL_S, "the tones have lasted");

      const { sound } = opened(installation, report);
      const [, right = new Float32Array()] = decode(sound, { rate: RATE_HZ, channels: 2 });
      const originS = (report.recording_origin_ms ?? 0) / 1000;
      /** @type {{kind: string, atMs: number}[]} */
      const seen = await page.evaluate(() => /** @type {any} */ (globalThis).seenFocus);
      const uses = spans(seen).map(({ fromMs, toMs }) => ({
        fromS: (fromMs - LOOK_BACK_MS - line.connectedAtMs) / 1000,
        toS: (toMs + GRACE_MS - line.connectedAtMs) / 1000,
      }));
      assert.ok(uses.length >= PAUSES, `${uses.length} pauses were seen`);

      let [looked, cut, found] = [0, 0, 0];
      /** How long after its second was sounded each tone stands: the same for all, but for the second's part. @type {number[]} */
      const places = [];
      for (let atS = originS; atS + WINDOW_S < originS + report.recording_duration_ms / 1000; atS += WINDOW_S) {
        const { second, level } = strongest(right, atS - originS, CALL_S);
        const isFound = level > FOUND;
        looked += 1;
        const inside = uses.some(({ fromS, toS }) => fromS + CLOCK_S + EDGE_S <= atS && atS + WINDOW_S <= toS - CLOCK_S - EDGE_S);
        if (inside) {
          cut += 1;
          assert.ok(!isFound, `a tone of second ${second} (${level}) at ${atS.toFixed(2)} s, which had to be cut out`);
        } else if (isFound) {
          found += 1;
          places.push(atS - (soundedAtMs(second) - line.connectedAtMs) / 1000);
        }
      }
      places.sort((one, other) => one - other);
      const [first = 0, last = 0] = [places[Math.floor(places.length * 0.01)], places[Math.ceil(places.length * 0.99) - 1]];
      // Within one second of the same tone; a window may hold the next one too. A page that was starved, which is labelled as
      // gaps, plays later what came meanwhile.
      const starvedS = report.gaps.reduce((sum, { from_sample: from, to_sample: to }) => sum + (to - from) / 48_000, 0);
      assert.ok(last - first < 1 + JITTER_S + starvedS + 2 * WINDOW_S, `the timeline is true: tones stand ${first.toFixed(2)} to ${last.toFixed(2)} s behind where they were sounded, ${starvedS.toFixed(2)} s of gaps`);
      assert.ok(found > 20 && cut > 40, `of ${looked} windows ${found} sound and ${cut} had to be silent`);
      console.log(`leak: call ${call + 1}: ${uses.length} pauses, tones ${first.toFixed(2)} to ${last.toFixed(2)} s behind, ${starvedS.toFixed(2)} s of gaps, ${looked} windows of ${WINDOW_S} s, ${cut} demanded and silent, ${found} with their tone`);
    }));
}

/**
 * Stretches in which a card field had the focus.
 * @param {readonly {kind: string, atMs: number}[]} seen
 */
function spans(seen) {
  /** @type {{fromMs: number, toMs: number}[]} */
  const found = [];
  let fromMs = 0;
  for (const { kind, atMs } of seen) {
    if (kind === "focusin") fromMs = atMs;
    else found.push({ fromMs, toMs: atMs });
  }
  return found;
}
