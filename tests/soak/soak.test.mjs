// @ts-check
/**
 * A long call through the real engine Worker, its encoder, its spool and a real `callseal serve`, in compressed time.
 *
 * `CALLSEAL_SOAK_MINUTES` says how long the call is (60 by default); a short one follows in the same engine, to compare
 * its end with, then a row of very short ones. The encoder makes the least effort, so that an hour fits into two minutes;
 * `CALLSEAL_SOAK_ENCODER=own` leaves it to the browser. The curve is printed minute by minute.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { NATIVE_COMMAND } from "../../scripts/build.mjs";
import { launch } from "../../scripts/demo/browser.mjs";
import { verify } from "../../scripts/demo/report.mjs";
import { ensureKey, startServer } from "../../scripts/demo/store.mjs";
import { ARTIFACTS, ROOT } from "../../scripts/lib/project.mjs";
import { makeSite } from "./site.mjs";
import { watchWorkerHeap } from "./worker-heap.mjs";

const MINUTES = Number(process.env["CALLSEAL_SOAK_MINUTES"] ?? 60);
const OWN_ENCODER = process.env["CALLSEAL_SOAK_ENCODER"] === "own";
const SHORT_MINUTES = 2;

/** Further calls of a few seconds, one after the other in the same engine. */
const FURTHER_CALLS = 20;
const FURTHER_CALL_S = 6;

/** What all of them together may leave behind, in bytes: a few pages of memory, because the allocator does not compact. */
const MOST_LEFT_BEHIND = 4 * 65_536;
const LONG_CALL = "5a9f3c62-6f0e-4b7e-9d57-0c9b1f7a6e01";
const SHORT_CALL = "5a9f3c62-6f0e-4b7e-9d57-0c9b1f7a6e02";

/** Every so many minutes a sensitive field is in use for so many seconds. */
const FIELD_EVERY_MINUTES = 5;
const FIELD_S = 8;

/** Segments and envelopes that may wait at a time: an open segment, its envelope, and a few under way to the store. */
const MOST_SPOOLED = 12;

/** A call must be with its store this long after it was hung up, in milliseconds of real time. */
const STORED_WITHIN_MS = 5_000;

/** What the Worker's JavaScript heap may gain in the whole call, in bytes: nothing may be kept for each block. */
const MOST_HEAP_GAIN = 1_000_000;

/**
 * What the engine keeps for each object until the call is over, in bytes: name, size and hash, which the call's report and vCon
 * list. An hour has some 600 objects, and room for them is there from the start.
 */
const KEPT_PER_OBJECT_BYTES = 256;
const OBJECTS_OF_AN_HOUR = 600;

/** From the yes to the first block of the recording, and the aim for the timeline. */
const DURATION_SLACK_MS = 100;
const DURATION_SLACK_SHARE = 0.001;

/**
 * @typedef {object} Sample
 * @property {number} minute       of the call, simulated
 * @property {number} real_s       since the call began
 * @property {number} wasm_bytes   of the engine's memory
 * @property {number} heap_bytes   of the Worker's JavaScript heap, garbage collected
 * @property {number} segments     in the spool, and so on
 * @property {number} envelopes
 * @property {number} chunks
 * @property {number} objects_total
 * @property {number} objects_stored
 * @property {string[]} errors
 */

const folder = mkdtempSync(join(tmpdir(), "callseal-soak-"));
const store = join(folder, "store");
/** @type {string} */ let privateKey;
/** @type {Sample[]} */ const curve = [];
/** @type {Awaited<ReturnType<typeof makeCall>>} */ let long;
/** @type {Awaited<ReturnType<typeof makeCall>>} */ let short;
/** @type {Sample[]} */ const shortCurve = [];
/** Bytes of the engine's memory in each further call. @type {number[]} */ const further = [];
/** What lies in the spool when all calls are over. @type {{segments: number, envelopes: number, chunks: number}} */ let behind;
/** @type {(() => Promise<unknown>)[]} */
const cleanUp = [];

before(
  async () => {
    const [prompt] = JSON.parse(readFileSync(join(ROOT, "pkg/prompts/index.json"), "utf8")).prompts;
    makeSite(join(folder, "site"), prompt.file);
    const keys = ensureKey(NATIVE_COMMAND, join(folder, "key"));
    privateKey = keys.privateKey;
    const server = await startServer({ command: NATIVE_COMMAND, store, site: join(folder, "site"), publicKey: keys.publicKey });
    cleanUp.unshift(() => server.stop());
    const browser = await launch({ profile: join(folder, "profile") });
    cleanUp.unshift(() => browser.close());
    const page = browser.pages()[0] ?? (await browser.newPage());
    page.on("pageerror", (error) => process.stderr.write(`page error: ${error.stack ?? error.message}\n`));
    const heapBytes = await watchWorkerHeap(page);
    await page.goto(server.url);
    await page.waitForFunction(() => "soak" in globalThis);
    const { promptId, version, language, text, sha256 } = prompt;
    const config = { disclosure: { promptId, version, language, text, sha256, url: "/media/prompt.wav" } };
    const start = (/** @type {any[]} */ [options, workerUrl]) => /** @type {any} */ (globalThis).soak.start(options, workerUrl);
    await page.evaluate(start, [config, OWN_ENCODER ? "/soak/worker.mjs" : "/soak/worker.mjs?complexity=0"]);

    print("minute   real s      Wasm kB   heap kB   in the spool: segments envelopes ledger   objects stored/made");
    long = await makeCall(page, LONG_CALL, MINUTES, heapBytes, curve);
    short = await makeCall(page, SHORT_CALL, SHORT_MINUTES, heapBytes, shortCurve);
    for (let call = 0; call < FURTHER_CALLS; call += 1) {
      await page.evaluate((id) => /** @type {any} */ (globalThis).soak.begin(id), crypto.randomUUID());
      await page.evaluate((seconds) => /** @type {any} */ (globalThis).soak.talk(seconds), FURTHER_CALL_S);
      further.push((await page.evaluate(() => /** @type {any} */ (globalThis).soak.sample())).wasm_bytes);
      await page.evaluate(() => /** @type {any} */ (globalThis).soak.hangUp());
    }
    print(`Wasm in ${FURTHER_CALLS} further calls: ${further.map((bytes) => bytes / 1_024).join(" ")} kB`);
    behind = await page.evaluate(() => /** @type {any} */ (globalThis).soak.left());
    print(`${MINUTES} min: ${long.real_s.toFixed(1)} s, ${((MINUTES * 60) / long.real_s).toFixed(0)} times as fast as real time`);
    print(`hung up to stored: ${long.stored_ms.toFixed(0)} ms behind ${MINUTES} min, ${short.stored_ms.toFixed(0)} ms behind ${SHORT_MINUTES} min`);
    mkdirSync(ARTIFACTS, { recursive: true });
    writeFileSync(join(ARTIFACTS, "soak.json"), `${JSON.stringify({ minutes: MINUTES, curve, shortCurve, further, long: { ...long, report: undefined }, short: { ...short, report: undefined } }, null, 2)}\n`);
  },
  { timeout: 30 * 60_000 },
);
after(async () => {
  for (const step of cleanUp) await step();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} callId
 * @param {number} minutes
 * @param {() => Promise<number>} heapBytes
 * @param {Sample[]} samples  filled, one for each minute
 * @returns {Promise<{report: import("../../pkg/protocol.mjs").CallReport, closed_ms: number, stored_ms: number, real_s: number, simulated_ms: number}>}
 */
async function makeCall(page, callId, minutes, heapBytes, samples) {
  const began = performance.now();
  await page.evaluate((id) => /** @type {any} */ (globalThis).soak.begin(id), callId);
  const timeMs = async () => (await page.evaluate(() => /** @type {any} */ (globalThis).soak.sample())).time_ms;
  const startsMs = await timeMs();
  for (let minute = 1; minute <= minutes; minute += 1) {
    const field = minute % FIELD_EVERY_MINUTES === 0 ? FIELD_S : 0;
    if (field > 0) await page.evaluate((seconds) => /** @type {any} */ (globalThis).soak.field(seconds), field);
    await page.evaluate((seconds) => /** @type {any} */ (globalThis).soak.talk(seconds), 60 - field);
    const sample = { minute, real_s: (performance.now() - began) / 1_000, heap_bytes: await heapBytes(), ...(await page.evaluate(() => /** @type {any} */ (globalThis).soak.sample())) };
    samples.push(sample);
    print(
      [
        `${minute}`.padStart(6),
        sample.real_s.toFixed(1).padStart(8),
        (sample.wasm_bytes / 1_024).toFixed(0).padStart(12),
        (sample.heap_bytes / 1_024).toFixed(0).padStart(9),
        `${sample.segments}`.padStart(23),
        `${sample.envelopes}`.padStart(9),
        `${sample.chunks}`.padStart(6),
        `${sample.objects_stored}/${sample.objects_total}`.padStart(21),
      ].join(" "),
    );
  }
  const simulatedMs = (await timeMs()) - startsMs;
  const real_s = (performance.now() - began) / 1_000;
  const ended = await page.evaluate(() => /** @type {any} */ (globalThis).soak.hangUp());
  return { ...ended, real_s, simulated_ms: simulatedMs };
}

test("the engine's memory is exactly flat behind the first minute of a call, but for the list of what is stored", () => {
  for (const samples of [curve, shortCurve]) {
    const flat = samples[0]?.wasm_bytes ?? 0;
    const mayGrow = (/** @type {Sample} */ { objects_total }) => Math.max(0, objects_total - OBJECTS_OF_AN_HOUR) * KEPT_PER_OBJECT_BYTES;
    const grown = samples.filter((sample) => sample.wasm_bytes - flat > mayGrow(sample));
    assert.deepEqual(grown.map(({ minute, wasm_bytes }) => ({ minute, grown: wasm_bytes - flat })), []);
  }
});

test("call after call the engine's memory stays what it was", () => {
  const [first = 0] = further;
  assert.ok(Math.max(...further) - first <= MOST_LEFT_BEHIND, further.join(" "));
});

test("the Worker's own heap keeps nothing of the audio", () => {
  const [first] = curve;
  const last = curve.at(-1);
  assert.ok(first !== undefined && last !== undefined);
  assert.ok(last.heap_bytes - first.heap_bytes < MOST_HEAP_GAIN, `${first.heap_bytes} became ${last.heap_bytes} bytes`);
});

test("the spool is bounded while the store acknowledges, and empty behind the calls", () => {
  for (const { minute, segments, envelopes } of curve) {
    assert.ok(segments + envelopes <= MOST_SPOOLED, `minute ${minute}: ${segments} segments, ${envelopes} envelopes`);
  }
  assert.deepEqual(behind, { segments: 0, envelopes: 0, chunks: 0 });
});

test("a call is with its store soon behind its end, however long it was", () => {
  for (const { stored_ms } of [long, short]) assert.ok(stored_ms < STORED_WITHIN_MS, `${stored_ms} ms`);
  assert.ok(long.stored_ms < short.stored_ms + STORED_WITHIN_MS / 2, `${long.stored_ms} ms against ${short.stored_ms} ms`);
});

test("nothing went wrong on the way, and every field in use was cut out", () => {
  assert.deepEqual(curve.at(-1)?.errors, []);
  assert.equal(long.report.outcome, "recorded");
  assert.deepEqual(long.report.gaps, []);
  assert.deepEqual(new Set(long.report.redaction_spans.map(({ trigger }) => trigger)), new Set(MINUTES >= FIELD_EVERY_MINUTES ? ["field_focus"] : []));
  assert.equal(long.report.redaction_spans.length, Math.floor(MINUTES / FIELD_EVERY_MINUTES));
});

test("the stored call verifies with the key and lasts as long as the time that passed", () => {
  for (const [callId, { report, simulated_ms }] of /** @type {const} */ ([[LONG_CALL, long], [SHORT_CALL, short]])) {
    assert.deepEqual(verify(NATIVE_COMMAND, join(store, callId), privateKey), { ok: true, level: "intact", errors: [] });
    const slack = DURATION_SLACK_MS + DURATION_SLACK_SHARE * simulated_ms;
    assert.ok(Math.abs(report.recording_duration_ms - simulated_ms) <= slack, `${report.recording_duration_ms} ms of ${simulated_ms} ms`);
    const recording = join(folder, `${callId}.ogg`);
    const { status, stderr } = spawnSync(NATIVE_COMMAND, ["open", join(store, callId), "--key", privateKey, "--out", recording], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const seconds = Number(execFileSync("ffprobe", ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", recording], { encoding: "utf8" }));
    assert.ok(Math.abs(seconds * 1_000 - simulated_ms) <= slack, `${seconds} s to hear of ${simulated_ms} ms`);
  }
  assert.equal(readdirSync(store).filter((name) => /^[0-9a-f]{8}-/.test(name)).length, 2 + FURTHER_CALLS);
});
