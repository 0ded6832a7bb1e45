/**
 * Types of the package's main entry point.
 *
 * Owns: the public surface. The engine's messages are in `protocol.mjs`; what the host sees of them is here.
 */
import type {
  Answer,
  AnsweredBy,
  CallReport,
  Channels,
  ConsentEvent,
  Decision,
  Media,
  Mode,
  Snapshot,
} from "./protocol.mjs";
import type { SpoolOptions, StorageSnapshot, StoreAccess, WhereTo } from "./storage.js";
import type { Webhook } from "./webhook.js";

export type * from "./storage.js";
export type * from "./webhook.js";
export type {
  AgentMethod,
  Answer,
  AnsweredBy,
  AnswerMethod,
  CallReport,
  Channels,
  ConsentEvent,
  CutPicture,
  Decision,
  Media,
  Mode,
  Outcome,
  PartyPicture,
  Phase,
  RecordingPicture,
  Rule,
  Snapshot,
  StoragePicture,
} from "./protocol.mjs";

/** A recipient's public key, RFC 7517. Private members are refused. */
export type EllipticKey = { kty: "EC"; crv: "P-256"; x: string; y: string; kid?: string };

/** A recipient's public key as a JWK, of one of the kinds of docs/keys.md. */
export type RecipientKey =
  | EllipticKey
  | { kty: "OKP"; crv: "X25519"; x: string; kid?: string }
  | { kty: "RSA"; n: string; e: string; kid?: string }
  | { kty: "AKP"; alg: "callseal:HPKE-MLKEM768-X25519-SHA256-A256GCM"; pub: string; kid?: string };

/** A prompt that is played into the call and shown to the agent. */
export interface AudioDisclosure {
  promptId: string;
  version: number;
  language: string;
  text: string;
  /** `question` (default), or `notice` for where staying on the line is consent. */
  kind?: "question" | "notice";
  /** Whether the words ask for a key of the telephone: 1 for yes, 2 for no. Default false. */
  keypad?: boolean;
  delivery?: "audio";
  url: string;
  /** SHA-256 of the audio file, lower-case hexadecimal; a file with another hash is not played. */
  sha256: string;
}

/** Words that the agent reads out, and says so with a click. */
export interface ReadDisclosure {
  promptId: string;
  version: number;
  language: string;
  text: string;
  kind?: "question" | "notice";
  delivery: "agent_read";
}

/** What the parties are told. */
export type Disclosure = AudioDisclosure | ReadDisclosure;

/** What the company decides about the law's answers: it may be stricter than the law, never more lenient. */
export interface LawPolicy {
  /** `conservative` (default): the stricter reading where practice or courts differ. `plain`: the bare statute. */
  reading?: "conservative" | "plain";
  /** The least strict mode wanted, whatever the law allows. Default `notice_and_stay`. */
  leastMode?: Mode;
  /** The regulation that demands the recording of these calls. A no still ends the recording. */
  mandate?: "mifid_ii" | "fca_sysc10a" | null;
  /** A tone every 15 s while the recording runs, whatever the law asks. */
  beep?: boolean;
}

/** Which law counts. Where nothing is known of a party's place, the strictest law of all counts. */
export interface LawOptions {
  /** Where the agent works: ISO 3166-1 or 3166-2, for example `US-TX` or `DE`. */
  agentPlace?: string | null;
  /** Where the company is that records, if its law is to count. */
  companyPlace?: string | null;
  /** How calls travel unless `tell` says otherwise. Default `phone`. */
  media?: Media;
  policy?: LawPolicy;
  /** A law table of your own instead of the one that is built in; see `docs/jurisdiction.md`. */
  table?: unknown;
}

/** What the host knows of a call. Numbers and addresses are reduced to codes of places and not kept. */
export interface CallFacts {
  media?: Media;
  parties?: {
    /** 0 agent, 1 customer, further ones in the order they joined. */
    index: number;
    /** Telephone number in international form. */
    number?: string;
    /** ISO 3166-1 or 3166-2 code of the address on record. */
    crmAddress?: string;
    /** The same, of where the party says it is. */
    declared?: string;
    /** BCP 47; the customer's decides which disclosure is played. */
    language?: string;
    /** Goes into the sealed record (the vCon) only, as the number does. */
    name?: string;
  }[];
}

/** What a field can hold that must not be recorded. */
export type FieldClass =
  | "card_number"
  | "card_cvv"
  | "card_expiry"
  | "card_holder"
  | "card"
  | "bank_account"
  | "iban"
  | "bank_routing"
  | "social_security_number"
  | "national_id"
  | "tax_id"
  | "passport"
  | "driving_licence"
  | "password"
  | "one_time_code"
  | "pin"
  | "security_answer"
  | "date_of_birth"
  | "health"
  | "health_number"
  | "custom";

/** The same in camel case, as the policy names them. */
export type FieldPolicyClass =
  | "cardNumber"
  | "cardCvv"
  | "cardExpiry"
  | "cardHolder"
  | "card"
  | "bankAccount"
  | "iban"
  | "bankRouting"
  | "socialSecurityNumber"
  | "nationalId"
  | "taxId"
  | "passport"
  | "drivingLicence"
  | "password"
  | "oneTimeCode"
  | "pin"
  | "securityAnswer"
  | "dateOfBirth"
  | "health"
  | "healthNumber"
  | "custom";

/** What counts as sensitive (docs/detection.md). */
export interface DetectionOptions {
  /**
   * `hard`: cut out with look-back and grace. `soft`: cut out while in use and the grace behind it, without look-back.
   * `ignore`: not cut out; refused for `cardNumber`, `cardCvv`, `pin` and `password`. Only what differs from the default.
   */
  fieldPolicy?: Partial<Record<FieldPolicyClass, "hard" | "soft" | "ignore">>;
  /** Fields that the page's own words do not give away; the first selector that matches counts. At most 64. */
  selectors?: { selector: string; class: FieldClass }[];
  /**
   * Addresses on which everything is cut out: `*` is any text without a slash, `**` any text. With a leading slash path
   * and fragment are compared, else the whole address; never the query. At most 64.
   */
  urls?: string[];
  /** Hosts of payment frames, with what is below them, beside the built-in list. At most 64. */
  paymentHosts?: string[];
  /** Whether card numbers and the like are looked for in what is typed. Default true. */
  detectValues?: boolean;
}

/** Who is responsible for the recording. Without it no vCon is made. */
export interface ControllerOptions {
  name: string;
  /** Where to write or call, also to withdraw. */
  contact: string;
  /** An HTTPS address. */
  privacyNoticeUrl: string;
  address?: string | null;
  /** Names of what it records for, for example `quality`. */
  purposes?: string[];
  retentionDays?: number | null;
  /** Language of the notes for the CRM. Default `en`. */
  noteLanguage?: string;
  /** Distance to UTC of the times in notes and receipts, minutes. Default: the page's. */
  utcOffsetMinutes?: number;
}

/** How consent is asked for. */
export interface ConsentOptions {
  /**
   * Whose word it is that the far end has answered: a prompt into ringback is no disclosure. `media` (default): audio
   * both ways behind the SDP answer. `host`: your signalling, by `answered()`. `agent`: a button of the panel.
   */
  answeredBy?: AnsweredBy;
  /** Milliseconds to wait for an answer before asking again. Default 20000. */
  answerWithinMs?: number;
  /** How often the question is asked before the call goes on unrecorded. Default 2. */
  asks?: number;
  /** Milliseconds after the notice in which a party may leave, in `notice_and_stay`. Default 5000. */
  stayMs?: number;
  /**
   * Milliseconds before a yes from which the spoken answer is kept where else nothing before the yes is, never from
   * before the end of the question; at most 10000. Default 0: nothing is kept.
   */
  keepAnswerMs?: number;
  /** Whether the ledger (and vCon) of a call that nobody agreed to is stored: no audio, evidence of the refusal. Default false. */
  keepRefusals?: boolean;
  /** What becomes of the recording when consent is withdrawn. Default: it is kept. */
  withdrawal?: WithdrawalPolicy;
  /**
   * What is recorded after a no. `agent_side`: what the agent says, where every place that counts is known and lets one
   * participant decide; the customer's side is silence, and the agent's too while the customer is heard. Default: nothing.
   */
  afterRefusal?: "nothing" | "agent_side";
}

/** Kept; destroyed at once; or destroyed so many days later (1 to 3660). */
export type WithdrawalPolicy =
  | { effect: "stop_and_keep" }
  | { effect: "stop_and_shred" }
  | { effect: "stop_and_keep_until"; keepDays: number };

/** What is known of an answer beyond the answer. */
export interface AnswerDetails {
  /** Index of the party; without it whoever is being asked, if that is one. */
  party?: number | null;
  /** What was said, as a name of at most 40 lower-case letters and `_`: it goes into the evidence. */
  words?: string | null;
}

/** What triggers a cut (docs/redaction.md); the keys of choices for single triggers. */
export type TriggerKey =
  | "fieldFocus"
  | "fieldAttribute"
  | "fieldFilled"
  | "valueSeen"
  | "paymentFrame"
  | "page"
  | "manual"
  | "hostApi";

/**
 * What is cut out around each trigger, and when the agent is reminded of a pause (docs/redaction.md). None of it touches
 * what the engine cuts out of its own: keyed digits, audio that no sensor vouched for, who has not agreed.
 */
export interface RedactionOptions {
  /**
   * Milliseconds before the trigger. Default: `lookBackMs`; for `valueSeen` up to 8000, as far as the hold-back goes. Each is
   * at most `holdBackMs` - 2000, and the greatest is what a clearance has to cover before audio may leave.
   */
  lookBackMs?: Partial<Record<TriggerKey, number>>;
  /** Milliseconds behind the end, 200 to 10000. Default: `graceMs`. */
  graceMs?: number;
  /** The shortest cut, milliseconds, to 60000. Default 1000. */
  minimumSpanMs?: number;
  /**
   * Cuts with less than this between them are one, milliseconds; at most what the hold-back leaves. Default 1000, less where
   * there is no room for it.
   */
  mergeWithinMs?: number;
  /** Which channels are cut out. Default `both`. */
  channels?: Channels;
  /** The same for single triggers. */
  channelsFor?: Partial<Record<TriggerKey, Channels>>;
  /** After how many milliseconds of a pause the agent is reminded, 5000 to 3600000. Default 120000. It never resumes by itself. */
  maxPauseMs?: number;
  /** The same where both sides talk meanwhile. Default 60000. */
  forgottenPauseMs?: number;
}

/** What is known of a pause. */
export interface PauseDetails {
  /** What is protected, as a name of at most 40 lower-case letters and `_`: it goes into the evidence. Default `manual`. */
  class?: string | null;
}

/** One key with the modifiers that must be held, all of them and no others. */
export interface Hotkey {
  /** `KeyboardEvent.code`, for example `"KeyY"`. */
  code: string;
  alt?: boolean;
  shift?: boolean;
  control?: boolean;
  meta?: boolean;
}

/** Defaults: Alt+Shift+Y, Alt+Shift+N, Alt+Shift+W, and Alt+Shift+P to pause and to resume. `null` switches a key off. */
export interface Hotkeys {
  yes?: Hotkey | null;
  no?: Hotkey | null;
  withdraw?: Hotkey | null;
  pause?: Hotkey | null;
}

export interface TapOptions {
  /** Find calls among the page's connections (default true). With false only attached connections are calls. */
  automatic?: boolean;
  /** Return true for a connection that is not a call of the agent. It is asked once per connection. */
  ignore?: (connection: RTCPeerConnection) => boolean;
  /**
   * Whether a further received track, beside the first, is a party of its own that has to agree (default), or the
   * same party: some gateways send early media or music in a track of its own.
   */
  furtherTracks?: "party" | "same-party";
}

/** An endpoint that countersigns the head of a ledger. */
export interface Countersigner {
  url: string;
  token: string;
}

/** What becomes of the keys of segments that hold what should not have been recorded (docs/redaction.md). */
export type ExposureEffect = "destroy" | "withhold" | "list";

/** Everything the host chooses: where recordings go is `store`, or `stores` where those are several. */
export type CallsealConfig = CallsealSettings & WhereTo;

export interface CallsealSettings {
  recipients: RecipientKey[];
  /** RFC 7638 thumbprints of exactly these keys; the engine then refuses any other (docs/keys.md). */
  pinnedRecipients?: string[];
  spool?: SpoolOptions;
  /** Who countersigns the ledger's heads (docs/serve.md); without it nobody does. */
  countersign?: Countersigner;
  /** What is asked; a question. */
  disclosure: Disclosure;
  /** In other languages, and notices for where staying on the line is consent. The first that fits is played. */
  furtherDisclosures?: Disclosure[];
  consent?: ConsentOptions;
  /** Public keys (P-256) of your back end, whose signed statements of consent count. */
  hostKeys?: EllipticKey[];
  law?: LawOptions;
  detection?: DetectionOptions;
  controller?: ControllerOptions;
  /** Milliseconds audio is held before it may be encoded. Default 10000. */
  holdBackMs?: number;
  /** Milliseconds before the focus of a sensitive field that are cut out too. Default 5000. */
  lookBackMs?: number;
  /** Milliseconds after the field was left that are cut out too. Default 1000. */
  graceMs?: number;
  /** What is cut out around each trigger. */
  redaction?: RedactionOptions;
  /** Milliseconds of audio in one sealed object. Default 20000. */
  segmentMs?: number;
  /**
   * What becomes of the keys of segments that hold what was found too late to be cut out. `destroy` (the default): nobody
   * opens these segments any more. `withhold`: the store puts the keys aside, where no reader gets them. `list`: the
   * stretch is only named.
   */
  exposure?: ExposureEffect;
  /** Where events are sent, beside the callbacks. */
  webhook?: Webhook;

  /** Where the engine's worker script is served from. Default: beside this module. */
  workerUrl?: string | URL;
  /** Where the capture worklet is served from. Default: beside this module. */
  workletUrl?: string | URL;
  /** Where the engine's Wasm module is served from. Default: beside the worker. */
  wasmUrl?: string | URL;
  /** Milliseconds the engine may take to become ready. Default 15000. */
  readyTimeoutMs?: number;
  tap?: TapOptions;
  /** `false` switches all hotkeys off. */
  hotkeys?: Hotkeys | false;
}

/** Streams of a call whose connection the host does not expose. */
export interface AttachedStreams {
  /** What the agent sends. */
  sent: MediaStream;
  /** What the agent hears. */
  received: MediaStream;
  /**
   * Sends another track instead of the agent's, so that the prompt can be played; called again with the agent's
   * own track afterwards. Without it no disclosure can be played and the call is not recorded.
   */
  replaceSent?: (track: MediaStreamTrack) => Promise<void>;
}

export interface CallsealEvents {
  /**
   * A call begins to ring. What `tell` says while this is heard is known before the call counts as answered, so that the
   * first disclosure is the right one, in the right language; said later, the strictest one may have been played already.
   */
  opened: { callId: string };
  /** A call changed; also its first appearance. */
  state: Snapshot;
  consent: { callId: string; event: ConsentEvent };
  /** Which law counts for a call; again whenever that changes. */
  decision: { callId: string; decision: Decision };
  closed: { callId: string; report: CallReport };
  /**
   * For your own records, once a call is closed: a note for the CRM that names nobody, and for each party that was asked a
   * receipt (a page of HTML) and the consent record (JSON-LD, ISO/IEC TS 27560). Only where the configuration names a
   * controller.
   */
  papers: { callId: string; note: string; parties: { index: number; receiptHtml: string; consentRecord: string }[] };
  /** Every object of the call is acknowledged by the store. */
  stored: { callId: string };
  /**
   * The store has destroyed the call's audio and keys because consent was withdrawn; `confirmation` is its signed word, a
   * compact JWS (`docs/format.md` §8).
   */
  shredded: { callId: string; confirmation: string };
  /** A call of an earlier, crashed page was found and is being sent; `stored` follows. */
  /**
   * Something sensitive was found when its audio had been encoded already: the stretches on the call's timeline, at
   * 48 kHz, and what becomes of the keys of the segments that hold them. A supervisor should look at it.
   */
  exposure: {
    callId: string;
    exposures: { fromSample: number; toSample: number; trigger: string; class: string; effect: ExposureEffect }[];
  };
  recovered: { callId: string; objects: number };
  /** What waits for the stores has changed; while something waits, every five seconds. */
  storage: StorageSnapshot;
  /**
   * There is no more room for recordings: running ones end here, whole, and calls go on unrecorded. What is here goes on to
   * the stores; calls are recorded again when there is room.
   */
  spoolFull: { usedBytes: number };
  /** `spool/memory`: what waits is lost with the page. `spool/not-persistent`: the browser may clear it. Told once. */
  storageWarning: { code: string; message: string };
  /** A store accepts the page's sign-in no more: call `renewAccess`, or configure `onAccessDenied`. */
  accessDenied: { store: string };
  /** A recording was removed from this browser, as you said. */
  removed: { callId: string };
  error: CallsealError;
}

export declare class CallsealError extends Error {
  constructor(
    code: string,
    message: string,
    details?: { retryable?: boolean; callId?: string | null; cause?: unknown },
  );
  /** Stable, `area/what`. */
  readonly code: string;
  /** Whether the same operation may succeed later. */
  readonly retryable: boolean;
  readonly callId: string | null;
}

export declare class Callseal {
  private constructor();

  /**
   * Starts the engine and begins to watch the page's calls. One per page.
   * @throws {CallsealError} (rejects) `browser/unsupported`, `config/invalid`, `recipient/invalid`,
   *   `config/already-started`, `engine/load-failed`, `engine/timeout`, `engine/protocol-mismatch`, or a code of the engine
   */
  static start(config: CallsealConfig): Promise<Callseal>;

  /** The calls of this page: those running, and the last ones that ended. */
  readonly calls: ReadonlyMap<string, Snapshot>;

  /**
   * Makes a connection (part of) a call whatever its directions are. Connections attached with the same id are one
   * call. Returns the call's id.
   * @throws {CallsealError} `call/unknown` (not an id that `attach` or `attachStreams` returned), `call/assigned`
   *   (the connection is part of another call already), `call/ended`, `engine/failed`
   */
  attach(connection: RTCPeerConnection, options?: { callId?: string }): string;

  /**
   * Makes a call of two streams. It counts as answered now, and ends when `hangUp` is called or every received
   * track has ended. Returns the call's id.
   * @throws {CallsealError} `call/no-audio`, `engine/failed`
   */
  attachStreams(streams: AttachedStreams): string;

  /** Ends the recording of a call; its connections are ignored from then on. The call itself is not touched. */
  hangUp(callId: string): void;

  /**
   * Passes the agent's answer on. `event` is the click or key press; it must come from the user and counts once.
   * @throws {CallsealError} `answer/untrusted`, `call/unknown`, `engine/failed`
   */
  answer(callId: string, answer: Answer, event: Event, details?: AnswerDetails): void;

  /**
   * The far end has answered, where `consent.answeredBy` is `host` (without an event) or `agent` (with the agent's own
   * click or key press).
   * @throws {CallsealError} `answer/untrusted`, `call/unknown`, `engine/failed`
   */
  answered(callId: string, event?: Event): void;

  /**
   * The agent has read the words out, where the disclosure's delivery is `agent_read`.
   * @throws {CallsealError} `answer/untrusted`, `call/unknown`, `engine/failed`
   */
  disclosureRead(callId: string, event: Event): void;

  /**
   * An answer that was given elsewhere (an IVR, a web form), as a statement that your back end has signed for this call
   * (docs/consent.md). A yes needs no disclosure then. What is wrong with it is told by the event `error`:
   * `assertion/invalid`, `party/unknown`.
   * @throws {CallsealError} `call/unknown`, `engine/failed`
   */
  assertConsent(callId: string, statement: string): void;

  /**
   * What the host knows of a call's parties: where they are, what they speak. Best told before the call is answered; what
   * comes later may make a running recording stricter, never more lenient. A hint that cannot be read counts as an
   * unknown place and is reported as `hint/number-invalid` or `hint/place-invalid`.
   * @throws {CallsealError} `call/unknown`, `engine/failed`
   */
  tell(callId: string, facts: CallFacts): void;

  /**
   * Somebody joins the call by other means than a track of their own: a transfer, a conference mixed by a server. What
   * is said is cut out until they have been told and have agreed. `key` is yours, for `partyLeft`.
   * @throws {CallsealError} `call/unknown`, `engine/failed`
   */
  partyJoined(callId: string, key: string): void;

  /** Somebody whose joining was told has left. */
  partyLeft(callId: string, key: string): void;

  /**
   * Pauses the recording: what is said is cut out, from a look-back before now (`redaction.lookBackMs`). With `event`, the
   * agent's click or key press, it is the agent's pause, without one the host's. A pause only withholds: it is believed
   * whoever it comes from.
   * @throws {CallsealError} `call/unknown`, `engine/failed`
   */
  pause(callId: string, event?: Event, details?: PauseDetails): void;

  /**
   * Resumes it. With `event`, which must come from the user and counts once, it ends the agent's pause and the host's;
   * without one, only what the host paused, and not that either where the page was out of sight meanwhile. What may not be
   * ended is told by the event `error`: `state/wrong`.
   * @throws {CallsealError} `answer/untrusted`, `call/unknown`, `engine/failed`
   */
  resume(callId: string, event?: Event): void;

  /** Asks for the disclosure to be played again. */
  replay(callId: string): void;

  /** What waits for the stores, and why; null before the engine has said it. */
  storage(): StorageSnapshot | null;

  /**
   * Tries again what a store refused for good: of one call, or of all.
   * @throws {CallsealError} `engine/failed`
   */
  retry(callId?: string): void;

  /**
   * A store is reached with this from now on.
   * @throws {CallsealError} `engine/failed`
   */
  renewAccess(store: string, access: StoreAccess): void;

  /**
   * What this browser has of a call, sealed as it is, as one ZIP file: `callseal verify` reads it unpacked.
   * @throws {CallsealError} (rejects) `call/unknown` if nothing is here, `engine/failed`
   */
  exportRecording(callId: string): Promise<Blob>;

  /**
   * Removes a recording from this browser, for good: one that is kept here, or of which a store has refused something.
   * `confirm` is the call's id once more.
   * @throws {CallsealError} (rejects) `storage/unconfirmed`, `storage/still-sending`, `call/unknown`, `engine/failed`
   */
  removeRecording(callId: string, options: { confirm: string }): Promise<void>;

  /** Calls `listener` for each event; returns a function that ends that. */
  on<Type extends keyof CallsealEvents>(type: Type, listener: (event: CallsealEvents[Type]) => void): () => void;

  /** Ends all recordings, waits until they are closed (10 s at most), and ends the engine. Calls go on. */
  stop(): Promise<void>;
}
