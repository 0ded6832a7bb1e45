/**
 * What the extension's button says in one word.
 *
 * Owns the words and colours. The most urgent call counts. Must never show a recording that is none.
 */
import type { Snapshot } from "callseal";
import type { EngineState } from "./wire";

/** What is shown on the button. */
export interface Badge {
  readonly text: string;
  readonly colour: string;
  readonly title: string;
}

const NONE: Badge = { text: "", colour: "#54625c", title: "Callseal" };

/** The most urgent comes first. Each has a text of its own, so that colour never carries the meaning alone. */
const ORDER: readonly [(snapshot: Snapshot) => boolean, Badge][] = [
  [({ phase }) => phase === "failed", { text: "!", colour: "#7a4a00", title: "Callseal: not recording, there is a problem" }],
  [({ phase }) => phase === "asking" || phase === "disclosing", { text: "?", colour: "#0b57d0", title: "Callseal: waiting for an answer" }],
  [({ recording, redacting, paused }) => recording && (redacting || paused), { text: "CUT", colour: "#7a4a00", title: "Callseal: leaving out what is said" }],
  [({ paused }) => paused, { text: "CUT", colour: "#7a4a00", title: "Callseal: leaving out what is said" }],
  [({ recording }) => recording, { text: "REC", colour: "#b3261e", title: "Callseal: recording" }],
  [({ phase }) => phase === "declined" || phase === "unanswered" || phase === "withdrawn", { text: "OFF", colour: "#54625c", title: "Callseal: not recording" }],
];

/** @param snapshots of all calls, ended ones included */
export function badgeOf(state: EngineState, snapshots: Iterable<Snapshot>): Badge {
  if (!state.running) return { text: "!", colour: "#7a4a00", title: "Callseal: not ready to record" };
  const open = [...snapshots].filter(({ phase }) => phase !== "closed");
  return ORDER.find(([fits]) => open.some(fits))?.[1] ?? NONE;
}
