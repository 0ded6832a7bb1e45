// @ts-check
/**
 * An agent pauses a real call by the panel's button and resumes it by the key: the panel turns when the recorder has
 * confirmed it, and in the opened recording that stretch is silent, from the look-back on, on both sides.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { opened } from "./support/evidence.mjs";
import { decode, peak } from "./support/sound.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP } from "./support/voices.mjs";

const RATE_HZ = 48_000;

/** The engine's defaults, in milliseconds. */
const [HOLD_BACK_MS, LOOK_BACK_MS, GRACE_MS] = [10_000, 5_000, 1_000];

/** What the decoder smears into the edge of a silence, in seconds. */
const EDGE_S = 0.03;

/** Below this nothing is heard: what an encoder makes of exact silence. */
const SILENT = 0.000_5;

test("what an agent pauses is silent in the recording, and the panel says so when the recorder has confirmed it", () =>
  withInstallation(async (installation) => {
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP });
    const { page } = desktop;
    await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question", 30_000);
    await page.locator("callseal-panel [data-action=yes]").click();
    await snapshot(desktop, ({ recording, recorded_ms: ms }) => recording && ms > 6_000, "a recording of some length");
    await page.locator("callseal-panel [data-action=pause]").click();
    const pausedAtMs = Date.now();
    const { cut: demanded } = await snapshot(desktop, ({ cut }) => cut?.trigger === "manual", "the pause");
    assert.equal(demanded?.confirmed, false);
    await page.locator("callseal-panel h3", { hasText: "Pausing the recording" }).waitFor();
    await snapshot(desktop, ({ cut }) => cut?.confirmed === true, "the recorder's word", HOLD_BACK_MS);
    const confirmedMs = Date.now() - pausedAtMs;
    await page.locator("callseal-panel h3", { hasText: "Recording paused" }).waitFor();
    await until(Date.now() + 1_000);
    await page.keyboard.press("Alt+Shift+KeyP");
    await page.locator("callseal-panel [data-tone=recording]").waitFor();
    await until(Date.now() + 3_000);
    await page.click("#hang-up");
    const report = await closed(desktop);
    await stored(desktop, report.call_id);

    const [span, ...others] = report.redaction_spans;
    assert.ok(span !== undefined && others.length === 0, JSON.stringify(report.redaction_spans));
    assert.deepEqual([span.trigger, span.class, span.actor, span.channels], ["manual", "manual", 0, "both"]);
    const latencyMs = span.latency_ms ?? 0;
    assert.ok(Math.abs(latencyMs - (HOLD_BACK_MS - LOOK_BACK_MS)) < 500, `${latencyMs} ms`);
    assert.ok(Math.abs(latencyMs - confirmedMs) < 1_000, `${latencyMs} ms, and the panel after ${confirmedMs} ms`);
    assert.ok(span.to_sample - span.from_sample > ((LOOK_BACK_MS + GRACE_MS) * RATE_HZ) / 1000);

    const sides = decode(opened(installation, report).sound, { rate: RATE_HZ, channels: 2 });
    const origin = ((report.recording_origin_ms ?? 0) * RATE_HZ) / 1000;
    const [from, to] = [span.from_sample - origin, span.to_sample - origin];
    const edge = EDGE_S * RATE_HZ;
    for (const [name, samples] of /** @type {const} */ ([["agent", sides[0]], ["customer", sides[1]]])) {
      const inside = peak(samples ?? new Float32Array(), from + edge, to - edge);
      assert.ok(inside < SILENT, `the ${name}'s side has ${inside} in what was paused`);
      const outside = Math.max(peak(samples ?? new Float32Array(), 0, from - edge), peak(samples ?? new Float32Array(), to + edge, Infinity));
      assert.ok(outside > 0.01, `the ${name} is heard elsewhere`);
    }
    console.log(`pause: confirmed after ${latencyMs} ms by the engine, after ${confirmedMs} ms in the panel`);
  }));
