// @ts-check
/**
 * Twilio: the recording of a call, by an endpoint of the host that stands in for the account.
 *
 * Owns: the request and what the answer means. Must never: see the account's token; the host adds it.
 *
 * Source: Twilio's OpenAPI document, `UpdateCallRecording` and `FetchCallRecording`: `POST …/Calls/{CallSid}/Recordings/{Sid}.json`,
 * form-encoded `Status` and `PauseBehavior`, `Twilio.CURRENT` for the current one; the answer is the recording with `sid`
 * and `status`, whose values it lists.
 */
import { CallsealError } from "../errors.mjs";
import { endpointOf, exchange, idOf, invalid, jsonObject } from "./http.mjs";

/** @typedef {import("../recorders.d.ts").RecorderAnswer} RecorderAnswer */
/** @typedef {import("../recorders.d.ts").RecorderControl} RecorderControl */
/** @typedef {import("../recorders.d.ts").RecorderRequest} RecorderRequest */
/** @typedef {import("../recorders.d.ts").RecorderState} RecorderState */
/** @typedef {import("../recorders.d.ts").TwilioOptions} TwilioOptions */

/** Twilio's name for the recording that is running. */
const CURRENT = "Twilio.CURRENT";

/**
 * `processing` is what the resource is documented to say of a recording that is not complete, whether paused or not.
 * @type {Readonly<Record<string, RecorderState>>}
 */
const STATES = {
  "in-progress": "recording",
  paused: "paused",
  stopped: "stopped",
  completed: "stopped",
  absent: "stopped",
  deleted: "stopped",
  processing: "unknown",
};

/**
 * @param {TwilioOptions} options
 * @returns {RecorderControl}
 * @throws {CallsealError} `recorder/config`
 */
export function twilio(options) {
  const endpoint = endpointOf(options.endpoint, "endpoint");
  const { pauseBehavior = "silence", readBack = true, name = "Twilio" } = options;
  if (pauseBehavior !== "silence" && pauseBehavior !== "skip") {
    throw new CallsealError("recorder/config", "Twilio's `pauseBehavior` is `silence` or `skip`.");
  }

  /**
   * The recording that the last answer named: while it is paused, "current" may mean another one.
   * @param {RecorderRequest} request
   */
  const sidOf = ({ ids, reference }) => ids["RecordingSid"] ?? reference ?? CURRENT;

  /**
   * @param {RecorderRequest} request
   * @param {string} sid
   */
  const address = ({ ids }, sid) =>
    `${endpoint}/Calls/${encodeURIComponent(idOf(ids, "CallSid"))}/Recordings/${encodeURIComponent(sid)}.json`;

  /**
   * @param {RecorderRequest} request
   * @param {Record<string, string>} change
   * @param {AbortSignal} signal
   */
  const update = async (request, change, signal) => {
    const sid = sidOf(request);
    const body = new URLSearchParams(change).toString();
    const contentType = "application/x-www-form-urlencoded";
    return read(await exchange(address(request, sid), { method: "POST", contentType, body }, options, signal), sid);
  };

  /** @type {RecorderControl} */
  const control = {
    name,
    pause: (request, { signal }) => update(request, { Status: "paused", PauseBehavior: pauseBehavior }, signal),
    resume: (request, { signal }) => update(request, { Status: "in-progress" }, signal),
  };
  if (readBack) {
    control.state = async (request, { signal }) => {
      const sid = sidOf(request);
      // Whether "current" can be fetched is not documented.
      if (sid === CURRENT) return { state: "unknown" };
      return read(await exchange(address(request, sid), { method: "GET" }, options, signal), sid);
    };
  }
  return control;
}

/**
 * @param {string} body
 * @param {string} asked  the recording that was asked for
 * @returns {RecorderAnswer}
 * @throws {CallsealError} `recorder/answer-invalid`
 */
function read(body, asked) {
  const { sid, status } = jsonObject(body);
  if (typeof sid !== "string" || typeof status !== "string" || !Object.hasOwn(STATES, status)) throw invalid();
  // An answer about another recording says nothing of this one.
  if (asked !== CURRENT && sid !== asked) throw invalid();
  return { state: STATES[status] ?? "unknown", reference: sid };
}
