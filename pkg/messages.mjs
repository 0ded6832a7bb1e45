// @ts-check
/**
 * What comes from the engine, checked by shape.
 *
 * Owns: the one place where a message of the engine becomes a typed value. Must never let one through that is not
 * as `protocol.mjs` says: a half-understood snapshot would show a recording that is none.
 */

/** @typedef {import("./protocol.mjs").EngineMessage} EngineMessage */
/** @typedef {(value: unknown) => boolean} Check */

/** @type {Check} */
const isString = (value) => typeof value === "string";
/** @type {Check} */
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
/** @type {Check} */
const isBoolean = (value) => typeof value === "boolean";
/** @type {(check: Check) => Check} */
const orNull = (check) => (value) => value === null || check(value);
/** @type {(check: Check) => Check} */
const listOf = (check) => (value) => Array.isArray(value) && value.every(check);
/** @type {(...values: string[]) => Check} */
const oneOf = (...values) => (value) => typeof value === "string" && values.includes(value);
/** @type {(fields: Record<string, Check>) => Check} */
const record = (fields) => (value) =>
  typeof value === "object" && value !== null &&
  Object.entries(fields).every(([name, check]) => check(/** @type {Record<string, unknown>} */ (value)[name]));

const isAnswer = oneOf("yes", "no", "withdraw");
const isOutcome = oneOf("recorded", "declined", "agent_side", "withdrawn", "failed");

const isMode = oneOf("nothing_before_yes", "record_disclosure", "notice_and_stay", "mandatory");
const isRule = oneOf("one_party", "notice_required", "all_party", "explicit_opt_in");

const isDecision = record({
  rule: isRule,
  mode: isMode,
  notice_and_stay: isBoolean,
  beep: isBoolean,
  must_say: listOf(isString),
  findings: listOf(record({ role: isString, places: listOf(isString), rule: isRule, mode: isMode, decides: isBoolean })),
  summary: record({ id: isString, text: isString }),
  explanation: listOf(isString),
  table_version: isString,
  table_sha256: isString,
});

const isSnapshot = record({
  call_id: isString,
  phase: oneOf(
    "ringing",
    "disclosing",
    "asking",
    "unanswered",
    "recording",
    "declined",
    "agent_side",
    "withdrawn",
    "failed",
    "closing",
    "closed",
  ),
  recording: isBoolean,
  redacting: isBoolean,
  redaction_class: orNull(isString),
  cut: orNull(
    record({
      since_ms: isNumber,
      confirmed: isBoolean,
      class: isString,
      trigger: isString,
      channels: oneOf("both", "agent", "customer"),
      resumes: oneOf("by_itself", "when_left", "agent", "host"),
      out_of_sight: isBoolean,
      alarm_in_ms: orNull(isNumber),
      alarm: orNull(oneOf("max_pause", "forgotten")),
    }),
  ),
  warning: orNull(isString),
  yes_pending: isBoolean,
  paused: isBoolean,
  parties: listOf(
    record({
      index: isNumber,
      role: oneOf("customer", "other"),
      consent: oneOf("undisclosed", "yes_pending", "asked", "silent", "given", "refused", "withdrawn"),
      allowed: listOf(oneOf("yes", "no", "withdraw")),
    }),
  ),
  law: orNull(record({ mode: isMode, rule: isRule, summary: isString, why: listOf(isString) })),
  allowed: listOf(oneOf("answered", "read", "yes", "no", "withdraw", "replay", "pause", "resume")),
  disclosure_text: isString,
  elapsed_ms: isNumber,
  recorded_ms: isNumber,
  objects_total: isNumber,
  objects_stored: isNumber,
  store_reachable: isBoolean,
  problem: orNull(isString),
  outcome: orNull(isOutcome),
  shredding: orNull(oneOf("scheduled", "requested", "confirmed")),
});

const isConsentEvent = record({
  kind: oneOf("asked", "answered", "withdrawn", "timed_out", "joined", "left"),
  party: isNumber,
  answer: orNull(isAnswer),
  method: orNull(oneOf("agent_button", "agent_hotkey", "keypad", "notice_and_stay", "host_assertion", "standing")),
  words: orNull(isString),
  actor: isNumber,
  at_ms: isNumber,
  at_unix_ms: isNumber,
  prompt_sha256: isString,
});

const isExposure = record({
  from_sample: isNumber,
  to_sample: isNumber,
  trigger: isString,
  class: isString,
  effect: oneOf("destroy", "withhold", "list"),
});

const isReport = record({
  call_id: isString,
  outcome: isOutcome,
  sample_rate_hz: isNumber,
  recording_origin_ms: orNull(isNumber),
  call_duration_ms: isNumber,
  recording_duration_ms: isNumber,
  consent_events: listOf(isConsentEvent),
  disclosure: orNull(record({ prompt_id: isString, sha256: isString, fraction_delivered: orNull(isNumber) })),
  redaction_spans: listOf(record({ from_sample: isNumber, to_sample: isNumber, class: isString })),
  gaps: listOf(record({ from_sample: isNumber, to_sample: isNumber, reason: isString })),
  exposures: listOf(isExposure),
  objects: listOf(record({ name: isString, size_bytes: isNumber, sha256: isString })),
});

const isTrouble = record({ code: isString, message: isString });

const isStorage = record({
  stores: listOf(
    record({
      name: isString,
      kind: oneOf("grants", "template", "callback", "tus", "local"),
      state: oneOf("working", "failing", "access_denied", "local"),
      waiting: isNumber,
      error: orNull(isTrouble),
    }),
  ),
  recordings: listOf(
    record({
      call_id: isString,
      running: isBoolean,
      kept: isBoolean,
      objects: isNumber,
      stored: isNumber,
      waiting: isNumber,
      dead: isNumber,
      waiting_bytes: isNumber,
      oldest_unsent_ms: orNull(isNumber),
      error: orNull(isTrouble),
      dead_letters: listOf(record({ object: isString, store: isString, code: isString, message: isString })),
    }),
  ),
  waiting: isNumber,
  dead: isNumber,
  waiting_bytes: isNumber,
  oldest_unsent_ms: orNull(isNumber),
  spool: record({ place: oneOf("disk", "memory"), used_bytes: isNumber, limit_bytes: orNull(isNumber), full: isBoolean }),
});

/** @type {Record<EngineMessage["kind"], Check>} */
const SHAPES = {
  ready: record({ protocol: isNumber, version: isString }),
  state: record({ snapshot: isSnapshot }),
  play_disclosure: record({ call_id: isString, url: isString, sha256: isString }),
  stop_disclosure: record({ call_id: isString }),
  decision: record({ call_id: isString, decision: isDecision }),
  beep: record({ call_id: isString, on: isBoolean }),
  challenge: record({ context_id: isString, nonce: isString }),
  consent_event: record({ call_id: isString, event: isConsentEvent }),
  call_closed: record({ call_id: isString, report: isReport }),
  call_papers: record({
    call_id: isString,
    papers: record({
      note: isString,
      parties: listOf(record({ index: isNumber, receipt_html: isString, consent_record: isString })),
    }),
  }),
  call_stored: record({ call_id: isString }),
  call_shredded: record({ call_id: isString, confirmation: isString }),
  exposures: record({ call_id: isString, exposures: listOf(isExposure) }),
  call_recovered: record({ call_id: isString, objects: isNumber }),
  call_resumed: record({ call_id: isString, outcome: oneOf("goes_on", "begins_anew", "refused") }),
  storage: record({ picture: isStorage }),
  spool_full: record({ used_bytes: isNumber }),
  store_access_wanted: record({ store: isString }),
  recording_removed: record({ call_id: isString }),
  grant_wanted: record({ request_id: isNumber, store: isString, name: isString, size_bytes: isNumber, sha256: isString }),
  export_given: record({
    request_id: isNumber,
    files: orNull(listOf(record({ name: isString, content: (value) => value instanceof Blob }))),
  }),
  error: record({
    call_id: orNull(isString),
    code: isString,
    message: isString,
    retryable: isBoolean,
    fatal: isBoolean,
  }),
};

/**
 * @param {unknown} value
 * @returns {EngineMessage | null} null when it is not a message of the protocol
 */
export function engineMessage(value) {
  if (typeof value !== "object" || value === null) return null;
  const { kind } = /** @type {{kind?: unknown}} */ (value);
  if (typeof kind !== "string" || !Object.hasOwn(SHAPES, kind)) return null;
  const message = /** @type {EngineMessage} */ (value);
  return SHAPES[message.kind](message) ? message : null;
}
