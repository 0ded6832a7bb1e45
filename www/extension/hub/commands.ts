/**
 * Shortcuts of the browser: the same keys as in the embedded form, whichever tab has the focus.
 *
 * Owns which calls a shortcut means. The browser itself tells of them, to the background alone: no page can make one. Must
 * never guess: where several calls wait for an answer, none gets it.
 */
import type { Snapshot } from "callseal";
import type { PageMessage } from "../../../pkg/protocol.mjs";

/** Names in the manifest. */
export const COMMANDS = ["yes", "no", "withdraw", "pause"] as const;
export type Command = (typeof COMMANDS)[number];

/** @returns what the engine is told; `"ambiguous"` where it is not certain which call is meant */
export function commandMessages(command: Command, snapshots: readonly Snapshot[], ageMs: number): PageMessage[] | "ambiguous" {
  if (command === "pause") return pause(snapshots, ageMs);
  const open = snapshots.filter(({ allowed }) => allowed.includes(command));
  if (open.length > 1) return "ambiguous";
  return open.map(({ call_id }) => ({
    kind: "consent",
    call_id,
    party: null,
    answer: command,
    method: "agent_hotkey",
    words: null,
    trusted: true,
    event_age_ms: ageMs,
  }));
}

/** Pauses every call that is recorded, since that withholds; resumes the only one that is paused. */
function pause(snapshots: readonly Snapshot[], ageMs: number): PageMessage[] | "ambiguous" {
  const recorded = snapshots.filter(({ allowed }) => allowed.includes("pause"));
  if (recorded.length > 0) {
    const posted_at_ms = Date.now();
    return recorded.map(({ call_id }) => ({ kind: "pause", call_id, by: "agent_hotkey", class: null, trusted: true, event_age_ms: ageMs, posted_at_ms }));
  }
  const paused = snapshots.filter(({ allowed }) => allowed.includes("resume"));
  if (paused.length > 1) return "ambiguous";
  return paused.map(({ call_id }) => ({ kind: "resume", call_id, by: "agent_hotkey", trusted: true, event_age_ms: ageMs }));
}

export function isCommand(value: unknown): value is Command {
  return COMMANDS.some((command) => command === value);
}
