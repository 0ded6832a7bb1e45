// @ts-check
/**
 * A customer calls from an ordinary telephone: baresip, by way of kamailio and rtpengine, in G.711; the agent has JsSIP in a
 * page with Callseal. One long call, then everything that it has to show.
 *
 * The call: the question, key 1, talk, a card number keyed by RFC 4733, mute, hold, another microphone, the customer hangs
 * up. Times are seconds from the moment the telephone says that the call is established.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ARTIFACTS } from "../../scripts/lib/project.mjs";
import { ledger, opened, verified } from "../e2e/support/evidence.mjs";
import { decode, LIKENESS_RATE_HZ, peak, rms } from "../e2e/support/sound.mjs";
import { writeChatter, writeVoice } from "../e2e/support/voices.mjs";
import { DECODER_RATE_HZ, find, keysIn } from "./support/hearing.mjs";
import { wait } from "./support/host-page.mjs";
import { Network } from "./support/network.mjs";
import { missing } from "./support/programs.mjs";
import { PROMPT_KEYPAD } from "./support/prompt.mjs";

const RATE_HZ = 48_000;
const CUSTOMER = "+12065550101";
const CARD = "4929517186420137";

/** When what happens. */
const CARD_S = 15;
const MUTE_S = [23.5, 27];
const HOLD_S = [31, 35];
const CHANGE_S = 39.2;
const HANG_UP_S = 45;

/** Speech that went through G.711, a jitter buffer and Opus is this like what was said, at least. */
const LEAST_LIKENESS = 0.7;

/** How far a recording may be off, in seconds: fixed, and of the time that has passed. */
const OFF_S = 0.1;
const OFF_PART = 0.001;

describe("a customer on an ordinary telephone", { skip: missing("kamailio", "rtpengine", "baresip", "multimon-ng", "setpriv") }, () => {
  const network = new Network();
  const agentVoice = join(network.folder, "agent.wav");
  const customerVoice = join(network.folder, "customer.wav");
  const agentSays = writeChatter(agentVoice, "certainly", { everyS: 3.5, fromS: 0.5, lengthS: 60 });
  const customerSays = writeVoice(customerVoice, [[10, "delivery"], [12.4, "request"], [21, "farewell"], [28, "delivery"], [36.5, "request"], [41.5, "farewell"]], 60);

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
    agent = await network.softphone("agent", { voice: agentVoice, user: "agent", adapter: "jssip" });
    await customer.dial("agent");
    const { detail: session } = await agent.event("session");
    await agent.do("keepHeard");
    await agent.do("answer", session.number);
    marks.establishedAtMs = (await customer.heard("CALL_ESTABLISHED")).atMs;
    const at = (/** @type {number} */ second) => wait(marks.establishedAtMs + second * 1_000 - Date.now());
    const { callId } = (await agent.event("opened")).detail;
    await agent.state(callId, ({ phase }) => phase === "asking");
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
    mkdirSync(ARTIFACTS, { recursive: true });
    writeFileSync(join(ARTIFACTS, "phones-customer-call.json"), JSON.stringify({ report, told: agent.told, phone: customer.events }, null, 1));
    sound = opened(network, report).sound;
    [left, right] = /** @type {[Float32Array, Float32Array]} */ (decode(sound, { rate: LIKENESS_RATE_HZ, channels: 2 }));
  }, { timeout: 240_000 });
  after(() => network.stop());

  test("dump", () => {
    const said = decode(customer.dumps("enc")[0] ?? "", { rate: LIKENESS_RATE_HZ, channels: 1 })[0];
    const reference = decode(customerVoice, { rate: LIKENESS_RATE_HZ, channels: 1 })[0];
    for (const words of customerSays) {
      console.log(words.words, words.fromS, find(reference, said, words), find(reference, right, words));
    }
    const a = decode(agentVoice, { rate: LIKENESS_RATE_HZ, channels: 1 })[0];
    for (const words of agentSays) console.log(words.words, words.fromS, find(a, left, words));
    console.log(report.recording_origin_ms, left.length / 8000, marks, JSON.stringify(report.gaps), JSON.stringify(report.redaction_spans));
    for (let s = 0; s < left.length / 8000; s += 0.5) process.stdout.write(`${s}:${rms(left, s*8000, s*8000+4000).toFixed(4)}/${rms(right, s*8000, s*8000+4000).toFixed(4)} `);
  });
});
