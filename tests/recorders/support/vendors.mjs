// @ts-check
/**
 * A local server that takes what the vendors document and answers as they document, or goes wrong as a test asks for.
 *
 * Owns: the documented shapes, strictly: a request of another form is refused. Must never: know the adapters.
 *
 * Twilio: twilio.com/docs/voice/api/recording, errors twilio.com/docs/usage/twilios-response. Amazon Connect: API reference,
 * SuspendContactRecording, ResumeContactRecording. Genesys Cloud: announcements 24290 and 14779 of the developer forum, models
 * `Conversation` and `CallConversation`. The webhook: docs/recorders.md.
 */
import { createServer } from "node:http";

/** @typedef {{method: string, path: string, headers: import("node:http").IncomingHttpHeaders, body: string}} Received */
/**
 * What happens next, once: `ignore`: answered with success, not carried out; `late`: carried out a moment after the answer.
 * @typedef {"ignore" | "late" | "hang" | "hang-up" | "half" | "text" | "list" | "empty" | number} Fault
 */

const TWILIO = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\/Calls\/(CA[0-9a-f]{32})\/Recordings\/(RE[0-9a-f]{32}|Twilio\.CURRENT)\.json$/;
const GENESYS = /^\/api\/v2\/conversations\/calls\/([0-9a-f-]{36})(\/recordingstate)?$/;
const CONNECT = /^\/contact\/(suspend|resume)-recording$/;

export const ACCOUNT = `AC${"0".repeat(32)}`;
export const CALL_SID = `CA${"1".repeat(32)}`;
export const RECORDING_SID = `RE${"2".repeat(32)}`;
export const CONVERSATION = "33333333-3333-4333-8333-333333333333";
export const CONTACT = { InstanceId: "instance-1", ContactId: "contact-2", InitialContactId: "contact-1" };

export class Vendors {
  /** What the recorder does. @type {"recording" | "paused" | "stopped"} */
  truth = "recording";
  /** Genesys Cloud: recording is suppressed because of a hold. */
  onHold = false;
  /** Genesys Cloud: tells the state of each participant only. */
  perParticipant = false;
  /** What a look shows, if not the truth. @type {string | null} */
  shown = null;
  /** @type {Received[]} */
  received = [];
  /** @type {Fault[]} */
  faults = [];
  url = "";
  #server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      this.received.push({ method, path: url, headers, body });
      this.#serve({ method, path: url, headers, body }, request, response);
    });
  });

  async start() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    this.url = `http://127.0.0.1:${address.port}`;
    return this;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  reset() {
    Object.assign(this, { truth: "recording", onHold: false, perParticipant: false, shown: null, received: [], faults: [] });
  }

  /**
   * @param {Received} received
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  #serve(received, request, response) {
    const fault = this.faults.shift();
    switch (fault) {
      case "hang":
        return;
      case "hang-up":
        return void request.socket.destroy();
      case "half":
        response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
        response.write('{"status": "paused"');
        return void setTimeout(() => request.socket.destroy(), 20);
      case "text":
        return void response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Sign in</title>");
      case "list":
        return void response.writeHead(200, { "content-type": "application/json" }).end('[{"status":"paused"}]');
      case "empty":
        return void response.writeHead(200).end();
      default:
    }
    if (typeof fault === "number") {
      const location = fault >= 300 && fault < 400 ? { location: "/elsewhere" } : {};
      return void response.writeHead(fault, { "content-type": "application/json", ...location }).end('{"status":"paused","state":"paused","securePause":true}');
    }
    const { status, body, becomes } = this.#answer(received);
    if (becomes !== undefined && fault === undefined) this.truth = becomes;
    if (becomes !== undefined && fault === "late") setTimeout(() => (this.truth = becomes), 60);
    const text = typeof body === "function" ? body() : body;
    response.writeHead(status, { "content-type": "application/json" }).end(text === null ? "" : JSON.stringify(text));
  }

  /**
   * @param {Received} received
   * @returns {{status: number, body: unknown, becomes?: "recording" | "paused"}} a function is asked after the change
   */
  #answer({ method, path, headers, body }) {
    const twilio = TWILIO.exec(path);
    if (twilio !== null) return this.#twilio(method, headers, body, twilio);
    const genesys = GENESYS.exec(path);
    if (genesys !== null) return this.#genesys(method, headers, body, genesys);
    const connect = CONNECT.exec(path);
    if (connect !== null && method === "POST") return connectAnswer(headers, body, connect[1] === "suspend");
    if (path === "/hooks/recorder" && method === "POST") return this.#webhook(headers, body);
    return { status: 404, body: { message: "not found" } };
  }

  /**
   * @param {string} method
   * @param {Received["headers"]} headers
   * @param {string} body
   * @param {RegExpExecArray} match
   * @returns {{status: number, body: unknown, becomes?: "recording" | "paused"}}
   */
  #twilio(method, headers, body, [, account, call, sid]) {
    const names = { recording: "in-progress", paused: "paused", stopped: "completed" };
    const resource = () => ({
      account_sid: account,
      api_version: "2010-04-01",
      call_sid: call,
      conference_sid: null,
      channels: 1,
      date_created: "Tue, 24 Nov 2026 10:00:00 +0000",
      duration: null,
      error_code: null,
      price: null,
      price_unit: "USD",
      sid: RECORDING_SID,
      source: "StartCallRecordingAPI",
      status: method === "GET" && this.shown !== null ? this.shown : names[this.truth],
      uri: `/2010-04-01/Accounts/${account}/Calls/${call}/Recordings/${RECORDING_SID}.json`,
    });
    if (method === "GET" && sid === RECORDING_SID) return { status: 200, body: resource };
    const form = new URLSearchParams(body);
    const wanted = form.get("Status");
    const behavior = form.get("PauseBehavior");
    const wellFormed =
      method === "POST" &&
      headers["content-type"] === "application/x-www-form-urlencoded" &&
      ["paused", "in-progress", "stopped"].includes(wanted ?? "") &&
      (behavior === null || (wanted === "paused" && ["skip", "silence"].includes(behavior))) &&
      [...form.keys()].every((key) => key === "Status" || key === "PauseBehavior");
    if (!wellFormed) return { status: 400, body: { code: 20001, message: "Invalid parameter", more_info: "https://www.twilio.com/docs/errors/20001", status: 400 } };
    if (this.truth === "stopped") return { status: 200, body: resource };
    return { status: 200, body: resource, becomes: wanted === "paused" ? "paused" : "recording" };
  }

  /**
   * @param {string} method
   * @param {Received["headers"]} headers
   * @param {string} body
   * @param {RegExpExecArray} match
   * @returns {{status: number, body: unknown, becomes?: "recording" | "paused"}}
   */
  #genesys(method, headers, body, [, id, recordingState]) {
    const conversation = () => {
      const secure = this.truth === "paused";
      const state = { recordingState: this.truth === "stopped" ? "none" : secure || this.onHold ? "paused" : "active", securePause: secure };
      const participants = [
        { id: "p-1", purpose: "customer", state: "connected", ...(this.perParticipant ? state : {}) },
        { id: "p-2", purpose: "agent", state: "connected", ...(this.perParticipant ? state : {}) },
        { id: "p-0", purpose: "agent", state: "disconnected", ...(this.perParticipant ? { recordingState: "active", securePause: false } : {}) },
      ];
      return { id, participants, selfUri: `/api/v2/conversations/calls/${id}`, ...(this.perParticipant ? {} : state) };
    };
    if (method === "GET" && recordingState === undefined) return { status: 200, body: conversation };
    const wanted = headers["content-type"] === "application/json" ? parsed(body)["recordingState"] : null;
    const allowed = recordingState === undefined ? method === "PATCH" : method === "PUT";
    if (!allowed || (wanted !== "PAUSED" && wanted !== "ACTIVE")) return { status: 400, body: { message: "bad request", code: "bad.request", status: 400 } };
    const becomes = wanted === "PAUSED" ? "paused" : "recording";
    // What the PUT answers is not documented.
    return recordingState === undefined ? { status: 200, body: conversation, becomes } : { status: 200, body: null, becomes };
  }

  /**
   * @param {Received["headers"]} headers
   * @param {string} body
   * @returns {{status: number, body: unknown, becomes?: "recording" | "paused"}}
   */
  #webhook(headers, body) {
    const { version, action, call_id: call, ids, idempotency_key: key, attempt } = parsed(body);
    const wellFormed =
      headers["content-type"] === "application/json" &&
      headers["idempotency-key"] === key &&
      version === 1 &&
      typeof call === "string" &&
      typeof ids === "object" &&
      typeof key === "string" &&
      typeof attempt === "number" &&
      ["pause", "resume", "state"].includes(/** @type {string} */ (action));
    if (!wellFormed) return { status: 400, body: null };
    const answer = () => ({ state: this.truth, idempotency_key: key });
    if (action === "state" || this.truth === "stopped") return { status: 200, body: answer };
    return { status: 200, body: answer, becomes: action === "pause" ? "paused" : "recording" };
  }
}

/**
 * @param {Received["headers"]} headers
 * @param {string} body
 * @param {boolean} suspend
 * @returns {{status: number, body: unknown, becomes?: "recording" | "paused"}}
 */
function connectAnswer(headers, body, suspend) {
  const given = parsed(body);
  const { ContactRecordingType: type, ...required } = given;
  const wellFormed =
    headers["content-type"] === "application/json" &&
    Object.keys(required).sort().join() === "ContactId,InitialContactId,InstanceId" &&
    Object.values(required).every((value) => typeof value === "string" && value.length > 0 && value.length <= 256) &&
    (type === undefined || ["AGENT", "IVR", "SCREEN"].includes(/** @type {string} */ (type)));
  if (!wellFormed) return { status: 400, body: { Message: "The request is not valid." } };
  if (given["ContactId"] !== CONTACT.ContactId) return { status: 404, body: { Message: "The specified resource was not found." } };
  return { status: 200, body: null, becomes: suspend ? "paused" : "recording" };
}

/**
 * @param {string} body
 * @returns {Record<string, unknown>}
 */
function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}
