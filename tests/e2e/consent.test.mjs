// @ts-check
/**
 * Consent in real calls: three languages, three modes, three ways to agree, each with its evidence.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../scripts/lib/project.mjs";
import * as prompts from "../../pkg/prompts/index.mjs";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { eventOf, lawfulBasis, opened } from "./support/evidence.mjs";
import { decode, likeness, LIKENESS_RATE_HZ, peak } from "./support/sound.mjs";
import { AGENT_CLIP, pressKey, writeVoice } from "./support/voices.mjs";

/** @param {string} name of a shipped prompt */
const promptFile = (name) => join(ROOT, "pkg/prompts", name);

test("in German, by keypad: nothing from before the 1 is kept and nothing from behind the 2, and the keys are the evidence", () =>
  withInstallation(async (installation) => {
    const customer = join(installation.folder, "customer.wav");
    writeVoice(customer, [[1, "request"], [14, "delivery"], [20, "request"]], 26);
    // The words take 9 s, and some time to begin.
    pressKey(customer, 1, 12);
    pressKey(customer, 2, 17);
    const desktop = await installation.open({ agent: AGENT_CLIP, customer, keypad: true });
    await desktop.tell({ agent: "DE", customer: "DE", language: "de" });
    const customerName = await desktop.page.inputValue("#customer-name");
    const call = await desktop.callIn();
    const recording = await snapshot(desktop, (state) => state.recording, "the key to count", 30_000);
    assert.equal(recording.law?.mode, "nothing_before_yes");
    await snapshot(desktop, ({ phase }) => phase === "withdrawn", "the other key to count", 30_000);
    await until(call.connectedAtMs + 22_000);
    assert.equal(await desktop.page.locator('#lines [data-state="connected"]').count(), 1, "the call goes on");
    await desktop.page.click("#hang-up");
    const report = await closed(desktop);
    await stored(desktop, report.call_id);

    assert.equal(report.outcome, "withdrawn");
    assert.equal(report.disclosure?.language, "de");
    assert.equal(report.disclosure?.sha256, prompts.recordKeypadIn.de.sha256);
    const answered = eventOf(report, "answered");
    assert.deepEqual([answered.answer, answered.method, answered.party, answered.actor], ["yes", "keypad", 1, 1]);
    const originMs = report.recording_origin_ms ?? 0;
    assert.ok(originMs >= answered.at_ms, `kept from ${originMs} ms, agreed at ${answered.at_ms} ms`);
    assert.ok(originMs - answered.at_ms < 1_000);
    const withdrawn = eventOf(report, "withdrawn");
    assert.deepEqual([withdrawn.answer, withdrawn.method, withdrawn.party, withdrawn.actor], ["withdraw", "keypad", 1, 1]);
    const pressedMs = withdrawn.at_ms - answered.at_ms;
    assert.ok(Math.abs(pressedMs - 5_000) < 500, `pressed ${pressedMs} ms after the first key`);
    const endMs = originMs + report.recording_duration_ms;
    assert.ok(Math.abs(endMs - withdrawn.at_ms) < 100, `kept until ${endMs} ms, taken back at ${withdrawn.at_ms} ms`);
    const { vcon } = opened(installation, report);
    assert.deepEqual(lawfulBasis(vcon), [[1, "consent", true], [1, "consent", false]]);
    assert.equal(vcon.parties[1].name, customerName);
    const [dialog] = vcon.dialog;
    assert.equal(dialog.type, "recording");
    assert.match(JSON.stringify(dialog.content_hash), /sha512-/);
  }));

test("in French, where the law wants it: the announcement is in the recording, from its first word, and staying is the answer", () =>
  withInstallation(async (installation) => {
    const customer = join(installation.folder, "customer.wav");
    writeVoice(customer, [[14, "request"]], 24);
    const desktop = await installation.open({ agent: AGENT_CLIP, customer });
    await desktop.tell({ agent: "US-TX", customer: "US-WA", language: "fr" });
    const call = await desktop.callIn();
    const asking = await snapshot(desktop, ({ phase }) => phase === "asking", "the time to leave", 30_000);
    assert.equal(asking.law?.mode, "record_disclosure");
    assert.equal(asking.recording, false);
    await snapshot(desktop, (state) => state.recording, "staying to count", 15_000);
    await until(call.connectedAtMs + 20_000);
    await desktop.page.click("#hang-up");
    const report = await closed(desktop);
    await stored(desktop, report.call_id);

    assert.equal(report.outcome, "recorded");
    assert.equal(report.disclosure?.sha256, prompts.recordingNoticeIn.fr.sha256);
    assert.deepEqual([eventOf(report, "answered").method, eventOf(report, "answered").party], ["notice_and_stay", 1]);
    const started = report.disclosure?.start_sample ?? 0;
    const originMs = report.recording_origin_ms ?? 0;
    assert.ok(Math.abs(originMs - started / 48) < 2, `kept from ${originMs} ms, announced at ${started / 48} ms`);

    const { sound } = opened(installation, report);
    const [left = new Float32Array()] = decode(sound, { rate: LIKENESS_RATE_HZ, channels: 2 });
    const [spoken = new Float32Array()] = decode(promptFile("fr/recording-notice.1.flac"), { rate: LIKENESS_RATE_HZ, channels: 1 });
    const alike = likeness(spoken, left, { fromS: 0.2, toS: 3, offsetS: 0, shiftS: 0.1 });
    assert.ok(alike > 0.7, `the announcement is heard at the start of the recording: ${alike}`);
  }));

test("in Spanish, where staying is consent: recorded from the end of the time to leave, not before", () =>
  withInstallation(async (installation) => {
    const customer = join(installation.folder, "customer.wav");
    writeVoice(customer, [[2, "digits"], [17, "delivery"]], 24);
    const desktop = await installation.open({ agent: AGENT_CLIP, customer });
    await desktop.tell({ agent: "US-TX", customer: "US-CA", language: "es" });
    const call = await desktop.callIn();
    await snapshot(desktop, (state) => state.recording, "staying to count", 40_000);
    await until(call.connectedAtMs + 20_000);
    await desktop.page.click("#hang-up");
    const report = await closed(desktop);
    await stored(desktop, report.call_id);

    assert.equal(report.outcome, "recorded");
    assert.equal(report.disclosure?.sha256, prompts.recordingNoticeIn.es.sha256);
    const answered = eventOf(report, "answered");
    assert.equal(answered.method, "notice_and_stay");
    const endedMs = (report.disclosure?.end_sample ?? 0) / 48;
    assert.ok(answered.at_ms - endedMs >= 4_900, `${answered.at_ms - endedMs} ms to leave`);
    assert.ok((report.recording_origin_ms ?? 0) >= answered.at_ms);
    const { sound } = opened(installation, report);
    const [, right = new Float32Array()] = decode(sound, { channels: 2 });
    assert.ok(peak(right, 0, right.length) > 0.01, "the customer is heard");
  }));

test("a no by keypad stores nothing, and the call goes on", () =>
  withInstallation(async (installation) => {
    const customer = join(installation.folder, "customer.wav");
    writeVoice(customer, [[1, "request"]], 18);
    pressKey(customer, 2, 9.5);
    const desktop = await installation.open({ agent: AGENT_CLIP, customer, keypad: true });
    await desktop.tell({ agent: "DE", customer: "DE", language: "en" });
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "declined", "the key to count", 30_000);
    await until(call.connectedAtMs + 13_000);
    assert.equal(await desktop.page.locator('#lines [data-state="connected"]').count(), 1, "the call goes on");
    await desktop.page.click("#hang-up");
    const report = await closed(desktop);
    assert.equal(report.outcome, "declined");
    assert.deepEqual([eventOf(report, "answered").answer, eventOf(report, "answered").method], ["no", "keypad"]);
    assert.deepEqual(report.objects, []);
    assert.deepEqual(installation.storedCalls(), []);
  }));
