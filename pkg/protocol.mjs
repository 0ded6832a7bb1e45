// @ts-check
/**
 * The one message protocol between the page realm and the engine realm.
 *
 * Owns: the shape of every message. Must never: hold a key, audio that goes back to the page, or a decision.
 * Every message is a plain object with a literal `kind`. Times are ages: the sender says how many milliseconds
 * ago something happened (`*_age_ms`, by its own monotonic clock at the time of posting), so that no clock of the
 * page has to agree with one of the engine. The Rust side of the same union is `src/message.rs`.
 */

/** Raised when the union below changes incompatibly; the engine refuses another number. */
export const PROTOCOL_VERSION = 1;

/** Samples per channel in one block of audio: 20 ms at 48 kHz, one Opus frame. */
export const BLOCK_SAMPLES = 960;

/**
 * One block of captured audio, worklet → engine, on the call's own audio port.
 * @typedef {object} AudioBlock
 * @property {"block"} kind
 * @property {number} frame       `currentFrame` of the block's first sample
 * @property {number} wall_ms     `Date.now()` in the audio realm when the block was complete
 * @property {Float32Array} left  agent as really sent, BLOCK_SAMPLES samples (transferred)
 * @property {Float32Array} right customer, BLOCK_SAMPLES samples (transferred)
 */

/**
 * @typedef {"yes" | "no" | "withdraw"} Answer
 * @typedef {"agent_button" | "agent_hotkey"} AgentMethod  what the page may pass on
 * @typedef {AgentMethod | "keypad" | "notice_and_stay" | "host_assertion" | "standing"} AnswerMethod
 * @typedef {"media" | "host" | "agent"} AnsweredBy  whose word it is that the far end has answered
 * @typedef {"field_focus" | "field_attribute" | "field_filled" | "value_seen" | "payment_frame" | "page" | "manual" | "host_api"} Trigger
 * @typedef {"focus" | "filled" | "pretended"} How  a field has the focus; was filled without it; has it by a script's word
 */

/**
 * @typedef {AgentMethod | "host_api"} PausedBy
 * @typedef {"both" | "agent" | "customer"} Channels
 */

/**
 * @typedef {"phone" | "webrtc_voice" | "video"} Media
 * @typedef {"nothing_before_yes" | "record_disclosure" | "notice_and_stay" | "mandatory"} Mode  when audio may be kept
 * @typedef {"one_party" | "notice_required" | "all_party" | "explicit_opt_in"} Rule  what the law asks
 */

/**
 * What the host knows of one party. The engine reduces numbers and addresses to codes of places at once.
 * @typedef {object} PartyFacts
 * @property {number} index               0 agent, 1 customer, further ones joined later
 * @property {string | null} number       telephone number in international form
 * @property {string | null} crm_address  ISO 3166-1 or 3166-2 code of the address on record, for example "US-CA"
 * @property {string | null} declared     the same, of where the party says it is
 * @property {string | null} language     BCP 47
 * @property {string | null} name         goes into the sealed record only
 */

/**
 * Which law counts for a call, and why (`docs/jurisdiction.md`). Codes of places, no number and no address.
 * @typedef {object} Decision
 * @property {Rule} rule
 * @property {Mode} mode
 * @property {boolean} notice_and_stay    whether staying on the line after a notice is consent
 * @property {boolean} beep
 * @property {string[]} must_say
 * @property {{party: number | null, role: string, signal: string | null, places: string[], rule: Rule, mode: Mode, decides: boolean, warnings: string[]}[]} findings
 * @property {{id: string, text: string}} summary
 * @property {string[]} explanation
 * @property {string} table_version
 * @property {string} table_sha256
 */

/**
 * What sensors say (docs/detection.md). A `context_id` is 1 to 64 letters, digits, `_` and `-`. Every field has a number
 * in its context, the same for as long as it exists; its `descriptor` is a FieldDescriptor of `describe.mjs` as JSON. A
 * `field_begin` by `focus` also says that no other field has it. `text` is at most 4,096 characters of what is in a field
 * and is overwritten when it was looked at; `url` is origin, path and fragment without a query. `posted_at_ms` is when the
 * message was posted, milliseconds since 1970-01-01 UTC, 0 if that is not known: what it was delayed by on its way is cut
 * out too. `sensor_gone` is the relay's alone: the browser says that a tab is gone, and what was in use in it ends.
 */

/**
 * `call_resume` says that the engine of a call has died: who had joined and not left, and what every `call_facts` said so far. The
 * answer is `call_resumed`; other messages of the call come behind it. With `had_objects`, if nothing of it is in the spool any
 * more, nothing more of it is recorded. `resumes` names such calls in advance, so that
 * nobody takes them for left behind.
 */

/**
 * Page → engine.
 * @typedef {{kind: "init", protocol: number, config: object, resumes: string[]}
 *   | {kind: "call_open", call_id: string}
 *   | {kind: "call_resume", call_id: string, answered_age_ms: number | null, joined: {key: string, event_age_ms: number}[], facts: {call_id: string, media: Media | null, parties: PartyFacts[]}[], had_objects: boolean}
 *   | {kind: "call_facts", call_id: string, media: Media | null, parties: PartyFacts[]}
 *   | {kind: "call_answered", call_id: string, answered_age_ms: number, by: AnsweredBy, trusted: boolean}
 *   | {kind: "audio_port", call_id: string, port: MessagePort}
 *   | {kind: "disclosure_audio", call_id: string, samples: Float32Array, sha256: string}
 *   | {kind: "disclosure_started", call_id: string, frame: number}
 *   | {kind: "disclosure_ended", call_id: string, frame: number}
 *   | {kind: "disclosure_failed", call_id: string, reason: string}
 *   | {kind: "disclosure_replay", call_id: string}
 *   | {kind: "disclosure_read", call_id: string, trusted: boolean, event_age_ms: number}
 *   | {kind: "consent", call_id: string, party: number | null, answer: Answer, method: AgentMethod, words: string | null, trusted: boolean, event_age_ms: number}
 *   | {kind: "consent_assertion", call_id: string, statement: string}
 *   | {kind: "party_joined", call_id: string, key: string, event_age_ms: number}
 *   | {kind: "party_left", call_id: string, key: string, event_age_ms: number}
 *   | {kind: "sensor_join", context_id: string}
 *   | {kind: "sensor_answer", context_id: string, nonce: string}
 *   | {kind: "sensor_sign_off", context_id: string}
 *   | {kind: "sensor_sign_on", context_id: string}
 *   | {kind: "sensor_leave", context_id: string}
 *   | {kind: "sensor_gone", context_id: string}
 *   | {kind: "field_begin", context_id: string, field: number, how: How, frame_host: string | null, descriptor: string, event_age_ms: number, posted_at_ms: number}
 *   | {kind: "field_end", context_id: string, event_age_ms: number}
 *   | {kind: "text_seen", context_id: string, field: number, text: string, event_age_ms: number, posted_at_ms: number}
 *   | {kind: "page_location", context_id: string, url: string, posted_at_ms: number}
 *   | {kind: "pause", call_id: string, by: PausedBy, class: string | null, trusted: boolean, event_age_ms: number, posted_at_ms: number}
 *   | {kind: "resume", call_id: string, by: PausedBy, trusted: boolean, event_age_ms: number}
 *   | {kind: "media_alarm", call_id: string, code: string}
 *   | {kind: "hang_up", call_id: string, event_age_ms: number}
 *   | {kind: "store_access", store: string, token: string | null, headers: Record<string, string>}
 *   | {kind: "store_retry", call_id: string | null}
 *   | {kind: "recording_remove", call_id: string}
 *   | {kind: "grant_given", request_id: number, answer: GrantAnswer | null}
 *   | {kind: "export_wanted", request_id: number, call_id: string}
 * } PageMessage
 */

/**
 * What the host's function says to a request for a grant (docs/storage.md); `null` in its place: it failed. Neither a grant
 * nor a token is ever told to anybody but the store. `grant_given` and `export_wanted` are for the Worker's script.
 * @typedef {{status: "granted", method: string, url: string, headers: Record<string, string>, expires_at_ms: number | null, confirm: boolean}
 *   | {status: "already_stored", size_bytes: number, sha256: string}
 * } GrantAnswer
 */

/**
 * What waits for the stores, and why. `message` is a sentence for people; `dead` objects a store has refused for good: they
 * stay in this browser until they are tried again, exported or removed.
 * @typedef {{code: string, message: string}} Trouble
 * @typedef {object} StoragePicture
 * @property {{name: string, kind: "grants" | "template" | "callback" | "tus" | "local", state: "working" | "failing" | "access_denied" | "local", waiting: number, error: Trouble | null}[]} stores
 * @property {RecordingPicture[]} recordings
 * @property {number} waiting         objects on their way, over all recordings
 * @property {number} dead
 * @property {number} waiting_bytes   refused ones included
 * @property {number | null} oldest_unsent_ms  how long the oldest of them waits
 * @property {{place: "disk" | "memory", used_bytes: number, limit_bytes: number | null, full: boolean}} spool
 *
 * @typedef {object} RecordingPicture
 * @property {string} call_id
 * @property {boolean} running        the call is still going on
 * @property {boolean} kept           it stays in this browser, which is a store of its own
 * @property {number} objects
 * @property {number} stored          by every store that takes them
 * @property {number} waiting
 * @property {number} dead
 * @property {number} waiting_bytes
 * @property {number | null} oldest_unsent_ms
 * @property {Trouble | null} error   the last
 * @property {{object: string, store: string, code: string, message: string}[]} dead_letters
 */

/**
 * @typedef {"ringing" | "disclosing" | "asking" | "unanswered" | "recording" | "declined" | "agent_side" | "withdrawn" | "failed" | "closing" | "closed"} Phase
 * @typedef {"recorded" | "declined" | "agent_side" | "withdrawn" | "failed"} Outcome
 * @typedef {"scheduled" | "requested" | "confirmed"} Shredding  for a later day, demanded now, confirmed by the store
 */

/**
 * One party as the panel shows it; the agent is not among them.
 * @typedef {object} PartyPicture
 * @property {number} index           1 the customer, further ones joined later
 * @property {"customer" | "other"} role
 * @property {"undisclosed" | "yes_pending" | "asked" | "silent" | "given" | "refused" | "withdrawn"} consent
 * @property {("yes" | "no" | "withdraw")[]} allowed  what the agent may pass on for this party
 */

/**
 * What is being cut out at the moment. `trigger` is one of the page's ({@link Trigger}), or the engine's own.
 * @typedef {object} CutPicture
 * @property {number} since_ms        on the call's timeline: from here on it is cut out
 * @property {boolean} confirmed      silence has been handed to the encoder in place of audio
 * @property {string} class           what is protected
 * @property {string} trigger         what demanded it
 * @property {Channels} channels
 * @property {"by_itself" | "when_left" | "agent" | "host"} resumes  what ends it: the engine, leaving the field or page, or whose word
 * @property {boolean} out_of_sight   the page did not vouch during the pause: only the agent ends it
 * @property {number | null} alarm_in_ms  until the agent is reminded, in whole seconds
 * @property {"max_pause" | "forgotten" | null} alarm  it lasts long; both sides talk meanwhile
 */

/**
 * What the panel shows of one call. The page renders it and decides nothing from it.
 * @typedef {object} Snapshot
 * @property {string} call_id
 * @property {Phase} phase
 * @property {boolean} recording      audio of this moment will be kept
 * @property {boolean} redacting      audio of this moment is cut out
 * @property {string | null} redaction_class
 * @property {CutPicture | null} cut  the same in detail
 * @property {string | null} warning  class of a value that was just typed where it should not be
 * @property {boolean} yes_pending    a yes was given before the disclosure ended; it takes effect when it has
 * @property {boolean} paused         somebody who joined has not agreed: what is said is cut out
 * @property {PartyPicture[]} parties
 * @property {{mode: Mode, rule: Rule, summary: string, why: string[]} | null} law  which law counts, and why
 * @property {("answered" | "read" | "yes" | "no" | "withdraw" | "replay" | "pause" | "resume")[]} allowed  what the agent may do now
 * @property {string} disclosure_text the words of the prompt, shown to the agent
 * @property {number} elapsed_ms      since the call was answered
 * @property {number} recorded_ms     of the recording, so far
 * @property {number} objects_total   objects made
 * @property {number} objects_stored  objects acknowledged by the store
 * @property {boolean} store_reachable
 * @property {string | null} problem  an error code to show, or null
 * @property {Outcome | null} outcome set from the moment it is certain
 * @property {Shredding | null} shredding  what a withdrawal demands of the audio, and where that stands
 */

/**
 * A consent event, for the host and the CRM.
 * @typedef {object} ConsentEvent
 * @property {"asked" | "answered" | "withdrawn" | "timed_out" | "joined" | "left"} kind
 * @property {number} party           0 agent, 1 customer, further ones joined later
 * @property {Answer | null} answer
 * @property {AnswerMethod | null} method
 * @property {string | null} words    what was said, by the name the agent chose
 * @property {number} actor           index of the party who pressed
 * @property {number} at_ms           milliseconds on the call's timeline
 * @property {number} at_unix_ms
 * @property {string} prompt_sha256   empty where none was played, or the party was asked elsewhere
 */

/**
 * The account of one call, complete when the call is closed. The same keys as in the demo's report.
 * @typedef {object} CallReport
 * @property {1} schema_version
 * @property {string} call_id
 * @property {Outcome} outcome
 * @property {48000} sample_rate_hz
 * @property {number | null} recording_origin_ms
 * @property {number} call_duration_ms
 * @property {number} recording_duration_ms
 * @property {ConsentEvent[]} consent_events
 * @property {{prompt_id: string, version: number, language: string, sha256: string, delivery: "audio" | "agent_read", start_sample: number, end_sample: number, fraction_delivered: number | null} | null} disclosure
 * @property {{from_sample: number, to_sample: number, trigger: string, class: string, actor: number | null, decided_at_ms: number, channels?: Channels, latency_ms?: number}[]} redaction_spans
 * @property {{from_sample: number, to_sample: number, reason: string}[]} gaps
 * @property {Exposure[]} exposures
 * @property {{name: string, size_bytes: number, sha256: string}[]} objects
 */

/**
 * A stretch that was encoded before it could be cut out, and what becomes of the keys of the segments that hold it.
 * @typedef {object} Exposure
 * @property {number} from_sample
 * @property {number} to_sample
 * @property {string} trigger
 * @property {string} class
 * @property {"destroy" | "withhold" | "list"} effect
 */

/**
 * Engine → page.
 * @typedef {{kind: "ready", protocol: number, version: string}
 *   | {kind: "state", snapshot: Snapshot}
 *   | {kind: "play_disclosure", call_id: string, url: string, sha256: string}
 *   | {kind: "stop_disclosure", call_id: string}
 *   | {kind: "decision", call_id: string, decision: Decision}
 *   | {kind: "beep", call_id: string, on: boolean}
 *   | {kind: "challenge", context_id: string, nonce: string}
 *   | {kind: "consent_event", call_id: string, event: ConsentEvent}
 *   | {kind: "call_closed", call_id: string, report: CallReport}
 *   | {kind: "call_papers", call_id: string, papers: {note: string, parties: {index: number, receipt_html: string, consent_record: string}[]}}
 *   | {kind: "call_stored", call_id: string}
 *   | {kind: "call_shredded", call_id: string, confirmation: string}
 *   | {kind: "exposures", call_id: string, exposures: Exposure[]}
 *   | {kind: "call_recovered", call_id: string, objects: number}
 *   | {kind: "call_resumed", call_id: string, outcome: "goes_on" | "begins_anew" | "refused"}
 *   | {kind: "storage", picture: StoragePicture}
 *   | {kind: "spool_full", used_bytes: number}
 *   | {kind: "store_access_wanted", store: string}
 *   | {kind: "recording_removed", call_id: string}
 *   | {kind: "grant_wanted", request_id: number, store: string, name: string, size_bytes: number, sha256: string}
 *   | {kind: "export_given", request_id: number, files: {name: string, content: Blob}[] | null}
 *   | {kind: "error", call_id: string | null, code: string, message: string, retryable: boolean, fatal: boolean}
 * } EngineMessage
 */
