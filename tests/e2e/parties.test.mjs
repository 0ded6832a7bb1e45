// @ts-check
/**
 * Who joins a recorded call, and who takes a yes back: one real call, which the agent answers by keyboard alone, opened
 * afterwards and listened to.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { lawfulBasis, ledger, opened } from "./support/evidence.mjs";
import { host } from "./support/host.mjs";
import { decode, peak } from "./support/sound.mjs";
import { writeChatter } from "./support/voices.mjs";

/** @typedef {import("../../pkg/protocol.mjs").Snapshot} Snapshot */

const RATE_HZ = 48_000;
/** Decoding smears what lies beside a cut into its edges: 50 ms. */
const EDGE_MS = 50;
/** What is cut out before somebody was noticed to join, and behind their leaving, in milliseconds. */
const JOIN_LOOK_BACK_MS = 1_000;
const GRACE_MS = 1_000;
/** One frame of the encoder, in milliseconds; the report's times are cut to whole milliseconds. */
const FRAME_MS = 21;
/** From the decision to the cut's end: audio that is still on its way. On a busy machine that is much. */
const ON_ITS_WAY_MS = 1_500;
/** Long enough for words between two cuts, in milliseconds. */
const TALK_MS = 2_500;

test("from a joining on nothing is kept until that party has agreed or left, a withdrawal ends the recording, and the agent needs no mouse for it", () =>
  withInstallation(async (installation) => {
    const [agent, customer] = [join(installation.folder, "agent.wav"), join(installation.folder, "customer.wav")];
    writeChatter(agent, "certainly", { everyS: 3.2, fromS: 0.5, lengthS: 30 });
    writeChatter(customer, "digits", { everyS: 4.1, fromS: 0.5, lengthS: 30 });
    const desktop = await installation.open({ agent, customer });
    const { page } = desktop;
    const { keyboard } = page;
    /** Tabs until an element has the focus. @param {string} selector @param {"Tab" | "Shift+Tab"} [key] */
    const tabTo = async (selector, key = "Tab") => {
      for (let count = 0; count < 40; count += 1) {
        if (await page.locator(selector).evaluateAll((elements) => elements.some((element) => element.matches(":focus-visible")))) return;
        await keyboard.press(key);
      }
      assert.fail(`${selector} cannot be reached by ${key}`);
    };
    /** A snapshot from now on. @param {(state: Snapshot) => boolean} wanted @param {string} what */
    const next = (wanted, what) => {
      const heard = desktop.events.length;
      return desktop.event((event) => event.type === "state" && desktop.events.indexOf(event) >= heard && wanted(/** @type {Snapshot} */ (event.detail)), what, 30_000);
    };
    const talk = () => until(Date.now() + TALK_MS);
    /** @param {number} index @param {string} consent */
    const has = (index, consent) => (/** @type {Snapshot} */ { parties }) => parties.some((party) => party.index === index && party.consent === consent);

    await desktop.callIn();
    const { call_id: callId } = await snapshot(desktop, ({ phase }) => phase === "asking", "the question");
    await keyboard.press("Alt+Shift+KeyY");
    await next(({ recording }) => recording, "the recording");
    await talk();

    await host(desktop, "partyJoined", callId, "transfer");
    await next(({ paused }) => paused, "the pause");
    await next(has(2, "asked"), "the newcomer to be asked");
    await tabTo("callseal-panel select[data-words]");
    await keyboard.press("ArrowDown");
    await tabTo('callseal-panel [data-party="2"] [data-action=yes]');
    await keyboard.press("Enter");
    await next(({ paused, recording }) => recording && !paused, "the recording to go on");
    await talk();

    await host(desktop, "partyJoined", callId, "listener");
    await next(({ paused }) => paused, "the second pause");
    await next(has(3, "asked"), "the listener to be asked");
    await host(desktop, "partyLeft", callId, "listener");
    await next(({ paused, recording }) => recording && !paused, "the recording to go on without the listener");
    await until(Date.now() + GRACE_MS);
    await talk();

    await keyboard.press("Alt+Shift+KeyW");
    await next(({ phase }) => phase === "withdrawn", "the withdrawal to count");
    await until(Date.now() + 1_500);
    assert.equal(await page.locator('#lines [data-state="connected"]').count(), 1, "the call goes on");
    await tabTo("#hang-up", "Shift+Tab");
    await keyboard.press("Enter");
    const report = await closed(desktop);
    await stored(desktop, callId);

    assert.equal(report.outcome, "withdrawn");
    const events = report.consent_events.map(({ kind, party, answer, method, words }) => [kind, party, answer, method, words]);
    assert.deepEqual(events.filter(([kind]) => kind !== "asked"), [
      ["answered", 1, "yes", "agent_hotkey", null],
      ["joined", 2, null, null, null],
      ["answered", 2, "yes", "agent_button", "yes"],
      ["joined", 3, null, null, null],
      ["left", 3, null, null, null],
      ["withdrawn", 1, "withdraw", "agent_hotkey", null],
      ["withdrawn", 2, "withdraw", "agent_hotkey", null],
    ]);
    /** @param {string} kind @param {number} party */
    const at = (kind, party) => report.consent_events.find((event) => event.kind === kind && event.party === party)?.at_ms ?? NaN;
    const cuts = report.redaction_spans
      .filter(({ trigger }) => trigger === "party_joined")
      .map(({ from_sample: from, to_sample: to }) => ({ fromMs: (from * 1000) / RATE_HZ, toMs: (to * 1000) / RATE_HZ }));
    // From the words to the buttons they go with the way leads forward; all the way round it leads through the card's fields.
    assert.deepEqual(report.redaction_spans.filter(({ trigger }) => trigger === "field_focus"), []);
    const [first = { fromMs: 0, toMs: 0 }, second = { fromMs: 0, toMs: 0 }] = cuts;
    assert.equal(cuts.length, 2, JSON.stringify(report.redaction_spans));
    for (const [cut, fromMs, toMs] of /** @type {const} */ ([
      [first, at("joined", 2) - JOIN_LOOK_BACK_MS, at("answered", 2)],
      [second, at("joined", 3) - JOIN_LOOK_BACK_MS, at("left", 3) + GRACE_MS],
    ])) {
      assert.ok(Math.abs(cut.fromMs - fromMs) <= FRAME_MS, `cut from ${cut.fromMs} ms, wanted from ${fromMs} ms`);
      assert.ok(cut.toMs >= toMs - FRAME_MS && cut.toMs <= toMs + ON_ITS_WAY_MS, `cut to ${cut.toMs} ms, wanted to ${toMs} ms`);
    }
    const originMs = report.recording_origin_ms ?? NaN;
    const endMs = originMs + report.recording_duration_ms;
    assert.ok(Math.abs(endMs - at("withdrawn", 1)) < 100, `kept until ${endMs} ms, taken back at ${at("withdrawn", 1)} ms`);

    // The ledger says the same, and the vCon.
    const entries = ledger(installation, callId);
    const moved = entries.flatMap(({ kind, body: { party } }) => (/^(party|consent)\./.test(kind) && party > 0 ? [[kind, party]] : []));
    assert.deepEqual(moved, [
      ["consent.answered", 1],
      ["party.joined", 2],
      ["consent.answered", 2],
      ["party.joined", 3],
      ["party.left", 3],
      ["consent.withdrawn", 1],
      ["consent.withdrawn", 2],
    ]);
    const written = entries.flatMap(({ kind, body }) => (kind === "redaction.span" && body.trigger === "party_joined" ? [body] : []));
    assert.deepEqual(
      written.map(({ from_sample: from, to_sample: to, class: why }) => [(from * 1000) / RATE_HZ, (to * 1000) / RATE_HZ, why]),
      cuts.map(({ fromMs, toMs }) => [fromMs, toMs, "not_agreed"]),
    );
    const { sound, vcon } = opened(installation, report);
    assert.deepEqual(
      lawfulBasis(vcon).map(([party, , granted]) => [party, granted]),
      [[1, true], [1, false], [2, true], [2, false], [3, false]],
    );

    // And so does what is heard.
    const [source = new Float32Array()] = decode(customer, { channels: 1 });
    const heard = decode(sound, { channels: 2 });
    const sample = (/** @type {number} */ ms) => Math.round((ms * RATE_HZ) / 1000);
    for (const { fromMs, toMs } of cuts) {
      assert.ok(peak(source, sample(fromMs + 300), sample(toMs - 300)) > 0.05, "the customer talks on in the cut");
      for (const channel of heard) {
        const loudest = peak(channel, sample(fromMs - originMs + EDGE_MS), sample(toMs - originMs - EDGE_MS));
        assert.ok(loudest < 1e-3, `${loudest} inside the cut`);
      }
    }
    for (const [fromMs, toMs] of /** @type {const} */ ([[originMs, first.fromMs], [first.toMs, second.fromMs], [second.toMs, endMs]])) {
      for (const channel of heard) {
        const loudest = peak(channel, sample(fromMs - originMs + EDGE_MS), sample(toMs - originMs - EDGE_MS));
        assert.ok(loudest > 0.05, `${loudest} from ${fromMs} to ${toMs} ms`);
      }
    }
  }));
