// @ts-check
/**
 * The agent calls a telephone that takes media before it is answered (183 with an SDP answer, RFC 3960), as networks do for
 * ringing tones and announcements of their own. Nobody is there to be told anything yet.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { LIKENESS_RATE_HZ } from "../e2e/support/sound.mjs";
import { writeChatter } from "../e2e/support/voices.mjs";
import { find, LEAST_LIKENESS, mono, QUESTION } from "./support/hearing.mjs";
import { wait } from "./support/host-page.mjs";
import { IN_GERMANY, Network } from "./support/network.mjs";
import { missing } from "./support/programs.mjs";

/** How long it rings, in milliseconds: longer than the question. */
const RINGING_MS = 8_000;

/** How far what the telephone tells may be from what it keeps, in seconds. */
const SLACK_S = 0.5;

describe("a telephone with early media", { skip: missing("kamailio", "rtpengine", "baresip", "setpriv") }, () => {
  const network = new Network();
  const agentVoice = join(network.folder, "agent.wav");
  const customerVoice = join(network.folder, "customer.wav");
  writeChatter(agentVoice, "certainly", { everyS: 3.5, fromS: 0.5, lengthS: 120 });
  writeChatter(customerVoice, "delivery", { everyS: 2.5, fromS: 0.5, lengthS: 120 });
  /** @type {import("./support/host-page.mjs").HostPage} */
  let agent;
  /** @type {import("./servers/baresip.mjs").Phone} */
  let customer;

  before(async () => {
    await network.start();
    customer = await network.phone("+493012345603", customerVoice, { answers: "early" });
    agent = await network.softphone("agent", { voice: agentVoice, user: "agent", adapter: "jssip", callseal: { ...IN_GERMANY, consent: { answeredBy: "host" } } });
  });
  after(() => network.stop());

  test("the question is not played into the ringing, and from its beginning to whoever answers", async () => {
    await agent.do("dial", customer.user);
    await agent.event("session-progress");
    // Media is negotiated both ways, and the agent's reaches the telephone: without the softphone's word this would be a call
    // that runs.
    const { detail: { callId } } = await agent.event("opened");
    await customer.heard("CALL_RTPESTAB");
    await wait(RINGING_MS);
    const phases = agent.told.filter(({ type, detail }) => type === "state" && detail.call_id === callId).map(({ detail }) => detail.phase);
    assert.deepEqual([...new Set(phases)], ["ringing"]);
    await customer.answer();
    const answeredAtMs = (await customer.heard("CALL_ESTABLISHED")).atMs;
    await agent.asked(callId);
    await customer.press("1");
    await agent.state(callId, ({ recording }) => recording);
    await wait(2_000);
    const endedAtMs = Date.now();
    await customer.hangUp();
    const report = await agent.stored(callId);
    assert.equal(report.outcome, "recorded");
    const question = mono(QUESTION);
    const whole = { fromS: 0, toS: question.length / LIKENESS_RATE_HZ };
    const heard = mono(customer.dumps("dec")[0] ?? "");
    const answeredS = heard.length / LIKENESS_RATE_HZ - (endedAtMs - answeredAtMs) / 1_000;
    // The telephone keeps what it hears from its answer on: a question that had begun before would lack its first words.
    const { atS, alike } = find(question, heard, whole);
    assert.ok(alike > LEAST_LIKENESS, `the question was heard: ${alike}`);
    assert.ok(atS > answeredS - SLACK_S, `the question began at ${atS} s, the telephone was answered at ${answeredS} s`);
    assert.ok(report.call_duration_ms < endedAtMs - answeredAtMs + 1_000, "the call begins with the answer");
  });

  test("a call that is ended while it rings is none", async () => {
    await agent.do("dial", customer.user);
    await agent.event("session-progress", ({ number }) => number === 1);
    await wait(2_000);
    await agent.do("hangUp", 1);
    await agent.event("session-failed", ({ number }) => number === 1);
    const { callId } = agent.told.filter(({ type }) => type === "opened").at(-1)?.detail ?? {};
    const report = await agent.closed(callId);
    assert.notEqual(report.outcome, "recorded");
    assert.deepEqual(report.objects, []);
    assert.equal(network.storedCalls().length, 1, "only the call before");
  });
});
