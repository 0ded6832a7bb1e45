// @ts-check
/** The browser is killed in the middle of a call: what was past the hold-back is recovered at the next start. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Desktop } from "../../scripts/demo/desktop.mjs";
import { verify } from "../../scripts/demo/report.mjs";
import { browserProcess, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { decode, likeness, LIKENESS_RATE_HZ, probe } from "./support/sound.mjs";
import { writeChatter } from "./support/voices.mjs";

const KILL_S = 38;
/** The engine's default hold-back, and what may be in its pipes besides. */
const HOLD_BACK_S = 10;
const PIPES_S = 3;

test("what was past the hold-back when the browser was killed is recovered, stored, and opens as a cut call", () =>
  withInstallation(async (installation) => {
    const [agent, customer] = [join(installation.folder, "agent.wav"), join(installation.folder, "customer.wav")];
    writeChatter(agent, "certainly", { fromS: 3, everyS: 5, lengthS: KILL_S + 5 });
    const said = writeChatter(customer, "request", { fromS: 4, everyS: 3, lengthS: KILL_S + 5 });
    const desktop = await installation.open({ agent, customer });
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question");
    await desktop.page.locator("callseal-panel [data-action=yes]").click();
    const { call_id: id } = await snapshot(desktop, ({ recording }) => recording, "the recording");
    const beganS = (Date.now() - call.connectedAtMs) / 1000;
    await until(call.connectedAtMs + KILL_S * 1000);
    process.kill(browserProcess(installation.profile), "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 1_000));

    const context = await installation.browse({ agent });
    assert.ok(installation.server);
    const next = await Desktop.open(context, installation.server.url);
    const recovered = await next.event(({ type }) => type === "recovered", "the recovery", 60_000);
    assert.equal(/** @type {{callId: string}} */ (recovered.detail).callId, id);

    await stored(next, id);
    const recording = join(installation.folder, "recording.ogg");
    const open = (/** @type {string[]} */ ...options) =>
      spawnSync(installation.command, ["open", installation.callFolder(id), "--key", installation.privateKey, "--out", recording, ...options], { encoding: "utf8" });
    const strict = open();
    assert.equal(strict.status, 16, strict.stderr);
    assert.throws(() => statSync(recording), "nothing half-written is left");
    const lenient = open("--allow-unterminated");
    assert.equal(lenient.status, 0, lenient.stderr);

    const { seconds } = probe(recording);
    const demandedS = KILL_S - HOLD_BACK_S - PIPES_S - beganS;
    console.log(`killed at ${KILL_S} s, recording began at ${beganS.toFixed(1)} s, recovered ${seconds.toFixed(1)} s, demanded ${demandedS.toFixed(1)} s`);
    assert.ok(seconds >= demandedS, `recovered ${seconds} s of ${demandedS} s`);

    const [, right] = decode(recording, { rate: LIKENESS_RATE_HZ, channels: 2 });
    const [reference] = decode(customer, { rate: LIKENESS_RATE_HZ, channels: 1 });
    assert.ok(right && reference);
    const kept = said.filter(({ fromS, toS }) => fromS > beganS + 0.5 && toS < beganS + seconds - 0.5);
    assert.ok(kept.length >= 4);
    for (const { fromS, toS } of kept) {
      const found = likeness(reference, right, { fromS, toS, offsetS: -beganS, shiftS: 0.6 });
      assert.ok(found > 0.6, `the customer from ${fromS} s: ${found}`);
    }

    const verification = verify(installation.command, installation.callFolder(id), installation.privateKey);
    console.log(`verification: ${JSON.stringify(verification)}`);
    const codes = verification.errors.map(({ code }) => code);
    assert.ok(codes.every((code) => code === "open/unterminated"), codes.join(", "));
  }));
