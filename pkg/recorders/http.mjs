// @ts-check
/**
 * One exchange with an endpoint of the host.
 *
 * Owns: how what goes wrong on the way becomes a code. Must never: take a status for an answer: what the recorder does now
 * is in the body, and only the adapter can read it.
 */
import { CallsealError } from "../errors.mjs";

/** @typedef {import("../recorders.d.ts").EndpointOptions} EndpointOptions */

/** More than a conversation with many parties takes; whoever sends more is no recorder. */
const LARGEST_BODY_CHARACTERS = 2_000_000;

/**
 * @param {string} url
 * @param {{method: string, contentType?: string, body?: string, headers?: Record<string, string>}} request
 * @param {EndpointOptions} options
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the body of an answer of success
 * @throws {CallsealError} (rejects) `recorder/refused`, `recorder/unavailable`, `recorder/answer-invalid`
 */
export async function exchange(url, request, options, signal) {
  const { headers = {}, credentials = "same-origin" } = options;
  const further = typeof headers === "function" ? await headers() : headers;
  const type = request.contentType === undefined ? {} : { "content-type": request.contentType };
  const init = {
    method: request.method,
    headers: { accept: "application/json", ...further, ...type, ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    credentials,
    signal,
    cache: /** @type {const} */ ("no-store"),
    // Where it leads to is nothing that the host has named.
    redirect: /** @type {const} */ ("error"),
  };
  /** @type {Response} */
  let response;
  /** @type {string} */
  let body;
  try {
    response = await fetch(url, init);
    body = await response.text();
  } catch (cause) {
    throw unavailable(cause);
  }
  checkStatus(response.status);
  if (body.length > LARGEST_BODY_CHARACTERS) throw invalid();
  return body;
}

/**
 * @param {number} status
 * @throws {CallsealError} `recorder/refused`, `recorder/unavailable`, `recorder/answer-invalid`
 */
export function checkStatus(status) {
  if (status >= 200 && status < 300) return;
  // Request Timeout and Too Many Requests are nothing that was decided about the request (RFC 9110 §15.5.9, RFC 6585 §4).
  if (status >= 500 || status === 408 || status === 429) throw unavailable();
  if (status >= 400) throw refused();
  throw invalid();
}

/**
 * @param {string} body
 * @returns {Record<string, unknown>}
 * @throws {CallsealError} `recorder/answer-invalid`
 */
export function jsonObject(body) {
  try {
    const value = JSON.parse(body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw invalid(cause);
  }
  throw invalid();
}

/**
 * @param {import("../recorders.d.ts").RecorderIds} ids
 * @param {string} name
 * @returns {string}
 * @throws {CallsealError} `recorder/unknown-call`
 */
export function idOf(ids, name) {
  const id = ids[name];
  if (typeof id === "string" && id !== "") return id;
  throw new CallsealError("recorder/unknown-call", `The call's ${name} is not known; \`identify\` has to give it.`);
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {string} without a slash at its end
 * @throws {CallsealError} `recorder/config`
 */
export function endpointOf(value, name) {
  if (typeof value === "string" && value !== "") return value.replace(/\/+$/u, "");
  throw new CallsealError("recorder/config", `A recorder needs \`${name}\`, the address of an endpoint of yours.`);
}

/** @param {unknown} [cause] */
export function invalid(cause) {
  return new CallsealError("recorder/answer-invalid", "The recorder's answer is not of the documented form.", { cause });
}

/** @param {unknown} [cause] */
export function unavailable(cause) {
  return new CallsealError("recorder/unavailable", "The recorder could not be reached, or failed.", { retryable: true, cause });
}

/** @param {unknown} [cause] */
export function refused(cause) {
  return new CallsealError("recorder/refused", "The recorder refused the request.", { cause });
}
