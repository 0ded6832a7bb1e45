// @ts-check
/**
 * Consent that was asked for elsewhere, in real calls: what the host's back end has signed counts for its one call, and
 * nothing else that a page may come with does.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { closed, snapshot, spoolFiles, stored, until, withInstallation } from "./support/desk.mjs";
import { ledger, lawfulBasis, opened } from "./support/evidence.mjs";
import { BackEnd, configured, host } from "./support/host.mjs";
import { decode, peak } from "./support/sound.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP } from "./support/voices.mjs";

/**
 * @typedef {import("../../scripts/demo/desktop.mjs").Desktop} Desktop
 * @typedef {{code: string, callId: string | null}} Complaint
 */

/**
 * A call that rings until the host says that it was answered.
 * @param {Desktop} desktop
 * @param {readonly string[]} earlier  ids of calls before
 */
async function ringing(desktop, earlier = []) {
  const { connectedAtMs } = await desktop.callIn();
  const { call_id: callId } = await snapshot(desktop, ({ phase, call_id: id }) => phase === "ringing" && !earlier.includes(id), "the ringing");
  return { callId, connectedAtMs };
}

/** @param {Desktop} desktop @param {string} callId @returns {Complaint[]} */
function complaints(desktop, callId) {
  const errors = desktop.events.filter(({ type }) => type === "error").map(({ detail }) => /** @type {Complaint} */ (detail));
  return errors.filter((error) => error.callId === callId);
}

test("a statement that the back end signed for the call begins the recording without a prompt; for any other call, time or key it is refused and nothing is kept", () =>
  withInstallation(async (installation) => {
    const backEnd = await BackEnd.create();
    const prepare = configured({ hostKeys: [backEnd.publicKey], consent: { answeredBy: "host" } });
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP, prepare });
    /** @param {string} callId */
    const now = (callId) => desktop.events.filter(({ type, detail }) => type === "state" && /** @type {any} */ (detail).call_id === callId).at(-1)?.detail;

    // The call that it was signed for.
    const first = await ringing(desktop);
    const statement = await backEnd.sign(first.callId);
    await host(desktop, "assertConsent", first.callId, statement);
    await host(desktop, "answered", first.callId);
    const recording = await snapshot(desktop, (state) => state.call_id === first.callId && state.recording, "the recording");
    assert.equal(recording.phase, "recording");
    await until(first.connectedAtMs + 6_000);
    // Taken back, nothing turns it into a yes again: not the same statement either.
    await desktop.page.locator("callseal-panel [data-action=withdraw]").click();
    await snapshot(desktop, ({ phase }) => phase === "withdrawn", "the withdrawal to count");
    await host(desktop, "assertConsent", first.callId, statement);
    await host(desktop, "assertConsent", first.callId, await backEnd.sign(first.callId));
    await until(first.connectedAtMs + 8_500);
    assert.equal(await desktop.page.locator('#lines [data-state="connected"]').count(), 1, "the call goes on");
    assert.equal(/** @type {any} */ (now(first.callId)).recording, false);
    await desktop.page.click("#hang-up");
    const kept = await closed(desktop, first.callId);
    await stored(desktop, first.callId);

    assert.equal(kept.outcome, "withdrawn");
    assert.equal(kept.disclosure, null);
    assert.deepEqual(
      kept.consent_events.map(({ kind, party, answer, method }) => [kind, party, answer, method]),
      [["answered", 1, "yes", "host_assertion"], ["withdrawn", 1, "withdraw", "agent_button"]],
    );
    assert.ok((kept.recording_origin_ms ?? Infinity) < 1_500, `kept from ${kept.recording_origin_ms} ms`);
    const withdrawnMs = kept.consent_events[1]?.at_ms ?? 0;
    const endMs = (kept.recording_origin_ms ?? 0) + kept.recording_duration_ms;
    assert.ok(Math.abs(endMs - withdrawnMs) < 100, `kept until ${endMs} ms, taken back at ${withdrawnMs} ms`);
    assert.deepEqual(complaints(desktop, first.callId), []);
    const entries = ledger(installation, first.callId);
    const answered = entries.find(({ kind, body }) => kind === "consent.answered" && body.party === 1);
    assert.equal(answered?.body.assertion_sha256, createHash("sha256").update(statement).digest("hex"));
    assert.equal(answered?.body.prompt_sha256, "");
    assert.ok(!entries.some(({ kind }) => kind.startsWith("disclosure.")), "nothing was played");
    const { sound, vcon } = opened(installation, kept);
    assert.deepEqual(lawfulBasis(vcon).map(([party, , granted]) => [party, granted]), [[1, true], [1, false]]);
    const [, customer = new Float32Array()] = decode(sound, { channels: 2 });
    assert.ok(peak(customer, 0, customer.length) > 0.01, "the customer is heard");

    // Another call, to which it is nothing; nor is anything else that is not signed for it, now, by the right key.
    await desktop.page.locator("callseal-panel .dismiss").click();
    const second = await ringing(desktop, [first.callId]);
    const nowS = Math.floor(Date.now() / 1000);
    const good = await backEnd.sign(second.callId);
    const [header = "", , signature = ""] = good.split(".");
    const forged = Buffer.from(JSON.stringify({ aud: "callseal", call: second.callId, party: 1, answer: "yes", iat: nowS, exp: nowS + 300 }));
    const refused = {
      "the first call's, replayed": statement,
      "expired": await backEnd.sign(second.callId, { iat: nowS - 420, exp: nowS - 120 }),
      "good for a day": await backEnd.sign(second.callId, { exp: nowS + 86_400 }),
      "by another key": await (await BackEnd.create()).sign(second.callId),
      "for somebody else": await backEnd.sign(second.callId, { aud: "another" }),
      "with changed claims": [header, forged.toString("base64url"), signature].join("."),
      "not signed": "yes",
    };
    for (const one of Object.values(refused)) await host(desktop, "assertConsent", second.callId, one);
    await host(desktop, "assertConsent", second.callId, await backEnd.sign(second.callId, { party: 7 }));
    await host(desktop, "answered", second.callId);
    const asked = await snapshot(desktop, ({ call_id: id, phase }) => id === second.callId && phase !== "ringing", "the prompt");
    assert.equal(asked.phase, "disclosing");
    await desktop.event(({ type }) => type === "error" && complaints(desktop, second.callId).length >= 8, "every refusal", 5_000);
    assert.deepEqual(
      complaints(desktop, second.callId).map(({ code }) => code),
      [...Object.keys(refused).map(() => "assertion/invalid"), "party/unknown"],
    );
    await until(second.connectedAtMs + 4_000);
    await desktop.page.click("#hang-up");
    const report = await closed(desktop, second.callId);
    assert.notEqual(report.outcome, "recorded");
    assert.deepEqual([report.recording_origin_ms, report.recording_duration_ms, report.objects], [null, 0, []]);
    assert.deepEqual(report.consent_events.filter(({ answer }) => answer !== null), []);
    assert.deepEqual(installation.storedCalls(), [first.callId]);
    assert.deepEqual((await spoolFiles(desktop.page)).filter(({ bytes }) => bytes > 0), []);
  }));
