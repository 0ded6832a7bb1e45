/**
 * What the extension's parts say to each other, and the check of each message.
 *
 * Owns the shapes, and which realm may say what. A message is rebuilt from what was checked, so that nothing else passes.
 * Must never let a page's realm say what permits something: it reports what its calls do, and that is all.
 */
import type { Answer, Snapshot, StorageSnapshot } from "callseal";
import type { EngineMessage, PageMessage } from "../../../pkg/protocol.mjs";
import { isTime, isToken, isUuid, type Unread, unread } from "./check";

/** Raised when a message changes incompatibly: parts of two versions live side by side while the extension is updated. */
export const WIRE_VERSION = 1;

/** Names of the extension's own connections. */
export const LINES = { document: "callseal-document", page: "callseal-page", panel: "callseal-panel" } as const;

/** What a page says of its calls. `audio_port` and the prompt's sound are not among it: the extension has those itself. */
export type PageReport = Extract<
  PageMessage,
  { kind: "call_open" | "call_answered" | "disclosure_started" | "disclosure_ended" | "disclosure_failed" | "party_joined" | "party_left" | "media_alarm" | "hang_up" }
>;

/** What the engine has a page do. */
export type PageOrder = Extract<EngineMessage, { kind: "play_disclosure" | "stop_disclosure" | "beep" }>;

/** How calls are found in a page. */
export interface FindSettings {
  readonly automatic: boolean;
  readonly furtherTracks: "party" | "same-party";
}

/** Isolated world → main world of the same document. */
export type ToMain = { kind: "worklet"; url: string } | { kind: "port_wanted" } | { kind: "gone" };

/** Main world → isolated world. `port` comes with the port. */
export type FromMain = { kind: "frame_wanted" } | { kind: "port" };

/** Extension's frame → main world, on the handed-over port. */
export type ToPage =
  | { kind: "ready"; known: boolean; find: FindSettings }
  | { kind: "order"; order: PageOrder; prompt: ArrayBuffer | null }
  | { kind: "abandon" }
  | { kind: "ping" };

/** Main world → extension's frame. Everything else it says is ignored. */
export type FromPage = { kind: "report"; report: PageReport } | { kind: "audio_port"; call_id: string; port: MessagePort } | { kind: "pong" };

/** Extension's frame → hub. */
export type FrameToHub =
  | { kind: "hello"; wire: number; nonce: string; audio: string }
  | { kind: "report"; report: PageReport }
  | { kind: "silent" }
  | { kind: "block"; block: Block };

/** Hub → extension's frame. */
export type HubToFrame =
  | { kind: "welcome"; known: boolean; find: FindSettings }
  | { kind: "order"; order: PageOrder }
  | { kind: "abandon" };

/** One block of audio of a call, as protocol.mjs has it. */
export interface Block {
  readonly call_id: string;
  readonly frame: number;
  readonly wall_ms: number;
  readonly left: Float32Array<ArrayBuffer>;
  readonly right: Float32Array<ArrayBuffer>;
}

/** Isolated world → hub. */
export type DocumentToHub =
  | { kind: "hello"; wire: number }
  | { kind: "sensor"; message: unknown }
  | { kind: "nonce_wanted"; purpose: "page" | "panel" }
  | { kind: "incident"; code: string };

/** Hub → isolated world. `frame` is false when the page's frame has gone without the document. */
export type HubToDocument =
  | { kind: "settings"; settings: unknown }
  | { kind: "announce" }
  | { kind: "challenge"; context_id: string; nonce: string }
  | { kind: "nonce"; purpose: "page" | "panel"; nonce: string }
  | { kind: "frame_lost" }
  | { kind: "calls"; count: number; floating: boolean };

/** What the agent does on a panel of the extension. Ages are of the real event behind it. */
export type PanelAction =
  | { kind: "answer"; call_id: string; answer: Answer; party: number | null; words: string | null; event_age_ms: number }
  | { kind: "answered" | "read" | "pause" | "resume"; call_id: string; event_age_ms: number }
  | { kind: "replay"; call_id: string }
  | { kind: "retry" };

/** Panel → hub. The nonce is for panels that lie in a page. */
export type PanelToHub = { kind: "hello"; wire: number; nonce: string | null } | PanelAction;

/** Hub → panel. */
export type HubToPanel =
  | { kind: "engine"; state: EngineState }
  | { kind: "state"; snapshot: Snapshot }
  | { kind: "storage"; storage: StorageSnapshot }
  | { kind: "error"; code: string; call_id: string | null };

/** Whether the engine can record. `code` says why not. */
export type EngineState = { running: true } | { running: false; code: string };

/** Most samples of a channel in a block. */
const BLOCK_SAMPLES = 960;

/** What a page may say of a call. @returns null for everything else */
export function pageReport(value: unknown): PageReport | null {
  const { kind, call_id, answered_age_ms, frame, reason, key, event_age_ms: age, code } = unread(value);
  if (!isUuid(call_id)) return null;
  const event_age_ms = isTime(age) ? age : 0;
  switch (kind) {
    case "call_open":
      return { kind, call_id };
    case "call_answered":
      // Whoever says so in the page's realm: it is what its media say, and no click.
      return isTime(answered_age_ms) ? { kind, call_id, answered_age_ms, by: "media", trusted: false } : null;
    case "disclosure_started":
    case "disclosure_ended":
      return isTime(frame) ? { kind, call_id, frame } : null;
    case "disclosure_failed":
      return isToken(reason) ? { kind, call_id, reason } : null;
    case "party_joined":
    case "party_left":
      return isToken(key) ? { kind, call_id, key, event_age_ms } : null;
    case "media_alarm":
      return isToken(code) ? { kind, call_id, code } : null;
    case "hang_up":
      return { kind, call_id, event_age_ms };
    default:
      return null;
  }
}

/** What the agent may do on a panel. @returns null for everything else */
export function panelAction(value: unknown): PanelAction | null {
  const { kind, call_id, answer, party, words, event_age_ms } = unread(value);
  if (kind === "retry") return { kind };
  if (!isUuid(call_id)) return null;
  if (kind === "replay") return { kind, call_id };
  if (!isTime(event_age_ms)) return null;
  switch (kind) {
    case "answered":
    case "read":
    case "pause":
    case "resume":
      return { kind, call_id, event_age_ms };
    case "answer": {
      if (answer !== "yes" && answer !== "no" && answer !== "withdraw") return null;
      const isParty = party === null || (Number.isInteger(party) && Number(party) >= 0 && Number(party) < 256);
      const isWords = words === null || (typeof words === "string" && /^[a-z_]{1,40}$/u.test(words));
      if (!isParty || !isWords) return null;
      return { kind, call_id, answer, party: party as number | null, words: words as string | null, event_age_ms };
    }
    default:
      return null;
  }
}

/** A block of audio. @returns null for what is none */
export function audioBlock(value: unknown): Block | null {
  const { call_id, frame, wall_ms, left, right } = unread(value);
  if (!isUuid(call_id) || !isTime(frame) || !isTime(wall_ms) || !isChannel(left) || !isChannel(right)) return null;
  return { call_id, frame, wall_ms, left, right };
}

function isChannel(value: unknown): value is Float32Array<ArrayBuffer> {
  return value instanceof Float32Array && value.length === BLOCK_SAMPLES;
}

/** The first words on a line. @returns the nonce and, for a page's frame, the name of its audio channel */
export function hello(value: unknown): { nonce: string | null; audio: string | null } | null {
  const { kind, wire, nonce, audio }: Unread = unread(value);
  if (kind !== "hello" || wire !== WIRE_VERSION) return null;
  return { nonce: isToken(nonce) ? nonce : null, audio: isToken(audio) ? audio : null };
}
