// @ts-check
/** The engine's Worker dies in the middle of a call: the next one goes on, and there is one recording of two parts. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { decode, likeness, LIKENESS_RATE_HZ, probe } from "./support/sound.mjs";
import { writeChatter } from "./support/voices.mjs";

const DIES_S = 24;
const HANG_UP_S = 46;
/** The engine's default hold-back, what may be in its pipes besides, and a start on a busy machine. */
const HOLD_BACK_S = 10;
const PIPES_S = 3;
const START_S = 9;

/** @typedef {import("../../pkg/protocol.mjs").CallReport} CallReport */

test("a call whose engine died and was started again is one recording of two parts, and nobody is asked twice", () =>
  withInstallation(async (installation) => {
    const [agent, customer] = [join(installation.folder, "agent.wav"), join(installation.folder, "customer.wav")];
    writeChatter(agent, "certainly", { fromS: 3, everyS: 5, lengthS: HANG_UP_S + 5 });
    const said = writeChatter(customer, "request", { fromS: 4, everyS: 3, lengthS: HANG_UP_S + 5 });
    const desktop = await installation.open({ agent, customer });
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question");
    await desktop.page.locator("callseal-panel [data-action=yes]").click();
    const { call_id: id } = await snapshot(desktop, ({ recording }) => recording, "the recording");
    const beganS = (Date.now() - call.connectedAtMs) / 1000;

    await until(call.connectedAtMs + DIES_S * 1000);
    const [worker] = desktop.page.workers();
    assert.ok(worker);
    const diedAtMs = Date.now();
    // A defect of ours, outside of every try.
    await worker.evaluate(() => void setTimeout(() => { throw new Error("a defect"); }));
    const told = await desktop.event(({ type, detail }) => type === "error" && /** @type {{code: string}} */ (detail).code === "engine/restarted", "the death", 10_000);
    const again = await desktop.event(
      ({ type, detail, atMs }) => type === "state" && atMs > told.atMs && /** @type {{recording: boolean}} */ (detail).recording,
      "the next part",
      START_S * 1000,
    );
    const awayS = (again.atMs - diedAtMs) / 1000;
    assert.equal(desktop.events.filter(({ type, atMs }) => type === "consentEvent" && atMs > told.atMs).length, 0, "nobody is asked again");

    await until(call.connectedAtMs + HANG_UP_S * 1000);
    await desktop.page.click("#hang-up");
    const report = /** @type {CallReport} */ (await closed(desktop, id));
    await stored(desktop, id);
    const hole = report.gaps.find(({ reason }) => reason === "engine_restarted");
    assert.ok(hole, JSON.stringify(report.gaps));

    const verified = spawnSync(installation.command, ["verify", installation.callFolder(id), "--key", installation.privateKey, "--json"], { encoding: "utf8" });
    const { level, parts, errors, vcons, warnings, evidence } = JSON.parse(verified.stdout);
    assert.deepEqual([level, parts, vcons.length, warnings], ["cut", 2, 1, []], verified.stdout);
    assert.ok(errors.every((/** @type {{code: string}} */ { code }) => code === "open/unterminated"), JSON.stringify(errors));
    assert.equal(evidence.signers.length, 2);
    assert.equal(evidence.devices[0], evidence.devices[1]);

    const recording = join(installation.folder, "recording.ogg");
    const opened = spawnSync(installation.command, ["open", installation.callFolder(id), "--key", installation.privateKey, "--out", recording, "--allow-unterminated"], { encoding: "utf8" });
    assert.equal(opened.status, 0, opened.stderr);
    const { seconds } = probe(recording);
    const lengthS = report.call_duration_ms / 1000 - (report.recording_origin_ms ?? NaN) / 1000;
    console.log(`recording ${seconds.toFixed(2)} s, call from the yes ${lengthS.toFixed(2)} s, away ${awayS.toFixed(1)} s`);
    assert.ok(Math.abs(seconds - lengthS) < 0.1, `${seconds} s instead of ${lengthS} s`);

    const [, right] = decode(recording, { rate: LIKENESS_RATE_HZ, channels: 2 });
    const [reference] = decode(customer, { rate: LIKENESS_RATE_HZ, channels: 1 });
    assert.ok(right && reference);
    const before = said.filter(({ fromS, toS }) => fromS > beganS + 0.5 && toS < DIES_S - HOLD_BACK_S - PIPES_S);
    const behind = said.filter(({ fromS, toS }) => fromS > DIES_S + awayS + 1 && toS < HANG_UP_S - 0.5);
    assert.ok(before.length >= 1 && behind.length >= 3, `${before.length} and ${behind.length}`);
    for (const { fromS, toS } of [...before, ...behind]) {
      const found = likeness(reference, right, { fromS, toS, offsetS: -beganS, shiftS: 0.6 });
      assert.ok(found > 0.6, `the customer from ${fromS} s: ${found}`);
    }
    // What the dead engine still held is in no part.
    const quiet = right.subarray((DIES_S - HOLD_BACK_S + PIPES_S - beganS) * LIKENESS_RATE_HZ, (DIES_S - 0.5 - beganS) * LIKENESS_RATE_HZ);
    assert.ok(quiet.every((sample) => Math.abs(sample) < 0.001), "sound between the parts");
  }));
