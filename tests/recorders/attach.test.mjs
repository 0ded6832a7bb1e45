// @ts-check
/** From a snapshot to the other recorder and back, over the local server: what is wired, in real time. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { CallsealError } from "../../pkg/errors.mjs";
import { amazonConnect, attachRecorders, genesysCloud, recorderWebhook, twilio } from "../../pkg/recorders.mjs";
import { Source } from "./support/source.mjs";
import { ACCOUNT, CALL_SID, CONTACT, CONVERSATION, RECORDING_SID, Vendors } from "./support/vendors.mjs";

/** @typedef {import("../../pkg/recorders.d.ts").RecorderControl} RecorderControl */
/** @typedef {import("../../pkg/recorders.d.ts").RecorderReport} RecorderReport */

/** Short where nothing but a wait would be seen. When exactly something is told is proven under a clock of the test. */
const LIMITS = { attemptMs: 5000, confirmWithinMs: 10_000, retryMs: 40, graceMs: 80, recheckMs: 0 };
/** Where a failure is to be told for want of an answer. */
const SHORT = { confirmWithinMs: 600, attemptMs: 250 };
const CALL = "call-1";

const vendors = new Vendors();
before(() => vendors.start());
after(() => vendors.stop());
beforeEach(() => vendors.reset());

/** @type {(() => void)[]} */
const cleanups = [];
beforeEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));
after(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

const IDS = { CallSid: CALL_SID, conversationId: CONVERSATION, ...CONTACT };

/**
 * @param {readonly RecorderControl[]} recorders
 * @param {Partial<import("../../pkg/recorders.d.ts").AttachOptions>} [options]
 */
function attach(recorders, options = {}) {
  const source = new Source();
  /** @type {RecorderReport[]} */
  const reports = [];
  const attached = attachRecorders(source, recorders, { ...LIMITS, identify: () => IDS, onReport: (report) => reports.push(report), ...options });
  cleanups.push(() => attached.stop());
  return { source, reports, attached };
}

const webhook = () => recorderWebhook({ url: `${vendors.url}/hooks/recorder` });

/** @param {() => boolean} condition @param {string} what */
async function until(condition, what) {
  for (let waited = 0; waited < 5000; waited += 10) {
    if (condition()) return;
    await wait(10);
  }
  assert.fail(`${what} did not come`);
}

/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {readonly RecorderReport[]} reports @param {"paused" | "recording"} wanted @param {RecorderReport["state"]} state */
const has = (reports, wanted, state) => reports.some((report) => report.wanted === wanted && report.state === state);

/** @type {{name: string, make: () => RecorderControl, proof: string}[]} */
const ALL = [
  { name: "Twilio", make: () => twilio({ endpoint: `${vendors.url}/2010-04-01/Accounts/${ACCOUNT}` }), proof: "read_back" },
  {
    name: "Amazon Connect",
    make: () => {
      /** @param {string} what @returns {import("../../pkg/recorders.d.ts").ContactRecordingCall} */
      const call = (what) => (body, { signal }) =>
        fetch(`${vendors.url}/contact/${what}-recording`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });
      return amazonConnect({ suspend: call("suspend"), resume: call("resume") });
    },
    proof: "answer",
  },
  { name: "Genesys Cloud", make: () => genesysCloud({ endpoint: vendors.url }), proof: "read_back" },
  { name: "Genesys Cloud", make: () => genesysCloud({ endpoint: vendors.url, others: true }), proof: "read_back" },
  { name: "Recorder", make: webhook, proof: "answer" },
];

for (const { name, make, proof } of ALL) {
  test(`${name}: paused for the stretch, confirmed by ${proof}, resumed after it`, async () => {
    const { source, reports, attached } = attach([make()]);
    source.tell(CALL, { redacting: true });
    await until(() => has(reports, "paused", "confirmed"), "the pause");
    assert.equal(vendors.truth, "paused");
    assert.equal(reports.at(-1)?.proof, proof);
    source.tell(CALL, {});
    await until(() => has(reports, "recording", "confirmed"), "the resume");
    assert.equal(vendors.truth, "recording");
    assert.deepEqual(attached.reports.map(({ recorder, state, exposed }) => [recorder, state, exposed]), [[name, "confirmed", false]]);
  });
}

test("HTTP 200 but not paused is told as failed in time, tried on, and confirmed once it is true", async () => {
  for (const { name, make } of ALL.filter((one) => one.name !== "Amazon Connect")) {
    vendors.reset();
    vendors.faults = ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"];
    const { source, reports } = attach([make()], SHORT);
    source.tell(CALL, { redacting: true });
    await until(() => has(reports, "paused", "failed"), `the failure of ${name}`);
    const [failed] = reports.filter(({ state }) => state === "failed");
    assert.equal(failed?.code, "recorder/not-paused", name);
    assert.equal(failed?.exposed, true);
    vendors.faults = [];
    await until(() => has(reports, "paused", "confirmed"), `the pause of ${name}`);
    assert.equal(vendors.truth, "paused");
  }
});

test("a state read back that differs from the answer is no confirmation", async () => {
  vendors.shown = "in-progress";
  const { source, reports } = attach([twilio({ endpoint: `${vendors.url}/2010-04-01/Accounts/${ACCOUNT}` })], SHORT);
  source.tell(CALL, { redacting: true });
  await until(() => has(reports, "paused", "failed"), "the failure");
  assert.ok(!has(reports, "paused", "confirmed"));
  assert.ok(vendors.received.some(({ method, path }) => method === "GET" && path.endsWith(`/${RECORDING_SID}.json`)));
});

test("a vendor that takes a moment is confirmed without an alarm", async () => {
  vendors.faults = ["late"];
  const { source, reports } = attach([genesysCloud({ endpoint: vendors.url })]);
  source.tell(CALL, { redacting: true });
  await until(() => has(reports, "paused", "confirmed"), "the pause");
  assert.deepEqual(reports.map(({ state }) => state), ["requested", "confirmed"]);
});

test("no answer at all is told as failed when the time is over, and the request is not left open", async () => {
  vendors.faults = Array(30).fill("hang");
  const { source, reports } = attach([webhook()], SHORT);
  source.tell(CALL, { redacting: true });
  await until(() => has(reports, "paused", "failed"), "the failure");
  assert.ok((reports.at(-1)?.latencyMs ?? 0) >= SHORT.confirmWithinMs);
  assert.equal(reports.at(-1)?.code, "recorder/timeout");
  assert.ok(vendors.received.length >= 2, "tried again within the time");
});

test("attempts of one demand have the same key, the next demand has another", async () => {
  vendors.faults = [503, "hang-up"];
  const { source, reports } = attach([webhook()]);
  source.tell(CALL, { redacting: true });
  await until(() => has(reports, "paused", "confirmed"), "the pause");
  source.tell(CALL, {});
  await until(() => has(reports, "recording", "confirmed"), "the resume");
  const sent = vendors.received.map(({ body }) => JSON.parse(body));
  assert.deepEqual(sent.map(({ action, attempt }) => [action, attempt]), [["pause", 1], ["pause", 2], ["pause", 3], ["resume", 1]]);
  assert.equal(new Set(sent.slice(0, 3).map((one) => one.idempotency_key)).size, 1);
  assert.notEqual(sent[3].idempotency_key, sent[0].idempotency_key);
});

test("one recorder that fails keeps the other from nothing", async () => {
  const broken = recorderWebhook({ url: `${vendors.url}/nowhere`, name: "Broken" });
  const { source, reports, attached } = attach([broken, webhook()]);
  source.tell(CALL, { redacting: true });
  await until(() => has(reports, "paused", "confirmed") && has(reports, "paused", "failed"), "both reports");
  assert.deepEqual(attached.reports.map(({ recorder, state }) => [recorder, state]), [["Broken", "failed"], ["Recorder", "confirmed"]]);
});

test("somebody who joins in the middle of a sensitive stretch does not end it", async () => {
  const { source, reports } = attach([webhook()]);
  source.tell(CALL, { redacting: true });
  await until(() => has(reports, "paused", "confirmed"), "the pause");
  // While somebody has not agreed, the snapshot no longer tells of the field.
  source.tell(CALL, { recording: false, redacting: false, paused: true });
  await wait(LIMITS.graceMs + 100);
  assert.equal(vendors.truth, "paused");
  source.tell(CALL, {});
  await until(() => has(reports, "recording", "confirmed"), "the resume");
});

test("a recording that stops, or an engine that dies, in the middle of a stretch holds the pause until the call ends", async () => {
  for (const phase of ["withdrawn", "failed"]) {
    vendors.reset();
    const { source, reports } = attach([webhook()]);
    source.tell(CALL, { redacting: true });
    await until(() => has(reports, "paused", "confirmed"), "the pause");
    source.tell(CALL, { phase, recording: false });
    await wait(LIMITS.graceMs + 100);
    assert.equal(vendors.truth, "paused", phase);
    assert.deepEqual([reports.at(-1)?.state, reports.at(-1)?.code], ["confirmed", "recorder/held"]);
    source.tell(CALL, { phase: "closed", recording: false });
    await until(() => has(reports, "recording", "confirmed"), "the resume");
    assert.equal(reports.at(-1)?.ended, true);
  }
});

test("the host's own reason counts beside Callseal's, and lets go of what is held", async () => {
  const { source, reports, attached } = attach([webhook()]);
  source.tell(CALL, {});
  attached.hold(CALL);
  await until(() => has(reports, "paused", "confirmed"), "the pause");
  source.tell(CALL, { redacting: true });
  source.tell(CALL, {});
  await wait(LIMITS.graceMs + 100);
  assert.equal(vendors.truth, "paused");
  attached.release(CALL);
  await until(() => has(reports, "recording", "confirmed"), "the resume");
});

test("a call that does not run cannot be held, since nothing would let it go", () => {
  const { source, attached } = attach([webhook()]);
  source.tell("ended", { phase: "closed", recording: false });
  for (const callId of ["unknown", "ended"]) {
    assert.throws(() => attached.hold(callId), { code: "call/unknown" });
  }
  assert.deepEqual(attached.reports, []);
});

test("calls that are running when it is attached are taken up", async () => {
  const source = new Source();
  source.tell(CALL, { redacting: true });
  /** @type {RecorderReport[]} */
  const reports = [];
  const attached = attachRecorders(source, [webhook()], { ...LIMITS, identify: () => IDS, onReport: (report) => reports.push(report) });
  cleanups.push(() => attached.stop());
  await until(() => has(reports, "paused", "confirmed"), "the pause");
});

test("a call that nothing is cut out of is never mentioned to any recorder", async () => {
  const { source, reports } = attach([webhook()]);
  for (const phase of ["ringing", "asking", "recording", "closing", "closed"]) source.tell(CALL, { phase, recording: phase === "recording" });
  await wait(50);
  assert.deepEqual([vendors.received, reports], [[], []]);
});

test("ids that are not there yet are told as failed, and asked for again", async () => {
  let asked = 0;
  const { source, reports } = attach([webhook()], { identify: async () => (++asked < 3 ? null : IDS) });
  source.tell(CALL, { redacting: true });
  await until(() => has(reports, "paused", "confirmed"), "the pause");
  assert.equal(reports.find(({ state }) => state === "failed")?.code, "recorder/unknown-call");
});

test("an adapter of the host's own that throws, or tells nothing, is a failure and no success", async () => {
  for (const [pause, code] of /** @type {[() => Promise<any>, string][]} */ ([
    [() => Promise.reject(new Error("x")), "recorder/failed"],
    [() => Promise.resolve(undefined), "recorder/answer-invalid"],
    [() => Promise.resolve({ state: "PAUSED" }), "recorder/not-paused"],
    [() => Promise.reject(new CallsealError("recorder/refused", "no")), "recorder/refused"],
  ])) {
    const { source, reports } = attach([{ name: "own", pause, resume: pause }], SHORT);
    source.tell(CALL, { redacting: true });
    await until(() => has(reports, "paused", "failed"), code);
    assert.equal(reports.at(-1)?.code, code);
  }
});

test("a listener that throws does not keep others from hearing, and the event is told too", async () => {
  /** @type {unknown[]} */
  const complaints = [];
  globalThis.reportError = (error) => void complaints.push(error);
  const { source, attached } = attach([webhook()], {
    onReport: () => {
      throw new Error("the host's");
    },
  });
  /** @type {string[]} */
  const heard = [];
  attached.addEventListener("report", (event) => heard.push(/** @type {CustomEvent<RecorderReport>} */ (event).detail.state));
  source.tell(CALL, { redacting: true });
  await until(() => heard.includes("confirmed"), "the event");
  assert.equal(complaints.length, 2);
});

test("after `stop` nothing is sent, heard or told any more", async () => {
  vendors.faults = ["hang"];
  const { source, reports, attached } = attach([webhook()], SHORT);
  source.tell(CALL, { redacting: true });
  await until(() => vendors.received.length === 1, "the request");
  attached.stop();
  source.tell(CALL, {});
  attached.hold(CALL);
  await wait(400);
  assert.equal(vendors.received.length, 1);
  assert.deepEqual(reports.map(({ state }) => state), ["requested"]);
});

test("reports of the last calls are kept, not of all", async () => {
  const { source, reports, attached } = attach([webhook()]);
  for (let number = 0; number < 25; number += 1) source.tell(`call-${number}`, { redacting: true });
  await until(() => reports.filter(({ state }) => state === "confirmed").length === 25, "all pauses");
  assert.equal(attached.reports.length, 20);
});

test("what cannot work is refused when it is attached", () => {
  const source = new Source();
  const identify = () => IDS;
  for (const make of [
    () => attachRecorders(source, [webhook()], /** @type {any} */ ({})),
    () => attachRecorders(source, [webhook(), webhook()], { identify }),
    () => attachRecorders(source, [webhook()], { identify, confirmWithinMs: 0 }),
    () => attachRecorders(source, [webhook()], { identify, graceMs: Number.NaN }),
    () => attachRecorders(source, [webhook()], { identify, retryMs: -1 }),
  ]) {
    assert.throws(make, (error) => error instanceof CallsealError && error.code === "recorder/config");
  }
});
