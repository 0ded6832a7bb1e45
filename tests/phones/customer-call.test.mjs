// @ts-check
/**
 * A customer calls from an ordinary telephone: baresip, by way of kamailio and rtpengine, in G.711; the agent has JsSIP in a
 * page with Callseal. One long call, then everything that it has to show.
 *
 * The call: the question, key 1, talk, a card number keyed by RFC 4733, mute, hold, another microphone, the customer hangs
 * up. Times are seconds from the moment the telephone says that the call is established.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ledger, opened, verified } from "../e2e/support/evidence.mjs";
import { decode, LIKENESS_RATE_HZ } from "../e2e/support/sound.mjs";
import { writeChatter, writeVoice } from "../e2e/support/voices.mjs";
import { AUDIBLE, commonKeys, DECODER_RATE_HZ, find, keysIn, LEAST_LIKENESS, LEAST_LIKENESS_OF_MICROPHONE, median, mono, peakOf, QUESTION, SILENT, stereo, UNLIKE } from "./support/hearing.mjs";
import { wait } from "./support/host-page.mjs";
import { IN_GERMANY, Network } from "./support/network.mjs";
import { missing } from "./support/programs.mjs";

const CUSTOMER = "+493012345601";
const CARD = "4929517186420137";

/** When what happens. What the customer says first is said before they have agreed. */
const EARLY_S = 3;
const CARD_S = 18;
const MUTE_S = [26.5, 30];
const HOLD_S = [34, 38];
const CHANGE_S = 42.2;
const HANG_UP_S = 48;

/** Of the question, by what was captured: a busy machine leaves gaps. */
const LEAST_DELIVERED = 0.8;

/** Until a change of the line has gone through everything, in seconds. */
const SETTLED_S = 0.8;

/** How far a recording may be off, in seconds: fixed, and of the time that has passed. */
const OFF_S = 0.1;
const OFF_PART = 0.001;

describe("a customer on an ordinary telephone", { skip: missing("kamailio", "rtpengine", "baresip", "multimon-ng", "setpriv") }, () => {
  const network = new Network();
  const agentVoice = join(network.folder, "agent.wav");
  const customerVoice = join(network.folder, "customer.wav");
  const agentSays = writeChatter(agentVoice, "certainly", { everyS: 3.5, fromS: 0.5, lengthS: 60 });
  const customerSays = writeVoice(customerVoice, [[EARLY_S, "request"], [13, "delivery"], [15.4, "farewell"], [24, "farewell"], [31, "delivery"], [39.5, "farewell"], [44.5, "delivery"]], 60);

  /** @type {import("./support/host-page.mjs").CallReport} */
  let report;
  /** @type {import("./support/host-page.mjs").HostPage} */
  let agent;
  /** @type {import("./servers/baresip.mjs").Phone} */
  let customer;
  /** The recording's channels, at the rate of likeness. @type {Float32Array} */ let left;
  /** @type {Float32Array} */ let right;
  let sound = "";
  /** Where things happened, in the page's monotonic clock and in Unix time. */
  const marks = { establishedAtMs: 0, changed: { from: "", to: "" } };

  /** @param {number} second on the call's timeline @returns {number} in the recording */
  const inRecording = (second) => second - (report.recording_origin_ms ?? NaN) / 1_000;

  before(async () => {
    await network.start();
    customer = await network.phone(CUSTOMER, customerVoice, { name: "Anna Bach" });
    agent = await network.softphone("agent", { voice: agentVoice, user: "agent", adapter: "jssip", callseal: IN_GERMANY });
    await customer.dial("agent");
    const { detail: session } = await agent.event("session");
    await agent.do("keepHeard");
    await agent.do("answer", session.number);
    await agent.do("watchBuffer", session.number);
    marks.establishedAtMs = (await customer.heard("CALL_ESTABLISHED")).atMs;
    const at = (/** @type {number} */ second) => wait(marks.establishedAtMs + second * 1_000 - Date.now());
    const { callId } = (await agent.event("opened")).detail;
    await agent.asked(callId);
    await customer.press("1");
    await agent.state(callId, ({ recording }) => recording);
    await at(CARD_S);
    await customer.press(CARD);
    await at(MUTE_S[0] ?? NaN);
    await agent.do("mute", session.number, true);
    await at(MUTE_S[1] ?? NaN);
    await agent.do("mute", session.number, false);
    await at(HOLD_S[0] ?? NaN);
    await agent.do("hold", session.number, true);
    await at(HOLD_S[1] ?? NaN);
    await agent.do("hold", session.number, false);
    await at(CHANGE_S);
    marks.changed = await agent.do("changeMicrophone", session.number);
    await at(HANG_UP_S);
    await customer.hangUp();
    report = await agent.stored(callId);
    sound = opened(network, report).sound;
    [left, right] = stereo(sound);
  }, { timeout: 240_000 });
  after(() => network.stop());

  test("the customer hears the whole question", () => {
    const prompt = mono(QUESTION);
    const heard = find(prompt, mono(customer.dumps("dec")[0] ?? ""), { fromS: 0, toS: prompt.length / LIKENESS_RATE_HZ }, { toS: 3 });
    assert.ok(heard.alike > LEAST_LIKENESS, `what the telephone heard is like the question: ${heard.alike}`);
    assert.ok((report.disclosure?.fraction_delivered ?? 0) > LEAST_DELIVERED, `${report.disclosure?.fraction_delivered}`);
  });

  test("nothing is recorded before the customer has pressed 1", () => {
    const answers = report.consent_events.filter(({ kind }) => kind === "answered");
    assert.deepEqual(answers.map(({ party, answer, method, actor }) => ({ party, answer, method, actor })), [{ party: 1, answer: "yes", method: "keypad", actor: 1 }]);
    const originMs = report.recording_origin_ms ?? NaN;
    assert.ok(originMs >= (answers[0]?.at_ms ?? Infinity) - 1, `recorded from ${originMs} ms, pressed at ${answers[0]?.at_ms} ms`);
    const [early] = customerSays;
    assert.ok(early);
    const alike = [left, right].map((channel) => find(mono(customerVoice), channel, early, { toS: 5 }).alike);
    assert.ok(alike.every((one) => one < UNLIKE), `what was said before is in the recording: ${alike.join(", ")}`);
  });

  test("the customer is on the right, and each word is where it was said", () => {
    const said = mono(customerVoice);
    const agreed = customerSays.slice(1);
    const found = agreed.map((words) => ({ ...words, ...find(said, right, words, around(words.fromS)) }));
    assert.ok(median(found.map(({ alike }) => alike)) > LEAST_LIKENESS, JSON.stringify(found));
    for (const { words, alike, fromS } of found) assert.ok(alike > UNLIKE, `"${words}" at ${fromS} s: ${alike}`);
    const [first] = found;
    assert.ok(first);
    for (const { words, fromS, toS, atS } of found) {
      const passedS = fromS - first.fromS;
      // What the jitter buffer holds words up by is none of the recorder's time.
      const heldUpS = bufferedS(fromS, toS) - bufferedS(first.fromS, first.toS);
      const offS = atS - first.atS - passedS - heldUpS;
      assert.ok(Math.abs(offS) < OFF_S + OFF_PART * passedS, `"${words}" at ${fromS} s is ${offS} s off, besides ${heldUpS} s of the jitter buffer`);
    }
    for (const words of agreed) {
      const { alike } = find(said, left, words, around(words.fromS));
      assert.ok(alike < UNLIKE, `"${words.words}" is not on the left: ${alike}`);
    }
  });

  test("the agent is on the left", () => {
    const [atS, toS] = [inRecording(24), inRecording(26.5)];
    const { alike } = find(mono(agentVoice), left, agentSays[0] ?? { fromS: 0, toS: 0 }, { fromS: atS - 3, toS });
    assert.ok(alike > LEAST_LIKENESS_OF_MICROPHONE, `${alike}`);
  });

  test("a card number that the customer keys is in neither channel, and was to be heard in the call", async () => {
    const arrived = join(network.folder, "arrived.webm");
    writeFileSync(arrived, Buffer.from(await agent.do("heard")));
    const audible = keysIn(network.folder, decode(arrived, { rate: DECODER_RATE_HZ, channels: 1 })[0] ?? new Float32Array());
    // Where the machine is busy, the jitter buffer tears a key.
    assert.ok(commonKeys(`1${CARD}`, audible) > CARD.length / 2, `the keys were to be heard: ${audible}`);
    for (const [channel, samples] of decode(sound, { rate: DECODER_RATE_HZ, channels: 2 }).entries()) {
      assert.equal(keysIn(network.folder, samples), "", `channel ${channel}`);
    }
    const written = JSON.stringify([ledger(network, report.call_id), report, agent.told]);
    assert.ok(!written.includes(CARD), "the card number is written nowhere");
  });

  test("while the agent is muted the left is silence, and the call is recorded on", () => {
    const [fromS, toS] = [inRecording((MUTE_S[0] ?? NaN) + SETTLED_S), inRecording((MUTE_S[1] ?? NaN) - SETTLED_S)];
    assert.ok(peakOf(left, fromS, toS) < SILENT, `${peakOf(left, fromS, toS)}`);
    assert.ok(peakOf(left, inRecording((MUTE_S[1] ?? NaN) + SETTLED_S), inRecording(HOLD_S[0] ?? NaN)) > AUDIBLE);
  });

  test("a hold is told by a re-INVITE, silences the agent, and the time goes on", () => {
    const renewed = customer.events.filter(({ type, param }) => type === "CALL_REMOTE_SDP" && param === "offer");
    assert.equal(renewed.length, 2, "one re-INVITE to hold, one to go on");
    assert.deepEqual(adapterEvents().filter((one) => /held|resumed/.test(one)), ["held agent", "resumed agent"]);
    const [fromS, toS] = [inRecording((HOLD_S[0] ?? NaN) + SETTLED_S), inRecording((HOLD_S[1] ?? NaN) - SETTLED_S)];
    assert.ok(peakOf(left, fromS, toS) < SILENT, `${peakOf(left, fromS, toS)}`);
    assert.ok(peakOf(left, inRecording((HOLD_S[1] ?? NaN) + SETTLED_S), inRecording(CHANGE_S)) > AUDIBLE, "the agent is recorded again");
  });

  test("another microphone in the middle of the call is recorded", () => {
    assert.notEqual(marks.changed.to, marks.changed.from);
    // The fake device plays its file anew wherever it is opened.
    const { alike } = find(mono(agentVoice), left, agentSays[0] ?? { fromS: 0, toS: 0 }, { fromS: inRecording(CHANGE_S - 0.5), toS: inRecording(CHANGE_S + 2.5) });
    assert.ok(alike > LEAST_LIKENESS_OF_MICROPHONE, `${alike}`);
    assert.ok(peakOf(left, inRecording(CHANGE_S + 4), inRecording(HANG_UP_S)) > AUDIBLE);
  });

  test("the customer's hang-up ends the recording, which is as long as the call by the page's monotonic clock", () => {
    assert.deepEqual(adapterEvents().at(-1), "ended customer");
    assert.equal(report.outcome, "recorded");
    const [answered, ended] = ["adapter-answered", "adapter-ended"].map((type) => agent.told.find((one) => one.type === type)?.pageMs ?? NaN);
    const passedS = ((ended ?? NaN) - (answered ?? NaN)) / 1_000;
    const lastsS = report.call_duration_ms / 1_000;
    assert.ok(Math.abs(lastsS - passedS) < OFF_S + OFF_PART * passedS, `${passedS} s by the page's clock, ${lastsS} s by the recorder`);
    const recordedS = decode(sound, { rate: LIKENESS_RATE_HZ, channels: 1 })[0]?.length ?? 0;
    const expectedS = lastsS - (report.recording_origin_ms ?? NaN) / 1_000;
    assert.ok(Math.abs(recordedS / LIKENESS_RATE_HZ - expectedS) < OFF_S, `${recordedS / LIKENESS_RATE_HZ} s recorded, ${expectedS} s long`);
  });

  test("every gap has its label in the ledger, and the call verifies", () => {
    const labels = ledger(network, report.call_id).filter(({ kind }) => kind === "gap").map(({ body }) => ({ ...body }));
    assert.deepEqual(labels, report.gaps);
    assert.ok(report.gaps.every(({ reason }) => /^[a-z_]+$/.test(reason)));
    const verdict = /** @type {any} */ (verified(network, report.call_id));
    assert.equal(verdict.evidence.gaps, report.gaps.length);
  });

  test("nothing was wrong", () => {
    assert.deepEqual(agent.told.filter(({ type }) => type === "error" || type === "adapter-error"), []);
    const problems = agent.told.filter(({ type, detail }) => type === "state" && detail.problem !== null).map(({ detail }) => detail.problem);
    assert.deepEqual([...new Set(problems)], []);
  });

  /** What the adapter told, in words. */
  function adapterEvents() {
    return agent.told.filter(({ type }) => type.startsWith("adapter-")).map(({ type, detail }) => `${type.slice("adapter-".length)}${detail.by ? ` ${detail.by}` : ""}`);
  }

  /** How long what was said then waited in the jitter buffer, in seconds. @param {number} fromS @param {number} toS */
  function bufferedS(fromS, toS) {
    const looks = agent.told.filter(({ type, atMs }) => type === "buffer" && atMs > marks.establishedAtMs + fromS * 1_000 && atMs < marks.establishedAtMs + (toS + 1) * 1_000);
    const [one, other] = [looks[0]?.detail, looks.at(-1)?.detail];
    return (other.delayS - one.delayS) / (other.samples - one.samples);
  }

  /** Where in the recording something is that was said at a second of the telephone. @param {number} second */
  function around(second) {
    return { fromS: inRecording(second) - 0.8, toS: inRecording(second) + 0.8 };
  }
});
