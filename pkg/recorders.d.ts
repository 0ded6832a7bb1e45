/**
 * Types of `callseal/recorders`: pauses other recorders of the same call while Callseal cuts a stretch out.
 *
 * Owns: the public surface. What is confirmed of each vendor, and from which source, is in `docs/recorders.md`.
 */
import type { Snapshot } from "./index.js";

/** What a recorder does, in words of no vendor. `unknown`: it did not say. */
export type RecorderState = "paused" | "recording" | "stopped" | "unknown";

/** Ids under which a vendor knows the call, as `identify` gave them: names are those of the vendor's API. */
export type RecorderIds = Readonly<Record<string, string>>;

/** What an adapter is asked. */
export interface RecorderRequest {
  /** Callseal's id of the call. */
  readonly callId: string;
  readonly ids: RecorderIds;
  /** The same at every attempt for the same demand: whoever has carried it out need not do so again. */
  readonly idempotencyKey: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** What this adapter's last answer for this call gave as `reference`, or null. */
  readonly reference: string | null;
}

/** What an adapter found out. */
export interface RecorderAnswer {
  readonly state: RecorderState;
  /** Whatever the adapter wants to have back in its next request for the call, for example the recording's id. */
  readonly reference?: string | null;
}

/**
 * One other recorder. Each function says what the recorder itself says it does now, never what it was asked to do, and
 * rejects with a `CallsealError` of the area `recorder/` where there is no such answer.
 */
export interface RecorderControl {
  /** Shown to the agent; different for each recorder. */
  readonly name: string;
  pause(request: RecorderRequest, options: { signal: AbortSignal }): Promise<RecorderAnswer>;
  resume(request: RecorderRequest, options: { signal: AbortSignal }): Promise<RecorderAnswer>;
  /** Reads the state without changing it, where the vendor offers that. */
  state?(request: RecorderRequest, options: { signal: AbortSignal }): Promise<RecorderAnswer>;
}

/** How it stands with one recorder of one call. Holds no personal data. */
export interface RecorderReport {
  /** The recorder's name. */
  readonly recorder: string;
  readonly callId: string;
  /** What it should do. */
  readonly wanted: "paused" | "recording";
  /** `failed`: it did not confirm in time or said otherwise. It is tried on. */
  readonly state: "requested" | "confirmed" | "failed";
  /** Why, with `failed`; with `confirmed`, `recorder/held` or `recorder/stopped` where that is so. */
  readonly code: string | null;
  /** Milliseconds from the demand to this report; null with `requested`. */
  readonly latencyMs: number | null;
  /** What the confirmation rests on: the answer to the request, or the state read back afterwards. */
  readonly proof: "answer" | "read_back" | null;
  /** Whether a stretch of this call was, once, not confirmed as paused in time: it may be in the other recording. */
  readonly exposed: boolean;
  /** Whether Callseal's part of the call is over. */
  readonly ended: boolean;
}

export interface RecorderLimits {
  /** Milliseconds in which a demand must be confirmed, else it is reported as failed. Default 2000. */
  confirmWithinMs?: number;
  /** Milliseconds that one request may take before it is given up and made again. Default 900. */
  attemptMs?: number;
  /** Milliseconds between a failure and the next attempt; doubles up to 5000. Default 250. */
  retryMs?: number;
  /** Attempts for one demand. Default 40, which takes about three minutes. */
  attempts?: number;
  /** Milliseconds that a stretch must be over before resuming, on top of Callseal's own `graceMs`. Default 1000. */
  graceMs?: number;
  /** Milliseconds between two looks at a paused recorder whose state can be read; 0: never. Default 10000. */
  recheckMs?: number;
}

/** The part of the facade that is used here; a `Callseal` is one. */
export interface RecorderSource {
  readonly calls: ReadonlyMap<string, Snapshot>;
  on(type: "state", listener: (snapshot: Snapshot) => void): () => void;
}

export interface AttachOptions extends RecorderLimits {
  /** The vendor's ids of a call; null while there are none. Asked at every attempt, so that a transfer is followed. */
  identify: (callId: string, recorder: string) => RecorderIds | null | Promise<RecorderIds | null>;
  onReport?: (report: RecorderReport) => void;
}

/** What runs between Callseal and the other recorders. Dispatches `report`, a `CustomEvent<RecorderReport>`. */
export interface AttachedRecorders extends EventTarget {
  /** The latest report of each recorder of each call: what `<callseal-panel>` takes as `recorders`. */
  readonly reports: readonly RecorderReport[];
  /** Your own reason to pause the other recorders of a call; counts beside Callseal's. */
  hold(callId: string): void;
  /** Ends your own reason, and lets go of what is held because Callseal can no longer tell. */
  release(callId: string): void;
  /** Stops listening and lets everything go that is under way. What is paused stays paused. */
  stop(): void;
}

/** @throws {CallsealError} `recorder/config` */
export declare function attachRecorders(
  callseal: RecorderSource,
  recorders: readonly RecorderControl[],
  options: AttachOptions,
): AttachedRecorders;

/** A report for the panel's words, `recorders.lines` in its strings: which line, with what, and how urgent. */
export interface ReportDescription {
  id:
    | "pausing"
    | "paused"
    | "paused_by_answer"
    | "held"
    | "pause_failed"
    | "resuming"
    | "resumed"
    | "resume_failed"
    | "left_paused"
    | "stopped";
  urgent: boolean;
  parameters: { recorder: string; latency: number; code: string };
  exposed: boolean;
}

export declare function describeReport(report: RecorderReport): ReportDescription;

/** The body of SuspendContactRecording and ResumeContactRecording. */
export interface ContactRecordingRequest {
  InstanceId: string;
  ContactId: string;
  InitialContactId: string;
  ContactRecordingType?: "AGENT" | "IVR" | "SCREEN";
}

/** Calls the API, or an endpoint of yours that does; gives back what that gave: the SDK's output, or the `Response`. */
export type ContactRecordingCall = (
  request: ContactRecordingRequest,
  options: { signal: AbortSignal },
) => Promise<Response | object>;

export interface AmazonConnectOptions {
  suspend: ContactRecordingCall;
  resume: ContactRecordingCall;
  /** Default: what the flow records, call and screen. */
  contactRecordingType?: "AGENT" | "IVR" | "SCREEN";
  /** Default "Amazon Connect". */
  name?: string;
}

/** Needs the ids `InstanceId`, `ContactId`, `InitialContactId`. @throws {CallsealError} `recorder/config` */
export declare function amazonConnect(options: AmazonConnectOptions): RecorderControl;

/** How an adapter reaches an endpoint of yours. */
export interface EndpointOptions {
  /** Headers of every request, for example your session's token; asked each time. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
  /** As for `fetch`. Default `same-origin`. */
  credentials?: RequestCredentials;
}

export interface TwilioOptions extends EndpointOptions {
  /** Stands in for `https://api.twilio.com/2010-04-01/Accounts/{AccountSid}`, and adds what is secret. */
  endpoint: string;
  /** What the recording holds for the pause. Default `silence`: the time axis stays as it is. */
  pauseBehavior?: "silence" | "skip";
  /** Whether the recording is fetched after a change. Default true. */
  readBack?: boolean;
  /** Default "Twilio". */
  name?: string;
}

/** Needs the id `CallSid`, and `RecordingSid` where it is known. @throws {CallsealError} `recorder/config` */
export declare function twilio(options: TwilioOptions): RecorderControl;

export interface GenesysCloudOptions extends EndpointOptions {
  /** Stands in for `https://api.{region}`, and adds what is secret. */
  endpoint: string;
  /** Whether the user is somebody else than the agent in the conversation (permission `PauseOthers`). Default false. */
  others?: boolean;
  /** Default "Genesys Cloud". */
  name?: string;
}

/** Needs the id `conversationId`. @throws {CallsealError} `recorder/config` */
export declare function genesysCloud(options: GenesysCloudOptions): Required<RecorderControl>;

export interface RecorderWebhookOptions extends EndpointOptions {
  url: string;
  /** Whether your endpoint answers the action `state`. Default false. */
  readBack?: boolean;
  /** Default "Recorder". */
  name?: string;
}

/** Takes any ids and passes them on. @throws {CallsealError} `recorder/config` */
export declare function recorderWebhook(options: RecorderWebhookOptions): RecorderControl;

/** One thing to do, as the keeper says it. */
export type KeeperEffect =
  | {
      kind: "request";
      /** Of this request; its answer or failure is given back with it. */
      id: number;
      action: "pause" | "resume" | "state";
      /** The recorder's place in the list. */
      index: number;
      callId: string;
      demand: number;
      attempt: number;
      reference: string | null;
    }
  | { kind: "cancel"; id: number }
  | { kind: "report"; report: RecorderReport };

/** The state machine under `attachRecorders`, without clock, timers and requests of its own. */
export declare class RecorderKeeper {
  constructor(recorders: readonly { name: string; readsBack: boolean }[], limits?: RecorderLimits);
  /** Whether a source says that something is to be cut out now. */
  cut(callId: string, source: "callseal" | "host", cutting: boolean, nowMs: number): KeeperEffect[];
  /** Callseal can no longer tell: what is paused stays so until `release` or `end`. */
  blind(callId: string, nowMs: number): KeeperEffect[];
  release(callId: string, nowMs: number): KeeperEffect[];
  end(callId: string, nowMs: number): KeeperEffect[];
  answered(id: number, answer: RecorderAnswer, nowMs: number): KeeperEffect[];
  failed(id: number, code: string, nowMs: number): KeeperEffect[];
  /** Carries out what is due. */
  advance(nowMs: number): KeeperEffect[];
  /** When `advance` is due next, or null. */
  nextDueMs(): number | null;
}
