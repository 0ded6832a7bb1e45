// @ts-check
/** Blind transfers (REFER, RFC 3515), in both directions: whoever is there afterwards is nobody who has agreed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { opened } from "../e2e/support/evidence.mjs";
import { writeChatter } from "../e2e/support/voices.mjs";
import { find, LEAST_LIKENESS, mono, QUESTION, stereo, UNLIKE } from "./support/hearing.mjs";
import { wait } from "./support/host-page.mjs";
import { IN_GERMANY, Network } from "./support/network.mjs";
import { missing } from "./support/programs.mjs";

/** How long they talk, in milliseconds. */
const TALK_MS = 4_000;

const CUSTOMER = "+493012345604";
const COLLEAGUE = "+493012345605";

describe("a call that is handed over", { skip: missing("kamailio", "rtpengine", "baresip", "setpriv") }, () => {
  const network = new Network();
  const [agentVoice, customerVoice, colleagueVoice] = /** @type {[string, string, string]} */ (["agent", "customer", "colleague"].map((name) => join(network.folder, `${name}.wav`)));
  writeChatter(agentVoice, "certainly", { everyS: 3.5, fromS: 0.5, lengthS: 120 });
  const [customerSays] = writeChatter(customerVoice, "delivery", { everyS: 2.5, fromS: 0.5, lengthS: 120 });
  const [colleagueSays] = writeChatter(colleagueVoice, "request", { everyS: 2.5, fromS: 0.5, lengthS: 120 });
  /** @type {import("./support/host-page.mjs").HostPage} */
  let agent;
  /** @type {import("./servers/baresip.mjs").Phone} */
  let customer;
  /** @type {import("./servers/baresip.mjs").Phone} */
  let colleague;
  let sessions = 0;

  before(async () => {
    await network.start();
    customer = await network.phone(CUSTOMER, customerVoice);
    colleague = await network.phone(COLLEAGUE, colleagueVoice, { name: "Colleague", answers: "auto" });
    agent = await network.softphone("agent", { voice: agentVoice, user: "agent", adapter: "jssip", callseal: IN_GERMANY });
  });
  after(() => network.stop());

  /** The customer calls and agrees. @returns {Promise<{callId: string, number: number}>} */
  async function recordedCall() {
    const number = sessions;
    sessions += 1;
    await customer.dial("agent");
    await agent.event("session", (session) => session.number === number);
    await agent.do("answer", number);
    await customer.heard("CALL_ESTABLISHED");
    const callId = (await callOf(CUSTOMER, number)).callId;
    await agent.asked(callId);
    await customer.press("1");
    await agent.state(callId, ({ recording }) => recording);
    await wait(TALK_MS);
    return { callId, number };
  }

  /** @param {string} user @param {number} number  of the page's sessions */
  async function callOf(user, number) {
    await agent.event("session-accepted", (session) => session.number === number);
    for (;;) {
      const last = agent.told.filter(({ type, detail }) => type === "adapter-answered" && detail.party.user === user).at(-1);
      if (last?.detail.call) return { callId: /** @type {string} */ (last.detail.call) };
      await wait(50);
    }
  }

  test("the agent hands the customer over: the recording ends with the agent's part", async () => {
    const { callId, number } = await recordedCall();
    await agent.do("refer", number, COLLEAGUE);
    await agent.event("refer-accepted", (told) => told.number === number);
    await colleague.heard("CALL_ESTABLISHED");
    const report = await agent.stored(callId);
    await wait(TALK_MS);
    assert.equal(report.outcome, "recorded");
    assert.equal(agent.told.filter(({ type }) => type === "opened").length, 1, "the call of the other two is none of the agent's");
    const [, right] = stereo(opened(network, report).sound);
    assert.ok(find(mono(customerVoice), right, customerSays ?? { fromS: 0, toS: 0 }, { toS: 4 }).alike > LEAST_LIKENESS);
    assert.ok(find(mono(colleagueVoice), right, colleagueSays ?? { fromS: 0, toS: 0 }).alike < UNLIKE, "the colleague is not recorded");
    await customer.hangUp();
    await colleague.heard("CALL_CLOSED");
    await wait(500);
    const heard = mono(colleague.dumps("dec").at(-1) ?? "");
    assert.ok(find(mono(customerVoice), heard, customerSays ?? { fromS: 0, toS: 0 }).alike > LEAST_LIKENESS, "they did talk with each other");
    assert.deepEqual(network.storedCalls(), [callId]);
  });

  test("the customer refers the agent to somebody: they are asked anew, by themselves", async () => {
    const { callId } = await recordedCall();
    const dumpsBefore = colleague.dumps("dec").length;
    await customer.transfer(COLLEAGUE);
    const number = sessions;
    sessions += 1;
    await agent.event("referred", ({ to }) => to === COLLEAGUE);
    await colleague.heard("CALL_ESTABLISHED");
    const next = await callOf(COLLEAGUE, number);
    assert.notEqual(next.callId, callId);
    await agent.asked(next.callId);
    assert.equal(agent.told.filter(({ type, detail }) => type === "state" && detail.call_id === next.callId && detail.recording).length, 0, "the customer's yes is not the colleague's");
    await colleague.press("2");
    await agent.state(next.callId, ({ phase }) => phase === "declined");
    await colleague.hangUp();
    const declined = await agent.closed(next.callId);
    assert.deepEqual(declined.objects, []);
    const report = await agent.stored(callId);
    assert.equal(report.outcome, "recorded");
    const heard = mono(colleague.dumps("dec")[dumpsBefore] ?? "");
    assert.ok(find(mono(QUESTION), heard, { fromS: 0, toS: 6 }, { toS: 5 }).alike > LEAST_LIKENESS, "the colleague hears the question");
    const [, right] = stereo(opened(network, report).sound);
    assert.ok(find(mono(colleagueVoice), right, colleagueSays ?? { fromS: 0, toS: 0 }).alike < UNLIKE, "the colleague is not in the customer's recording");
  });
});
