// @ts-check
/**
 * What sensors of other pages and the page of the calls say to each other (docs/detection.md, "Other tabs").
 *
 * Owns: the shape of every message, and its check. A message is rebuilt from what was checked, so that nothing else
 * passes. Must never carry what is not in `PageMessage`, nor a key.
 */

import { LONGEST_URL } from "./location.mjs";

/** @typedef {import("../protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("./fields.mjs").Settings} Settings */

/** Name of the BroadcastChannel. */
export const CHANNEL = "callseal";

/** Version of these messages. */
export const VERSION = 1;

/** Longest descriptor, text and selector that are passed on, characters. */
const LONGEST = { descriptor: 65_536, text: 4_096, selector: 512 };

/** Settings have at most so many selectors. */
const MOST_SELECTORS = 64;

/** @param {string} contextId @returns {string} the lock that a sensor holds as long as its page lives */
export const lockOf = (contextId) => `callseal-sensor-${contextId}`;

/**
 * A sensor's message for the engine.
 * @typedef {{callseal: 1, to: "desk", desk: string | null, message: PageMessage}} ToDesk  `desk`: for whom an answer is
 */

/**
 * The page of the calls to sensors: `hello` when it begins, `settings` to one that joined, `challenge`.
 * @typedef {{callseal: 1, to: "sensors", desk: string, kind: "hello", settings: Settings}
 *   | {callseal: 1, to: "sensors", desk: string, kind: "settings", context_id: string, settings: Settings}
 *   | {callseal: 1, to: "sensors", desk: string, kind: "challenge", context_id: string, nonce: string}} ToSensors
 */

/** @typedef {Record<string, unknown>} Unread */

/** @param {unknown} value @returns {Unread | null} */
const record = (value) => (typeof value === "object" && value !== null ? /** @type {Unread} */ (value) : null);

/** @param {unknown} value @param {number} longest @returns {value is string} */
const isText = (value, longest) => typeof value === "string" && value.length <= longest;

/** @param {unknown} value @returns {value is string} */
export const isContext = (value) => typeof value === "string" && /^[A-Za-z0-9_-]{1,48}$/u.test(value);

/** @param {unknown} value @returns {value is number} */
const isTime = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 2 ** 32;

/** @param {unknown} value @returns {value is import("../protocol.mjs").How} */
const isHow = (value) => value === "focus" || value === "filled" || value === "pretended";

/**
 * @param {unknown} value
 * @returns {PageMessage | null} a sensor's message, with nothing that does not belong to it
 */
export function sensorMessage(value) {
  const { kind, context_id, field, how, frame_host, descriptor, text, url, nonce, event_age_ms: age, posted_at_ms: posted } = record(value) ?? {};
  if (!isContext(context_id)) return null;
  // A time that is none says nothing; the rest counts all the same.
  const [event_age_ms, posted_at_ms] = [isTime(age) ? age : 0, isTime(posted) ? posted : 0];
  switch (kind) {
    case "sensor_join":
    case "sensor_sign_off":
    case "sensor_sign_on":
    case "sensor_leave":
      return { kind, context_id };
    case "sensor_answer":
      return isText(nonce, 128) ? { kind, context_id, nonce } : null;
    case "field_begin": {
      const isHost = frame_host === null || isText(frame_host, 253);
      if (!isNumber(field) || !isHow(how) || !isHost) return null;
      // What cannot be read is sensitive: that is the engine's to say.
      const described = isText(descriptor, LONGEST.descriptor) ? descriptor : "";
      return { kind, context_id, field, how, frame_host, descriptor: described, event_age_ms, posted_at_ms };
    }
    case "field_end":
      return { kind, context_id, event_age_ms };
    case "text_seen":
      if (!isNumber(field) || !isText(text, LONGEST.text)) return null;
      return { kind, context_id, field, text, event_age_ms, posted_at_ms };
    case "page_location":
      return typeof url === "string" ? { kind, context_id, url: url.slice(0, LONGEST_URL), posted_at_ms } : null;
    default:
      return null;
  }
}

/**
 * @param {unknown} value  what came over the channel
 * @returns {ToDesk | null}
 */
export function toDesk(value) {
  const { callseal, to, desk, message } = record(value) ?? {};
  if (callseal !== VERSION || to !== "desk" || !(desk === null || isContext(desk))) return null;
  const read = sensorMessage(message);
  return read === null ? null : { callseal: VERSION, to: "desk", desk, message: read };
}

/**
 * @param {unknown} value  what came over the channel
 * @returns {ToSensors | null}
 */
export function toSensors(value) {
  const { callseal, to, desk, kind, context_id, nonce, settings } = record(value) ?? {};
  if (callseal !== VERSION || to !== "sensors" || !isContext(desk)) return null;
  const head = { callseal: /** @type {1} */ (VERSION), to: /** @type {"sensors"} */ ("sensors"), desk };
  if (kind === "hello") return { ...head, kind, settings: settingsOf(settings) };
  if (!isContext(context_id)) return null;
  if (kind === "settings") return { ...head, kind, context_id, settings: settingsOf(settings) };
  return kind === "challenge" && isText(nonce, 128) ? { ...head, kind, context_id, nonce } : null;
}

/** @param {unknown} value @returns {Settings} what can be used of it */
export function settingsOf(value) {
  const { selectors, watchLocation, detectValues } = record(value) ?? {};
  const rules = Array.isArray(selectors) ? selectors.slice(0, MOST_SELECTORS).map((rule) => record(rule) ?? {}) : [];
  return {
    selectors: rules.flatMap(({ selector, class: name }) =>
      isText(selector, LONGEST.selector) && isText(name, 40) ? [{ selector, class: name }] : []),
    watchLocation: watchLocation === true,
    detectValues: detectValues !== false,
  };
}

/**
 * What several desks ask for together: whoever asks for less takes nothing from the others.
 * @param {Iterable<Settings>} all
 * @returns {Settings}
 */
export function settingsTogether(all) {
  /** @type {Required<Settings>} */
  const together = { selectors: [], watchLocation: false, detectValues: false };
  for (const { selectors = [], watchLocation, detectValues } of all) {
    together.selectors = [...together.selectors, ...selectors];
    together.watchLocation ||= watchLocation === true;
    together.detectValues ||= detectValues !== false;
  }
  return together;
}
