// @ts-check
/** When a customer who is captured as silence is suspicious. Needs no browser: statistics are the test's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SilenceCheck } from "../../pkg/silence.mjs";

const SECOND = 48_000;

/** A check of one receiver whose statistics the test sets, and how often it has raised the alarm. */
function watched() {
  const line = { energy: 0, packets: 0, samples: 0, alarms: 0, nowMs: 0 };
  const entry = () => ({ type: "inbound-rtp", totalAudioEnergy: line.energy, packetsReceived: line.packets, totalSamplesReceived: line.samples });
  const receiver = /** @type {RTCRtpReceiver} */ (/** @type {unknown} */ ({ getStats: async () => new Map([["audio", entry()]]) }));
  const check = new SilenceCheck(() => [receiver], () => (line.alarms += 1));
  /** A report, after a second by default. */
  const second = (/** @type {number} */ silentS, /** @type {number} */ energy, afterMs = 1_000) => {
    line.nowMs += afterMs;
    line.energy += energy;
    line.packets += 50;
    line.samples += SECOND;
    return check.silentFor(silentS * SECOND, line.nowMs);
  };
  return { line, second };
}

test("a customer who is heard and captured as silence raises the alarm, once for each silence", async () => {
  const { line, second } = watched();
  for (const silentS of [1, 2, 3, 4, 5, 6]) await second(silentS, 0.01);
  assert.equal(line.alarms, 1);
  await second(0, 0.01);
  for (const silentS of [1, 2, 3, 4, 5, 6]) await second(silentS, 0.01);
  assert.equal(line.alarms, 2);
});

test("a line that is silent itself raises no alarm", async () => {
  const { line, second } = watched();
  for (const silentS of [1, 2, 3, 4, 5, 6]) await second(silentS, 0);
  assert.equal(line.alarms, 0);
});

test("speech that begins between the report of a silence and the look at the line raises no alarm", async () => {
  const { line, second } = watched();
  for (const silentS of [1, 2, 3]) await second(silentS, 0);
  // The report is of the second before; the statistics are of now, and somebody speaks.
  await second(4, 0.01);
  await second(0, 0.01);
  await second(0.5, 0.01);
  assert.equal(line.alarms, 0);
  // The same, where the silence is back at the next report.
  for (const silentS of [1, 2, 3]) await second(silentS, 0);
  await second(4, 0.01);
  await second(0.3, 0.01);
  await second(1.3, 0);
  assert.equal(line.alarms, 0);
});

test("what was still on its way when a silence began raises no alarm", async () => {
  const { line, second } = watched();
  await second(0.01, 0);
  await second(1.01, 0.01);
  for (const silentS of [2.01, 3.01, 4.01, 5.01]) await second(silentS, 0);
  assert.equal(line.alarms, 0);
});

test("reports that a busy page reads late count as one", async () => {
  const { line, second } = watched();
  for (const silentS of [1, 2, 3]) await second(silentS, 0);
  for (const silentS of [4, 5, 6]) await second(silentS, 0.01, 20);
  await second(0, 0.01);
  assert.equal(line.alarms, 0);
});

test("packets that come in and are never decoded raise the alarm", async () => {
  const { line, second } = watched();
  for (const silentS of [1, 2, 3, 4, 5]) {
    line.samples -= SECOND;
    await second(silentS, 0);
  }
  assert.equal(line.alarms, 1);
});
