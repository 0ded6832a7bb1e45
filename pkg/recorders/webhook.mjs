// @ts-check
/**
 * Any other recorder, by an endpoint of the host that speaks the few words documented in `docs/recorders.md`.
 *
 * Owns: that request and answer. Must never: take an answer for another demand, or a status, as a state.
 */
import { endpointOf, exchange, invalid, jsonObject } from "./http.mjs";

/** @typedef {import("../recorders.d.ts").RecorderAnswer} RecorderAnswer */
/** @typedef {import("../recorders.d.ts").RecorderControl} RecorderControl */
/** @typedef {import("../recorders.d.ts").RecorderRequest} RecorderRequest */
/** @typedef {import("../recorders.d.ts").RecorderWebhookOptions} RecorderWebhookOptions */

/** Raised when the request changes incompatibly. */
const VERSION = 1;

/** @type {readonly unknown[]} */
const STATES = ["paused", "recording", "stopped", "unknown"];

/**
 * @param {RecorderWebhookOptions} options
 * @returns {RecorderControl}
 * @throws {import("../errors.mjs").CallsealError} `recorder/config`
 */
export function recorderWebhook(options) {
  const url = endpointOf(options.url, "url");
  const { readBack = false, name = "Recorder" } = options;

  /**
   * @param {"pause" | "resume" | "state"} action
   * @param {RecorderRequest} request
   * @param {AbortSignal} signal
   * @returns {Promise<RecorderAnswer>}
   */
  const ask = async (action, { callId, ids, idempotencyKey, attempt }, signal) => {
    const body = JSON.stringify({ version: VERSION, action, call_id: callId, ids, idempotency_key: idempotencyKey, attempt });
    const request = { method: "POST", contentType: "application/json", body, headers: { "idempotency-key": idempotencyKey } };
    const { state, idempotency_key: echoed } = jsonObject(await exchange(url, request, options, signal));
    if (echoed !== idempotencyKey || !STATES.includes(state)) throw invalid();
    return { state: /** @type {RecorderAnswer["state"]} */ (state) };
  };

  /** @type {RecorderControl} */
  const control = {
    name,
    pause: (request, { signal }) => ask("pause", request, signal),
    resume: (request, { signal }) => ask("resume", request, signal),
  };
  if (readBack) control.state = (request, { signal }) => ask("state", request, signal);
  return control;
}
