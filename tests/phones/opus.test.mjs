// @ts-check
/**
 * Two softphones in browsers, JsSIP at both ends, Opus straight from one to the other. The agent calls out, with the tap
 * alone: the page has no adapter. The customer's page is the witness of what was heard.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { opened, verified } from "../e2e/support/evidence.mjs";
import { decode, LIKENESS_RATE_HZ } from "../e2e/support/sound.mjs";
import { writeChatter, writeVoice } from "../e2e/support/voices.mjs";
import { commonKeys, DECODER_RATE_HZ, find, keysIn, LEAST_LIKENESS, LEAST_LIKENESS_OF_MICROPHONE, mono, QUESTION, stereo, UNLIKE } from "./support/hearing.mjs";
import { wait } from "./support/host-page.mjs";
import { IN_GERMANY, Network } from "./support/network.mjs";
import { missing } from "./support/programs.mjs";

const CUSTOMER = "+493012345606";
const CARD = "4929517186420137";

/** Seconds from the answer on. */
const KEYED_S = 17;
const HANG_UP_S = 30;

/** How far a recording may be off, in seconds: fixed, and of the time that has passed. */
const OFF_S = 0.1;
const OFF_PART = 0.001;

describe("a customer with a softphone of their own", { skip: missing("kamailio", "rtpengine", "multimon-ng", "setpriv") }, () => {
  const network = new Network();
  const agentVoice = join(network.folder, "agent.wav");
  const customerVoice = join(network.folder, "customer.wav");
  const agentSays = writeChatter(agentVoice, "certainly", { everyS: 3.5, fromS: 0.5, lengthS: 60 });
  const customerSays = writeVoice(customerVoice, [[1, "farewell"], [13, "delivery"], [15, "request"], [24, "delivery"], [27, "request"]], 60);
  /** @type {import("./support/host-page.mjs").HostPage} */
  let agent;
  /** @type {import("./support/host-page.mjs").HostPage} */
  let customer;
  /** @type {import("./support/host-page.mjs").CallReport} */
  let report;
  let callId = "";
  let sound = "";
  let hungUpMs = 0;
  let answeredMs = 0;
  /** @type {Float32Array} */ let left;
  /** @type {Float32Array} */ let right;
  /** @type {Float32Array} */ let heardByCustomer;

  before(async () => {
    await network.start();
    customer = await network.softphone("customer", { voice: customerVoice, user: CUSTOMER, name: "Jo" });
    agent = await network.softphone("agent", { voice: agentVoice, user: "agent", callseal: IN_GERMANY });
    await agent.do("keepHeard");
    await customer.do("keepHeard");
    await agent.do("dial", CUSTOMER);
    await customer.event("session");
    await customer.do("answer", 0);
    const { atMs } = await agent.event("session-confirmed");
    answeredMs = atMs;
    callId = (await agent.event("opened")).detail.callId;
    await agent.asked(callId);
    await customer.do("press", 0, "1");
    await agent.state(callId, ({ recording }) => recording);
    await wait(answeredMs + KEYED_S * 1_000 - Date.now());
    await customer.do("press", 0, CARD);
    await wait(answeredMs + HANG_UP_S * 1_000 - Date.now());
    hungUpMs = Date.now();
    await agent.do("hangUp", 0);
    report = await agent.stored(callId);
    sound = opened(network, report).sound;
    [left, right] = stereo(sound);
    heardByCustomer = await network.heardBy(customer);
  }, { timeout: 240_000 });
  after(() => network.stop());

  test("the customer hears the whole question", () => {
    const { alike } = find(mono(QUESTION), heardByCustomer, { fromS: 0, toS: 6 }, { toS: 15 });
    assert.ok(alike > LEAST_LIKENESS, `${alike}`);
  });

  test("key 1 of the softphone is the customer's yes, and nothing before it is recorded", () => {
    const answers = report.consent_events.filter(({ kind }) => kind === "answered");
    assert.deepEqual(answers.map(({ party, answer, method }) => ({ party, answer, method })), [{ party: 1, answer: "yes", method: "keypad" }]);
    assert.ok((report.recording_origin_ms ?? 0) >= (answers[0]?.at_ms ?? Infinity) - 1);
    const [early] = customerSays;
    assert.ok(early && find(mono(customerVoice), right, early, { toS: 8 }).alike < UNLIKE);
  });

  test("the customer is on the right, the agent on the left, and words are as far from each other as they were said", () => {
    const said = mono(customerVoice);
    const [, one, , other] = customerSays;
    assert.ok(one && other);
    const first = find(said, right, one, { toS: 14 });
    const distanceS = other.fromS - one.fromS;
    const second = find(said, right, other, { fromS: first.atS + distanceS - 1, toS: first.atS + distanceS + 1 });
    // Two microphones, two echo cancellers: the customer's voice goes through them as the agent's does.
    for (const { alike } of [first, second]) assert.ok(alike > LEAST_LIKENESS_OF_MICROPHONE, `${alike}`);
    const offS = second.atS - first.atS - distanceS;
    assert.ok(Math.abs(offS) < OFF_S + OFF_PART * distanceS, `${offS} s off`);
    assert.ok(find(said, left, one).alike < UNLIKE);
    const [words] = agentSays;
    assert.ok(words && find(mono(agentVoice), left, words).alike > LEAST_LIKENESS_OF_MICROPHONE);
  });

  test("keyed digits are in neither channel", async () => {
    const arrived = join(network.folder, "arrived.webm");
    writeFileSync(arrived, Buffer.from(await agent.do("heard")));
    const audible = keysIn(network.folder, decode(arrived, { rate: DECODER_RATE_HZ, channels: 1 })[0] ?? new Float32Array());
    assert.ok(commonKeys(`1${CARD}`, audible) > CARD.length / 2, `the keys were to be heard: ${audible}`);
    for (const [channel, samples] of decode(sound, { rate: DECODER_RATE_HZ, channels: 2 }).entries()) {
      assert.equal(keysIn(network.folder, samples), "", `channel ${channel}`);
    }
  });

  test("the agent's hang-up ends the recording, as long as the call was", () => {
    assert.equal(report.outcome, "recorded");
    verified(network, callId);
    const passedS = (hungUpMs - answeredMs) / 1_000;
    const lastsS = report.call_duration_ms / 1_000;
    // From one process to another, and from the answer to the first packet.
    assert.ok(Math.abs(lastsS - passedS) < 0.5, `${passedS} s, ${lastsS} s by the recorder`);
    const expectedS = lastsS - (report.recording_origin_ms ?? NaN) / 1_000;
    assert.ok(Math.abs(left.length / LIKENESS_RATE_HZ - expectedS) < OFF_S);
  });
});
