// @ts-check
/**
 * A long call in real time, with both sides talking and a card field used every minute: the recording is as long as the call,
 * what waits to be sent stays small, memory stays flat, and what is left to send at the end is no more than after a short call.
 *
 * `CALLSEAL_CALL_MINUTES` says how long (1 in `npm test`; by hand 60).
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { closed, snapshot, spoolFiles, stored, until, withInstallation } from "./support/desk.mjs";
import { opened } from "./support/evidence.mjs";
import { decode, peak, probe, rms } from "./support/sound.mjs";
import { writeChatter } from "./support/voices.mjs";

const MINUTES = Number(process.env["CALLSEAL_CALL_MINUTES"] ?? 1);
const RATE_HZ = 16_000;
/** A card field is in use in every minute, from and to these seconds of it. */
const FIELD_S = { from: 30, to: 33 };
/** Each side says something once in so many seconds. */
const TALK_S = 12;
/** The engine's default. */
const LOOK_BACK_S = 5;
/** A script's step on a busy machine, seconds. */
const STEP_S = 1;
/** A page may be busy for a while, in an hour, milliseconds. */
const CLICK_LIMIT_MS = 30_000;
/** Decoding smears what lies beside a span into its edges, seconds. */
const EDGE_S = 0.05;

/** More than this never waits in the spool while the store answers, bytes: three segments of 20 s at 48 kbit/s, and the ledger. */
const WAITING_BYTES = 600_000;

/** The page's own heap may grow by so much from the first minute on, bytes: its collector comes when it likes. */
const HEAP_GROWTH_BYTES = 24 * 1_048_576;

/** From the hang-up to the store's last word, milliseconds, on a machine that others use. */
const STORED_WITHIN_MS = 10_000;

/** Runs in every frame: what the customer says is said over and over. The announcement, in the desktop's own, is not. */
function loopClips() {
  if (globalThis.top === globalThis.self) return;
  const start = AudioBufferSourceNode.prototype.start;
  /** @this {AudioBufferSourceNode} @param {number} [when] @param {number} [offset] */
  AudioBufferSourceNode.prototype.start = function (when, offset) {
    this.loop = true;
    return start.call(this, when, offset);
  };
}

test(`a call of ${MINUTES} min is recorded to its end, and neither memory nor what waits to be sent grows with it`, () =>
  withInstallation(async (installation) => {
    const [agent, customer] = [join(installation.folder, "agent.wav"), join(installation.folder, "customer.wav")];
    writeChatter(agent, "certainly", { fromS: 2, everyS: TALK_S, lengthS: 5 * TALK_S });
    writeChatter(customer, "delivery", { fromS: 8, everyS: TALK_S, lengthS: 5 * TALK_S });
    const desktop = await installation.open({ agent, customer, loops: true, prepare: (context) => context.addInitScript(loopClips) });
    const { page } = desktop;
    const session = await page.context().newCDPSession(page);
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question", 30_000);
    await page.click("callseal-panel [data-action=yes]");
    await snapshot(desktop, ({ recording }) => recording, "the recording");

    /** @type {{minute: number, heapBytes: number, waitingBytes: number}[]} */
    const curve = [];
    for (let minute = 0; minute < MINUTES; minute += 1) {
      await until(call.connectedAtMs + (minute * 60 + FIELD_S.from) * 1_000);
      await page.click("#card-number", { timeout: CLICK_LIMIT_MS });
      await until(call.connectedAtMs + (minute * 60 + FIELD_S.to) * 1_000);
      // A click where nothing takes the focus.
      await page.locator(".place").click({ timeout: CLICK_LIMIT_MS });
      await until(call.connectedAtMs + (minute * 60 + 58) * 1_000);
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      const waiting = (await spoolFiles(page)).filter(({ path }) => !path.endsWith(".jsonl"));
      curve.push({ minute: minute + 1, heapBytes: usedSize, waitingBytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0) });
    }
    await until(call.connectedAtMs + MINUTES * 60_000);
    const fromMs = Date.now();
    await page.click("#hang-up");
    const toMs = Date.now();
    const report = await closed(desktop);
    await stored(desktop, report.call_id);
    const storedMs = Date.now() - toMs;

    const lengthMs = report.call_duration_ms;
    const toleranceMs = 100 + lengthMs / 1_000;
    const gapsMs = report.gaps.reduce((sum, { from_sample: from, to_sample: to }) => sum + (to - from) / 48, 0);
    const [first, last] = [curve[0], curve.at(-1)];
    console.log(
      `${MINUTES} min: timeline ${lengthMs} ms, clock ${fromMs - call.connectedAtMs} to ${toMs - call.connectedAtMs} ms, ${report.gaps.length} gaps of ${gapsMs.toFixed(0)} ms, ` +
        `${report.redaction_spans.length} spans, ${report.objects.length} objects, stored ${storedMs} ms after the hang-up, ` +
        `heap ${first?.heapBytes} to ${last?.heapBytes} bytes, most that waited ${Math.max(...curve.map(({ waitingBytes }) => waitingBytes))} bytes`,
    );
    assert.equal(report.outcome, "recorded");
    assert.ok(lengthMs > fromMs - call.connectedAtMs - toleranceMs && lengthMs < toMs - call.connectedAtMs + toleranceMs + 1_000 * STEP_S, `${lengthMs} ms`);
    assert.ok(report.gaps.every(({ reason }) => reason !== ""));
    assert.ok(curve.every(({ waitingBytes }) => waitingBytes < WAITING_BYTES), JSON.stringify(curve));
    assert.ok((last?.heapBytes ?? Infinity) < (first?.heapBytes ?? 0) + HEAP_GROWTH_BYTES, JSON.stringify(curve));
    assert.ok(storedMs < STORED_WITHIN_MS, `stored ${storedMs} ms after the hang-up`);

    const { sound } = opened(installation, report);
    assert.ok(Math.abs(probe(sound).seconds * 1_000 - report.recording_duration_ms) < 50);
    const originS = (report.recording_origin_ms ?? NaN) / 1_000;
    const channels = decode(sound, { rate: RATE_HZ, channels: 2 });
    const at = (/** @type {number} */ seconds) => Math.round((seconds - originS) * RATE_HZ);
    const [left, right] = channels;
    assert.ok(left && right);
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const [fromS, toS] = [minute * 60 + FIELD_S.from - LOOK_BACK_S + STEP_S, minute * 60 + FIELD_S.to];
      for (const samples of channels) assert.ok(peak(samples, at(fromS + EDGE_S), at(toS - EDGE_S)) < 0.001, `minute ${minute + 1}: silent while the card was read`);
      // Each says something in the last 18 s of every minute.
      for (const samples of [left, right]) assert.ok(rms(samples, at(minute * 60 + 39), at(minute * 60 + 58)) > 0.003, `minute ${minute + 1}: both are heard`);
    }
  }));
