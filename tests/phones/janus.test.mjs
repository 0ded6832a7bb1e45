// @ts-check
/**
 * The agent's softphone on a real Janus: its SIP plugin with an ordinary telephone at the other end, a mixed room, and a room
 * of streams, where the microphone and the customer are in different connections.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { opened } from "../e2e/support/evidence.mjs";
import { decode } from "../e2e/support/sound.mjs";
import { writeChatter } from "../e2e/support/voices.mjs";
import { ROOM } from "./servers/janus.mjs";
import { DOMAIN, PASSWORD } from "./servers/kamailio.mjs";
import { AUDIBLE, DECODER_RATE_HZ, find, keysIn, LEAST_LIKENESS, LEAST_LIKENESS_OF_MICROPHONE, mono, peakOf, QUESTION, rmsOf, SILENT, SILENT_BESIDE_SPEECH_RMS, stereo } from "./support/hearing.mjs";
import { secondOf, wait } from "./support/host-page.mjs";
import { IN_GERMANY, Network } from "./support/network.mjs";
import { missingForJanus } from "./support/programs.mjs";

/** @typedef {import("./support/host-page.mjs").HostPage} HostPage */

/** How long they talk, in milliseconds. */
const TALK_MS = 5_000;

/**
 * By how much words are more alike in their own channel than in the other. Three browsers, an audio mixer and a recorder on one
 * machine starve each other: the microphone's words arrive in pieces.
 */
const MARGIN = 0.2;
const MICROPHONE_MARGIN = 0.1;

const CUSTOMER = "+493012345608";
const CARD = "4929517186420137";

describe("a softphone on Janus", { skip: missingForJanus("kamailio", "rtpengine", "baresip", "multimon-ng", "setpriv") }, () => {
  const network = new Network();
  const agentVoice = join(network.folder, "agent.wav");
  const customerVoice = join(network.folder, "customer.wav");
  const [agentSays = { fromS: 0, toS: 0 }] = writeChatter(agentVoice, "certainly", { everyS: 3.5, fromS: 0.5, lengthS: 120 });
  const [customerSays = { fromS: 0, toS: 0 }] = writeChatter(customerVoice, "delivery", { everyS: 2.5, fromS: 0.5, lengthS: 120 });
  /** @type {HostPage[]} */
  const pages = [];

  before(async () => {
    await network.start();
    await network.startJanus();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.page.context().close();
  });
  after(() => network.stop());

  /** @param {"agent" | "customer"} role @param {string} voice */
  async function open(role, voice) {
    const page = await network.janusPage(role, { voice, callseal: IN_GERMANY });
    pages.push(page);
    return page;
  }

  /** The recording's channels hold whom they should: each is far more alike there than on the other. @param {Float32Array} left @param {Float32Array} right */
  function assertChannels(left, right) {
    const [agent, customer] = [mono(agentVoice), mono(customerVoice)];
    const [customerOnRight, customerOnLeft] = [right, left].map((channel) => find(customer, channel, customerSays).alike);
    const [agentOnLeft, agentOnRight] = [left, right].map((channel) => find(agent, channel, agentSays).alike);
    const words = JSON.stringify({ customerOnRight, customerOnLeft, agentOnLeft, agentOnRight });
    assert.ok((customerOnRight ?? 0) > LEAST_LIKENESS_OF_MICROPHONE && (customerOnRight ?? 0) > (customerOnLeft ?? 1) + MARGIN, words);
    assert.ok((agentOnLeft ?? 0) > (agentOnRight ?? 1) + MICROPHONE_MARGIN, words);
  }

  test("SIP plugin: a telephone hears the question, agrees by key, and is recorded without its card number", async () => {
    const customer = await network.phone(CUSTOMER, customerVoice, { name: "Anna Bach" });
    const agent = await open("agent", agentVoice);
    await agent.do("register", { domain: DOMAIN, user: "janus-agent", password: PASSWORD, proxy: network.sipAddress });
    await agent.event("janus", ({ event }) => event === "registered");
    await customer.dial("janus-agent");
    await agent.event("janus", ({ event }) => event === "incomingcall");
    await agent.do("answer");
    await customer.heard("CALL_ESTABLISHED");
    const { callId } = (await agent.event("opened")).detail;
    await agent.asked(callId);
    await customer.press("1");
    await agent.state(callId, ({ recording }) => recording);
    await wait(TALK_MS);
    await customer.press(CARD);
    await wait(TALK_MS);
    await agent.do("mute", true);
    await wait(3_000);
    await agent.do("mute", false);
    await wait(3_000);
    await customer.hangUp();
    const report = await agent.stored(callId);
    await wait(500);
    const heard = mono(customer.dumps("dec")[0] ?? "");
    assert.ok(find(mono(QUESTION), heard, { fromS: 0, toS: 6 }, { toS: 20 }).alike > LEAST_LIKENESS, "the telephone heard the question");
    assert.deepEqual(report.consent_events.filter(({ kind }) => kind === "answered").map(({ answer, method }) => `${answer} by ${method}`), ["yes by keypad"]);
    assert.deepEqual(agent.told.filter(({ type }) => type === "adapter-ended").map(({ detail }) => detail.by), ["customer"]);
    assert.equal(report.outcome, "recorded");
    const { sound } = opened(network, report);
    const [left, right] = stereo(sound);
    assertChannels(left, right);
    const [mutedS = NaN, unmutedS = NaN] = ["muted", "unmuted"].map((type) => secondOf(report, agent.told.find((one) => one.type === `adapter-${type}`)?.atMs ?? NaN));
    const mutedRms = rmsOf(left, mutedS + 1, unmutedS - 0.5);
    assert.ok(mutedRms < SILENT_BESIDE_SPEECH_RMS, `the muted agent is silence: ${mutedRms} from ${mutedS} s to ${unmutedS} s`);
    assert.ok(peakOf(left, unmutedS + 0.8, unmutedS + 2) > AUDIBLE, "and is recorded again");
    for (const [channel, samples] of decode(sound, { rate: DECODER_RATE_HZ, channels: 2 }).entries()) {
      assert.equal(keysIn(network.folder, samples), "", `channel ${channel}`);
    }
  });

  test("VideoRoom: microphone and customer in two connections are one call", async () => {
    const agent = await open("agent", agentVoice);
    const customer = await open("customer", customerVoice);
    await customer.do("keepHeard");
    await agent.do("joinStreams", ROOM, "Agent");
    await customer.do("joinStreams", ROOM, "Customer");
    const { callId } = (await agent.event("opened")).detail;
    await agent.asked(callId);
    await agent.page.click("callseal-panel [data-action=yes]");
    await agent.state(callId, ({ recording }) => recording);
    await wait(2 * TALK_MS);
    await agent.do("leave");
    const report = await agent.stored(callId);
    assert.equal(report.outcome, "recorded");
    assert.equal(agent.told.filter(({ type }) => type === "opened").length, 1);
    assert.ok(find(mono(QUESTION), await network.heardBy(customer), { fromS: 0, toS: 6 }, { toS: 30 }).alike > LEAST_LIKENESS_OF_MICROPHONE, "the customer heard the question");
    assertChannels(...stereo(opened(network, report).sound));
    assert.deepEqual(agent.told.filter(({ type }) => type === "adapter-ended").map(({ detail }) => detail.by), ["agent"]);
  });

  test("AudioBridge: who comes into a mixed room pauses the recording until they have agreed", async () => {
    const customer = await open("customer", customerVoice);
    await customer.do("keepHeard");
    await customer.do("joinMixed", ROOM, "Customer");
    await customer.event("janus", ({ event }) => event === "event");
    const agent = await open("agent", agentVoice);
    await agent.do("joinMixed", ROOM, "Agent");
    const { callId } = (await agent.event("opened")).detail;
    await agent.asked(callId);
    await agent.page.click("callseal-panel [data-action=yes]");
    await agent.state(callId, ({ recording }) => recording);
    await wait(2 * TALK_MS);
    const third = await open("customer", customerVoice);
    await third.do("joinMixed", ROOM, "Third");
    await agent.state(callId, ({ paused }) => paused);
    await wait(TALK_MS);
    await agent.do("leave");
    const report = await agent.stored(callId);
    assert.equal(report.outcome, "recorded");
    assert.ok(find(mono(QUESTION), await network.heardBy(customer), { fromS: 0, toS: 6 }, { toS: 30 }).alike > LEAST_LIKENESS_OF_MICROPHONE, "the customer heard the question");
    const [left, right] = stereo(opened(network, report).sound);
    assertChannels(left, right);
    const cut = report.redaction_spans.find(({ trigger }) => trigger === "party_joined");
    assert.ok(cut, JSON.stringify(report.redaction_spans));
    const originS = (report.recording_origin_ms ?? NaN) / 1_000;
    const [fromS, toS] = [cut.from_sample, cut.to_sample].map((sample) => sample / 48_000 - originS);
    for (const channel of [left, right]) assert.ok(peakOf(channel, (fromS ?? 0) + 0.1, (toS ?? 0) - 0.1) < SILENT);
  });
});
