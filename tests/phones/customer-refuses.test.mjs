// @ts-check
/** A customer on an ordinary telephone says no by key, or says nothing: nothing of the call is kept, and the call goes on. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { writeChatter } from "../e2e/support/voices.mjs";
import { AUDIBLE, mono, peakOf } from "./support/hearing.mjs";
import { wait } from "./support/host-page.mjs";
import { IN_GERMANY, Network } from "./support/network.mjs";
import { missing } from "./support/programs.mjs";

/** How long both talk after the answer, in milliseconds. */
const TALK_MS = 3_000;

describe("a customer on an ordinary telephone who does not agree", { skip: missing("kamailio", "rtpengine", "baresip", "setpriv") }, () => {
  const network = new Network();
  const agentVoice = join(network.folder, "agent.wav");
  const customerVoice = join(network.folder, "customer.wav");
  writeChatter(agentVoice, "certainly", { everyS: 3.5, fromS: 0.5, lengthS: 120 });
  writeChatter(customerVoice, "delivery", { everyS: 2.5, fromS: 0.5, lengthS: 120 });
  /** @type {import("./support/host-page.mjs").HostPage} */
  let agent;
  /** @type {import("./servers/baresip.mjs").Phone} */
  let customer;
  let sessions = 0;

  before(async () => {
    await network.start();
    customer = await network.phone("+493012345602", customerVoice);
    const consent = { answerWithinMs: 3_000, asks: 1 };
    agent = await network.softphone("agent", { voice: agentVoice, user: "agent", adapter: "jssip", callseal: { ...IN_GERMANY, consent } });
  });
  after(() => network.stop());

  /** Lets the customer call; the agent answers. @returns {Promise<string>} the call's id */
  async function call() {
    const known = agent.told.filter(({ type }) => type === "opened").length;
    await customer.dial("agent");
    await agent.event("session", ({ number }) => number === sessions);
    await agent.do("answer", sessions);
    sessions += 1;
    await customer.heard("CALL_ESTABLISHED");
    await agent.event("opened", () => agent.told.filter(({ type }) => type === "opened").length > known);
    return agent.told.filter(({ type }) => type === "opened").at(-1)?.detail.callId;
  }

  /** Whether the telephone went on hearing the agent at the end of its last call. */
  function heardAtTheEnd() {
    const heard = mono(customer.dumps("dec").at(-1) ?? "");
    const endS = heard.length / 8_000;
    return peakOf(heard, endS - TALK_MS / 1_000, endS) > AUDIBLE;
  }

  test("key 2 is a no: nothing is stored, and the call goes on", async () => {
    const callId = await call();
    await agent.asked(callId);
    await customer.press("2");
    await agent.state(callId, ({ phase }) => phase === "declined");
    await wait(TALK_MS);
    // A no is final: another key changes nothing.
    await customer.press("1");
    await wait(TALK_MS);
    await customer.hangUp();
    const report = await agent.closed(callId);
    assert.equal(report.outcome, "declined");
    assert.equal(report.recording_duration_ms, 0);
    assert.deepEqual(report.objects, []);
    const answers = report.consent_events.filter(({ kind }) => kind === "answered");
    assert.deepEqual(answers.map(({ answer, method }) => ({ answer, method })), [{ answer: "no", method: "keypad" }]);
    await wait(TALK_MS);
    assert.deepEqual(network.storedCalls(), []);
    assert.ok(heardAtTheEnd());
  });

  test("without a key nothing is stored, and the call goes on", async () => {
    const callId = await call();
    await agent.asked(callId);
    await agent.state(callId, ({ phase }) => phase === "unanswered");
    await wait(TALK_MS);
    await customer.hangUp();
    const report = await agent.closed(callId);
    assert.equal(report.outcome, "declined");
    assert.deepEqual(report.objects, []);
    await wait(TALK_MS);
    assert.deepEqual(network.storedCalls(), []);
    assert.ok(heardAtTheEnd());
  });
});
