// @ts-check
/**
 * Call waiting: while one customer talks to the agent, two more call. Each is asked by themselves, each answers for
 * themselves, and nobody is in another's recording.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { opened } from "../e2e/support/evidence.mjs";
import { writeChatter } from "../e2e/support/voices.mjs";
import { find, LEAST_LIKENESS, mono, QUESTION, stereo, UNLIKE } from "./support/hearing.mjs";
import { wait } from "./support/host-page.mjs";
import { IN_GERMANY, Network } from "./support/network.mjs";
import { missing } from "./support/programs.mjs";

/** Each says other words, over and over. @type {("delivery" | "request" | "farewell")[]} */
const WORDS = ["delivery", "request", "farewell"];

/** How long they talk, in milliseconds. */
const TALK_MS = 4_000;

describe("three customers at once", { skip: missing("kamailio", "rtpengine", "baresip", "setpriv") }, () => {
  const network = new Network();
  const agentVoice = join(network.folder, "agent.wav");
  writeChatter(agentVoice, "certainly", { everyS: 3.5, fromS: 0.5, lengthS: 120 });
  const voices = WORDS.map((words) => {
    const file = join(network.folder, `${words}.wav`);
    return { file, utterances: writeChatter(file, words, { everyS: 2.5, fromS: 0.5, lengthS: 120 }) };
  });
  /** @type {import("./support/host-page.mjs").HostPage} */
  let agent;
  /** @type {import("./servers/baresip.mjs").Phone[]} */
  const customers = [];
  /** The calls' ids, in the same order. @type {string[]} */
  const calls = [];
  /** @type {import("./support/host-page.mjs").CallReport[]} */
  const reports = [];

  before(async () => {
    await network.start();
    for (const [index, { file }] of voices.entries()) customers.push(await network.phone(`+49301234567${index}`, file));
    agent = await network.softphone("agent", { voice: agentVoice, user: "agent", adapter: "jssip", callseal: IN_GERMANY });
    const [first, second, third] = customers;
    assert.ok(first && second && third);
    const answer = async (/** @type {number} */ number) => {
      await customers[number]?.dial("agent");
      await agent.event("session", (session) => session.number === number);
      await agent.do("answer", number);
      await customers[number]?.heard("CALL_ESTABLISHED");
      const { detail } = await agent.event("adapter-answered", ({ party }) => party.user === customers[number]?.user);
      calls.push(detail.call);
      await agent.asked(detail.call);
    };
    await answer(0);
    await first.press("1");
    await agent.state(calls[0] ?? "", ({ recording }) => recording);
    await agent.do("hold", 0, true);
    await answer(1);
    await second.press("2");
    await agent.state(calls[1] ?? "", ({ phase }) => phase === "declined");
    await answer(2);
    await third.press("1");
    await agent.state(calls[2] ?? "", ({ recording }) => recording);
    await agent.do("hold", 0, false);
    await wait(TALK_MS);
    // A conference on the agent's headset: all three are heard, and yet they are three calls.
    await agent.do("hangUp", 2);
    await second.hangUp();
    await wait(1_000);
    await first.hangUp();
    for (const [index, callId] of calls.entries()) reports.push(await (index === 1 ? agent.closed(callId) : agent.stored(callId)));
  }, { timeout: 240_000 });
  after(() => network.stop());

  test("each customer hears a question of their own", () => {
    const question = mono(QUESTION);
    for (const customer of customers) {
      const { alike } = find(question, mono(customer.dumps("dec")[0] ?? ""), { fromS: 0, toS: 6 }, { toS: 5 });
      assert.ok(alike > LEAST_LIKENESS, `${customer.user}: ${alike}`);
    }
  });

  test("each answers for themselves: two are recorded, the one who said no is not", () => {
    assert.deepEqual(reports.map(({ outcome }) => outcome), ["recorded", "declined", "recorded"]);
    assert.deepEqual(reports.map(({ consent_events: events }) => events.filter(({ kind }) => kind === "answered").map(({ answer, method }) => `${answer} by ${method}`)), [
      ["yes by keypad"],
      ["no by keypad"],
      ["yes by keypad"],
    ]);
    assert.deepEqual(network.storedCalls().sort(), [calls[0] ?? "", calls[2] ?? ""].sort());
  });

  test("in each recording is its own customer, and nobody else", () => {
    for (const index of [0, 2]) {
      const report = reports[index];
      assert.ok(report);
      const [left, right] = stereo(opened(network, report).sound);
      for (const [other, { file, utterances }] of voices.entries()) {
        const [words] = utterances;
        assert.ok(words);
        const reference = mono(file);
        const [onLeft, onRight] = [left, right].map((channel) => find(reference, channel, words).alike);
        assert.ok((onLeft ?? 1) < UNLIKE, `${WORDS[other]} on the agent's side of call ${index}: ${onLeft}`);
        if (other === index) assert.ok((onRight ?? 0) > LEAST_LIKENESS, `${WORDS[other]} in call ${index}: ${onRight}`);
        else assert.ok((onRight ?? 1) < UNLIKE, `${WORDS[other]} in call ${index}: ${onRight}`);
      }
    }
  });

  test("who hangs up is told for each", () => {
    const ended = agent.told.filter(({ type }) => type === "adapter-ended").map(({ detail }) => [detail.call, detail.by]);
    assert.deepEqual(new Map(/** @type {[string, string][]} */ (ended)), new Map([[calls[2], "agent"], [calls[1], "customer"], [calls[0], "customer"]]));
  });
});
