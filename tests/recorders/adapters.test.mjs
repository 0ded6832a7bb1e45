// @ts-check
/** Each adapter against a server that takes and answers what the vendor documents, and against everything that goes wrong. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { CallsealError } from "../../pkg/errors.mjs";
import { amazonConnect, genesysCloud, recorderWebhook, twilio } from "../../pkg/recorders.mjs";
import { ACCOUNT, CALL_SID, CONTACT, CONVERSATION, RECORDING_SID, Vendors } from "./support/vendors.mjs";

/** @typedef {import("../../pkg/recorders.d.ts").RecorderControl} RecorderControl */
/** @typedef {import("../../pkg/recorders.d.ts").RecorderIds} RecorderIds */

const vendors = new Vendors();
before(() => vendors.start());
after(() => vendors.stop());
beforeEach(() => vendors.reset());

/**
 * @param {RecorderIds} ids
 * @param {Partial<import("../../pkg/recorders.d.ts").RecorderRequest>} [more]
 */
const request = (ids, more = {}) => ({ callId: "call-1", ids, idempotencyKey: "session.7", attempt: 1, reference: null, ...more });

/** A hang is given up soon, everything else has time on a busy machine. */
const options = (limitMs = 10_000) => ({ signal: AbortSignal.timeout(limitMs) });

/** As a host's callback would: to the API, here without the signature. @param {"suspend" | "resume"} what */
const overHttp = (what) => (/** @type {object} */ body, /** @type {{signal: AbortSignal}} */ { signal }) =>
  fetch(`${vendors.url}/contact/${what}-recording`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });

/** @type {{name: string, make: () => RecorderControl, ids: RecorderIds}[]} */
const ADAPTERS = [
  { name: "Twilio", make: () => twilio({ endpoint: `${vendors.url}/2010-04-01/Accounts/${ACCOUNT}` }), ids: { CallSid: CALL_SID } },
  { name: "Amazon Connect", make: () => amazonConnect({ suspend: overHttp("suspend"), resume: overHttp("resume") }), ids: CONTACT },
  { name: "Genesys Cloud", make: () => genesysCloud({ endpoint: vendors.url }), ids: { conversationId: CONVERSATION } },
  { name: "Recorder", make: () => recorderWebhook({ url: `${vendors.url}/hooks/recorder`, readBack: true }), ids: { leg: "7" } },
];

/**
 * @param {Promise<unknown>} promise
 * @returns {Promise<string>} the code it fails with
 */
async function codeFrom(promise) {
  try {
    const value = await promise;
    return `resolved ${JSON.stringify(value)}`;
  } catch (error) {
    return error instanceof CallsealError ? error.code : String(error);
  }
}

for (const { name, make, ids } of ADAPTERS) {
  test(`${name}: pause and resume are carried out and told as the recorder tells them`, async () => {
    const recorder = make();
    assert.equal(recorder.name, name);
    assert.equal((await recorder.pause(request(ids), options())).state, "paused");
    assert.equal(vendors.truth, "paused");
    assert.equal((await recorder.resume(request(ids), options())).state, "recording");
    assert.equal(vendors.truth, "recording");
  });

  for (const action of /** @type {const} */ (["pause", "resume"])) {
    test(`${name}: ${action}: no error, no status and no broken answer is a success`, async () => {
      const recorder = make();
      /** @type {[import("./support/vendors.mjs").Fault, RegExp][]} */
      const faults = [
        [400, /^recorder\/refused$/],
        [401, /^recorder\/refused$/],
        [404, /^recorder\/refused$/],
        [408, /^recorder\/unavailable$/],
        [409, /^recorder\/refused$/],
        [425, /^recorder\/refused$/],
        [429, /^recorder\/unavailable$/],
        [500, /^recorder\/unavailable$/],
        [503, /^recorder\/unavailable$/],
        // With a location that nobody named: never followed to a success.
        [302, /^recorder\/(unavailable|refused|answer-invalid)$/],
        ["hang-up", /^recorder\/unavailable$/],
        ["half", /^recorder\/unavailable$/],
        ["hang", /^recorder\/unavailable$/],
        ["text", /^recorder\/answer-invalid$/],
        ["list", /^recorder\/answer-invalid$/],
      ];
      if (name !== "Amazon Connect") faults.push(["empty", /^recorder\/answer-invalid$/]);
      for (const [fault, code] of faults) {
        vendors.faults = [fault];
        assert.match(await codeFrom(recorder[action](request(ids), options(fault === "hang" ? 200 : undefined))), code, `${fault}`);
      }
    });
  }

  test(`${name}: a call whose ids are not known is never asked for`, async () => {
    if (name === "Recorder") return;
    assert.equal(await codeFrom(make().pause(request({}), options())), "recorder/unknown-call");
    assert.deepEqual(vendors.received, []);
  });
}

test("HTTP 200 but not paused: who says so is never told as paused", async () => {
  for (const { name, make, ids } of ADAPTERS) {
    // Amazon's answer is empty whatever happens: there is nothing that could say so (docs/recorders.md).
    if (name === "Amazon Connect") continue;
    vendors.reset();
    vendors.faults = ["ignore"];
    const recorder = make();
    const answer = await recorder.pause(request(ids), options());
    assert.notEqual(answer.state, "paused", name);
    assert.equal((await recorder.state?.(request(ids, { reference: RECORDING_SID }), options()))?.state, "recording", name);
  }
});

test("Twilio: form-encoded, current recording first, then the one that was named", async () => {
  const recorder = twilio({ endpoint: `${vendors.url}/2010-04-01/Accounts/${ACCOUNT}/`, pauseBehavior: "skip", headers: { "x-session": "s" } });
  const { reference } = await recorder.pause(request({ CallSid: CALL_SID }), options());
  assert.equal(reference, RECORDING_SID);
  await recorder.resume(request({ CallSid: CALL_SID }, { reference: reference ?? null }), options());
  const base = `/2010-04-01/Accounts/${ACCOUNT}/Calls/${CALL_SID}/Recordings`;
  assert.deepEqual(vendors.received.map(({ method, path, body }) => [method, path, body]), [
    ["POST", `${base}/Twilio.CURRENT.json`, "Status=paused&PauseBehavior=skip"],
    ["POST", `${base}/${RECORDING_SID}.json`, "Status=in-progress"],
  ]);
  assert.equal(vendors.received[0]?.headers["content-type"], "application/x-www-form-urlencoded");
  assert.equal(vendors.received[0]?.headers["x-session"], "s");
});

test("Twilio: every documented status has its meaning, and no other is one", async () => {
  const recorder = twilio({ endpoint: `${vendors.url}/2010-04-01/Accounts/${ACCOUNT}` });
  const look = () => recorder.state?.(request({ CallSid: CALL_SID, RecordingSid: RECORDING_SID }), options()) ?? Promise.reject(new Error("cannot look"));
  /** @type {[string, string][]} */
  const meanings = [
    ["in-progress", "recording"],
    ["paused", "paused"],
    ["stopped", "stopped"],
    ["completed", "stopped"],
    ["absent", "stopped"],
    ["deleted", "stopped"],
    ["processing", "unknown"],
  ];
  for (const [status, state] of meanings) {
    vendors.shown = status;
    assert.equal((await look()).state, state, status);
  }
  for (const status of ["PAUSED", "", "constructor", "toString"]) {
    vendors.shown = status;
    assert.equal(await codeFrom(look()), "recorder/answer-invalid", status);
  }
});

test("Twilio: an answer about another recording says nothing, and what is current cannot be fetched", async () => {
  const recorder = twilio({ endpoint: `${vendors.url}/2010-04-01/Accounts/${ACCOUNT}` });
  const other = `RE${"9".repeat(32)}`;
  assert.equal(await codeFrom(recorder.pause(request({ CallSid: CALL_SID, RecordingSid: other }), options())), "recorder/answer-invalid");
  const sent = vendors.received.length;
  assert.deepEqual(await recorder.state?.(request({ CallSid: CALL_SID }), options()), { state: "unknown" });
  assert.equal(vendors.received.length, sent);
  assert.equal(twilio({ endpoint: "/twilio", readBack: false }).state, undefined);
});

test("Twilio: a recording that is complete is told as stopped", async () => {
  vendors.truth = "stopped";
  assert.equal((await ADAPTERS[0]?.make().pause(request({ CallSid: CALL_SID }), options()))?.state, "stopped");
});

test("Amazon Connect: exactly the documented body", async () => {
  const recorder = amazonConnect({ suspend: overHttp("suspend"), resume: overHttp("resume"), contactRecordingType: "SCREEN", name: "Screen" });
  await recorder.pause(request({ ...CONTACT, further: "x" }), options());
  const [{ method, path, body } = { method: "", path: "", body: "" }] = vendors.received;
  assert.deepEqual([method, path, JSON.parse(body)], ["POST", "/contact/suspend-recording", { ...CONTACT, ContactRecordingType: "SCREEN" }]);
  assert.equal(recorder.state, undefined, "no operation tells whether a contact is suspended");
});

test("Amazon Connect: the SDK's output and errors, and a callback that gives back nothing", async () => {
  /** @param {() => unknown} suspend */
  const pause = (suspend) =>
    codeFrom(amazonConnect({ suspend: async () => /** @type {any} */ (suspend()), resume: async () => ({}) }).pause(request(CONTACT), options()));
  /** @param {string} name @param {object} [more] */
  const failing = (name, more = {}) => () => {
    throw Object.assign(new Error("…"), { name, ...more });
  };
  assert.match(await pause(() => ({ $metadata: { httpStatusCode: 200, requestId: "r" } })), /resolved.*paused/);
  assert.match(await pause(() => ({})), /resolved.*paused/);
  assert.match(await pause(() => new Response("{}", { status: 200 })), /resolved.*paused/);
  assert.equal(await pause(() => undefined), "recorder/answer-invalid");
  assert.equal(await pause(() => true), "recorder/answer-invalid");
  assert.equal(await pause(() => ({ $metadata: { httpStatusCode: 200 }, Message: "still recording" })), "recorder/answer-invalid");
  assert.equal(await pause(() => ({ $metadata: { httpStatusCode: 500 } })), "recorder/unavailable");
  assert.equal(await pause(() => new Response('{"state":"recording"}', { status: 200 })), "recorder/answer-invalid");
  assert.equal(await pause(() => new Response(null, { status: 204 })), "recorder/answer-invalid");
  assert.equal(await pause(failing("InvalidRequestException")), "recorder/refused");
  assert.equal(await pause(failing("ResourceNotFoundException", { $metadata: { httpStatusCode: 404 } })), "recorder/refused");
  assert.equal(await pause(failing("InternalServiceException")), "recorder/unavailable");
  assert.equal(await pause(failing("ThrottlingException")), "recorder/unavailable");
  assert.equal(await pause(failing("TypeError")), "recorder/unavailable");
});

test("Genesys Cloud: PATCH for the agent's own conversation, PUT for others', GET to look", async () => {
  const own = genesysCloud({ endpoint: vendors.url, headers: async () => ({ authorization: "Bearer of-the-session" }) });
  const others = genesysCloud({ endpoint: vendors.url, others: true });
  const ids = { conversationId: CONVERSATION };
  await own.pause(request(ids), options());
  assert.deepEqual(await others.pause(request(ids), options()), { state: "unknown" });
  await others.resume(request(ids), options());
  await own.state(request(ids), options());
  const path = `/api/v2/conversations/calls/${CONVERSATION}`;
  assert.deepEqual(vendors.received.map((one) => [one.method, one.path, one.body]), [
    ["PATCH", path, '{"recordingState":"PAUSED"}'],
    ["PUT", `${path}/recordingstate`, '{"recordingState":"PAUSED"}'],
    ["PUT", `${path}/recordingstate`, '{"recordingState":"ACTIVE"}'],
    ["GET", path, ""],
  ]);
  assert.equal(vendors.received[0]?.headers.authorization, "Bearer of-the-session");
});

test("Genesys Cloud: a recording that is only paused for a hold is not securely paused", async () => {
  const recorder = genesysCloud({ endpoint: vendors.url });
  const ids = { conversationId: CONVERSATION };
  vendors.onHold = true;
  assert.equal((await recorder.state(request(ids), options())).state, "recording");
  vendors.perParticipant = true;
  assert.equal((await recorder.state(request(ids), options())).state, "recording");
  vendors.truth = "paused";
  assert.equal((await recorder.state(request(ids), options())).state, "paused");
  vendors.truth = "stopped";
  assert.equal((await recorder.state(request(ids), options())).state, "stopped");
});

test("webhook: the documented request, and only an answer to it", async () => {
  const recorder = recorderWebhook({ url: `${vendors.url}/hooks/recorder`, name: "Screen" });
  await recorder.pause(request({ leg: "7" }, { attempt: 3 }), options());
  const [{ headers, body } = assert.fail()] = vendors.received;
  assert.deepEqual(JSON.parse(body), { version: 1, action: "pause", call_id: "call-1", ids: { leg: "7" }, idempotency_key: "session.7", attempt: 3 });
  assert.equal(headers["idempotency-key"], "session.7");
  assert.equal(recorder.state, undefined);
  /** @param {string} answer */
  const answering = async (answer) => {
    const real = globalThis.fetch;
    globalThis.fetch = async () => new Response(answer);
    try {
      return await codeFrom(recorder.pause(request({}), options()));
    } finally {
      globalThis.fetch = real;
    }
  };
  assert.match(await answering('{"state":"paused","idempotency_key":"session.7"}'), /resolved/);
  for (const answer of [
    '{"state":"paused"}',
    '{"state":"paused","idempotency_key":"session.6"}',
    '{"state":"ok","idempotency_key":"session.7"}',
    '{"idempotency_key":"session.7"}',
    "null",
    '"paused"',
    "",
  ]) {
    assert.equal(await answering(answer), "recorder/answer-invalid", answer);
  }
});

test("what an adapter needs is asked for when it is made", () => {
  for (const make of [
    () => twilio(/** @type {any} */ ({})),
    () => twilio(/** @type {any} */ ({ endpoint: "/t", pauseBehavior: "beep" })),
    () => genesysCloud({ endpoint: "" }),
    () => recorderWebhook(/** @type {any} */ ({ url: 7 })),
    () => amazonConnect(/** @type {any} */ ({ suspend: () => undefined })),
  ]) {
    assert.throws(make, (error) => error instanceof CallsealError && error.code === "recorder/config");
  }
});

test("no error of an adapter carries an id, an address or what was answered", async () => {
  const { make, ids } = ADAPTERS[0] ?? assert.fail();
  for (const fault of /** @type {const} */ ([400, 500, "text", "hang-up"])) {
    vendors.faults = [fault];
    const error = await make().pause(request(ids), options()).then(() => assert.fail("resolved"), (/** @type {CallsealError} */ one) => one);
    assert.ok(!/CA1|AC0|127\.0\.0\.1|Sign in/.test(`${error.code} ${error.message}`));
  }
});
