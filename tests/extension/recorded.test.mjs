// @ts-check
/** A call on a page that knows nothing of Callseal, under a strict content-security-policy, from the tap to the opened file. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decode, likeness, LIKENESS_RATE_HZ, peak, rms } from "../e2e/support/sound.mjs";
import { PROMPT } from "../e2e/support/voices.mjs";
import { Installation } from "./support/installation.mjs";

const RATE_HZ = 48_000;
/** Decoding smears what lies beside a span into its edges: 50 ms. */
const EDGE_SAMPLES = RATE_HZ / 20;

const installation = new Installation();
/** @type {string} */ let id;
/** @type {Float32Array[]} */ let sound;
/** @type {Float32Array} */ let customerHeard;
/** @type {any[]} */ let entries;

before(async () => {
  await installation.start();
  const { panel, desk, customer, id: call } = await installation.recordedCall();
  id = call;
  const heard = /** @type {number[]} */ (await customer.evaluate("customer.ears()"));
  customerHeard = Float32Array.from(heard, (value) => value / 32767);
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  await desk.focus("#card");
  await desk.keyboard.type("4111 1111", { delay: 40 });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await desk.click("#elsewhere");
  await new Promise((resolve) => setTimeout(resolve, 14_000));
  await desk.evaluate("phone.hangUp()");
  entries = await installation.evidence(panel, id);
  const file = join(installation.folder, "call.ogg");
  execFileSync(installation.command, ["open", installation.callFolder(id), "--key", installation.privateKey, "--out", file], { stdio: "pipe" });
  sound = decode(file, { channels: 2 });
});
after(() => installation.close());

/** @param {string} kind */
const bodies = (kind) => entries.filter((entry) => entry.kind === kind).map(({ body }) => body);

test("the call verifies, and its ledger is closed and certified by the extension's device key", () => {
  const [opened] = bodies("call.opened");
  assert.equal(opened.signer.x5c.length, 2, "the call's certificate and the device's");
  assert.deepEqual(bodies("call.closed").map(({ outcome }) => outcome), ["recorded"]);
});

test("the yes is the agent's click on the side panel, after the announcement was measured", () => {
  const [played] = bodies("disclosure.played");
  assert.ok(played.fraction_delivered > 0.8, `${played.fraction_delivered}`);
  const [yes] = bodies("consent.answered");
  assert.deepEqual([yes.answer, yes.method, yes.party, yes.actor], ["yes", "agent_button", 1, 0]);
  assert.ok(yes.sample > played.end_sample);
});

test("what is spoken while the card field is in use is exact silence", () => {
  const [span, ...others] = bodies("redaction.span");
  assert.deepEqual(others, []);
  assert.deepEqual([span.trigger, span.class], ["field_focus", "card_number"]);
  const [{ start_sample: origin }] = bodies("part.opened");
  for (const channel of sound) {
    const loudest = peak(channel, span.from_sample - origin + EDGE_SAMPLES, span.to_sample - origin - EDGE_SAMPLES);
    assert.ok(loudest < 1e-3, `${loudest}`);
  }
});

test("the customer heard the announcement, which the extension compared itself", () => {
  const [prompt] = decode(PROMPT, { rate: LIKENESS_RATE_HZ, channels: 1 });
  assert.ok(prompt);
  const lengthS = prompt.length / LIKENESS_RATE_HZ;
  let best = 0;
  for (let offsetS = 0; offsetS < customerHeard.length / LIKENESS_RATE_HZ - 1; offsetS += 0.5) {
    best = Math.max(best, likeness(prompt, customerHeard, { fromS: 0, toS: lengthS, offsetS }));
  }
  assert.ok(best > 0.6, `likeness ${best}`);
});

test("both sides are in the recording", () => {
  const [left, right] = sound;
  assert.ok(left && right);
  assert.ok(rms(left, 0, left.length) > 0.005, "the agent");
  assert.ok(rms(right, 0, right.length) > 0.005, "the customer");
});

test("nothing is written to the page's console", () => {
  assert.deepEqual(installation.parts.browser.complaints, []);
});
