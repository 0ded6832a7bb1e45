// @ts-check
/**
 * After a no, where the law lets one participant decide: the agent's own side of a real call, and nothing of the customer.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { ledger, lawfulBasis, opened } from "./support/evidence.mjs";
import { decode, peak } from "./support/sound.mjs";
import { writeVoice } from "./support/voices.mjs";

const RATE_HZ = 48_000;
/** Samples that are looked at at once: 100 ms. */
const WINDOW = 4_800;

test("after a no between two places of one party's consent the agent is recorded and not a sample of the customer", () =>
  withInstallation(async (installation) => {
    const [agent, customer] = [join(installation.folder, "agent.wav"), join(installation.folder, "customer.wav")];
    // In turns, so that the agent is heard while the customer is not.
    writeVoice(agent, [[9, "please"], [15, "thanks"]], 24);
    writeVoice(customer, [[1, "request"], [12, "digits"], [18.5, "delivery"]], 24);
    const desktop = await installation.open({ agent, customer, agentSide: true });
    await desktop.tell({ agent: "US-TX", customer: "US-NY", language: "en" });
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking" || phase === "recording", "the question", 30_000);
    await desktop.page.locator("callseal-panel [data-action=no]").click();
    const running = await snapshot(desktop, ({ phase }) => phase === "agent_side", "the agent's side to be recorded");
    assert.deepEqual([running.recording, running.allowed], [true, ["withdraw", "pause"]]);
    await desktop.page.locator("callseal-panel", { hasText: "Recording your voice only" }).waitFor();
    await until(call.connectedAtMs + 21_000);
    await desktop.page.click("#hang-up");
    const report = await closed(desktop);
    await stored(desktop, report.call_id);

    assert.equal(report.outcome, "agent_side");
    const said = report.consent_events.flatMap(({ answer, party }) => (answer === null ? [] : [[party, answer]]));
    assert.deepEqual(said, [[1, "no"]]);
    const { sound, vcon } = opened(installation, report);
    const [left = new Float32Array(), right = new Float32Array()] = decode(sound, { channels: 2 });
    // The encoder gets exact zeros there. It codes both channels together, so that the first word behind a silence may be
    // heard on the other one, faintly: of what is heard there the agent has to be the cause.
    for (let at = 0; at < right.length; at += WINDOW) {
      const agents = peak(left, Math.max(0, at - WINDOW), Math.min(left.length, at + 2 * WINDOW));
      const most = agents < 0.005 ? 1e-3 : agents / 2;
      const others = peak(right, at, Math.min(right.length, at + WINDOW));
      assert.ok(others < most, `the customer's channel at ${at / RATE_HZ} s: ${others}, the agent ${agents}`);
    }
    const spoken = [[12, 15], [18.5, 20.5]].map((seconds) => seconds.map((second) => second * 1000 - (report.recording_origin_ms ?? 0)));
    for (const [fromMs = 0, toMs = 0] of spoken) {
      const heard = peak(right, Math.round((fromMs / 1000) * RATE_HZ), Math.round((toMs / 1000) * RATE_HZ));
      assert.ok(heard < 1e-3, `while the customer speaks their channel is silence: ${heard}`);
    }
    assert.ok(peak(left, 0, left.length) > 0.05, "the agent is heard");
    const originS = (report.recording_origin_ms ?? 0) / 1000;
    const spans = report.redaction_spans.filter(({ trigger }) => trigger === "other_side");
    assert.ok(spans.length >= 2, "cut out while the customer is heard");
    for (const { from_sample: from, to_sample: to } of spans) {
      const [fromS, toS] = [from / RATE_HZ - originS + 0.05, to / RATE_HZ - originS - 0.05];
      assert.ok(peak(left, Math.round(fromS * RATE_HZ), Math.round(toS * RATE_HZ)) < 1e-3, `silence from ${fromS} to ${toS} s`);
    }
    assert.ok(ledger(installation, report.call_id).some((/** @type {{kind: string}} */ { kind }) => kind === "agent_side.began"));
    assert.deepEqual(lawfulBasis(vcon), [[1, "consent", false]]);
    assert.deepEqual(vcon.dialog.map((/** @type {{parties: unknown}} */ { parties }) => parties), vcon.dialog.map(() => [0]));
  }));
