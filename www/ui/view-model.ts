/**
 * From a snapshot of the engine to what a card shows: tone, icon, words, buttons.
 *
 * Owns this mapping, as pure functions. Must never change or add to what the engine said.
 */
import { describeReport } from "callseal/recorders";
import type { Answer, RecorderReport, Snapshot } from "./source";
import { fill, lookUp, problemWords, strings } from "./strings";

/** How a state looks; each tone has its own icon, so that colour never carries the meaning alone. */
export type Tone = "idle" | "asking" | "recording" | "cut" | "stopped" | "failed" | "done";

/** What can be pressed on a card. */
export type Action = Answer | "answered" | "read" | "replay" | "pause" | "resume";

/** One of several parties of a call, with what can be passed on for it. */
export interface PartyView {
  readonly index: number;
  readonly name: string;
  readonly state: string;
  readonly actions: readonly Answer[];
}

/** How it stands with another recorder of the same call. */
export interface RecorderView {
  readonly text: string;
  /** Whether the agent has to know at once. */
  readonly urgent: boolean;
  /** A mark beside the words, so that a failure is seen before it is read. */
  readonly mark: "wait" | "good" | "bad";
}

/** What a card shows. */
export interface CardView {
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string;
  /** The announcement's words, while they matter. */
  readonly quote: string | null;
  readonly actions: readonly Action[];
  /** Each party by itself, as soon as there are several to tell apart. */
  readonly parties: readonly PartyView[];
  /** Whether it may be noted what the customer said. */
  readonly takesWords: boolean;
  /** What the agent should do otherwise, while the call goes on. */
  readonly warning: string | null;
  readonly problem: string | null;
  /** Of what is cut out at the moment: whether the recorder has confirmed it, and when or why the agent is reminded. */
  readonly cut: { readonly confirmed: boolean; readonly state: string; readonly reminderInMs: number | null; readonly alarm: string | null } | null;
  readonly storage: { readonly text: string; readonly stored: number; readonly total: number } | null;
  /** Which law counts, in a sentence, and why. */
  readonly law: { readonly summary: string; readonly why: readonly string[] } | null;
  readonly offline: boolean;
  readonly over: boolean;
}

/** Order in which buttons stand, whatever order the engine names them in. */
const ACTION_ORDER: readonly Action[] = ["answered", "read", "yes", "no", "resume", "pause", "withdraw", "replay"];

/** Answers, in the order of their buttons. */
const ANSWERS: readonly Answer[] = ["yes", "no", "withdraw"];

/** What a card shows of a snapshot. */
export function viewOf(snapshot: Snapshot): CardView {
  const over = snapshot.phase === "closed";
  const parties = over ? [] : partiesOf(snapshot);
  const allowed = over ? [] : ACTION_ORDER.filter((action) => snapshot.allowed.includes(action));
  const { title, detail } = wordsOf(snapshot);
  return {
    tone: toneOf(snapshot),
    title,
    detail,
    quote: quoteOf(snapshot),
    // Where several are asked, each has buttons of its own.
    actions: parties.length === 0 || snapshot.phase === "agent_side" ? allowed : allowed.filter((action) => !(ANSWERS as readonly Action[]).includes(action)),
    parties,
    takesWords: allowed.includes("yes"),
    warning: over ? null : warningOf(snapshot),
    problem: problemOf(snapshot),
    cut: cutOf(snapshot),
    storage: storageOf(snapshot),
    law: over ? null : snapshot.law,
    offline: !snapshot.store_reachable && unsent(snapshot),
    over,
  };
}

function wordsOf(snapshot: Snapshot): { title: string; detail: string } {
  if (snapshot.phase === "closed") {
    const outcome = snapshot.outcome ?? "failed";
    return withFate(snapshot, strings.outcomes[outcome === "recorded" && unsent(snapshot) ? "sending" : outcome]);
  }
  if (cutting(snapshot)) return cutWords(snapshot);
  if (snapshot.paused) return strings.phases.paused;
  if (snapshot.phase === "disclosing" && snapshot.allowed.includes("read")) return strings.phases.reading;
  if (snapshot.phase === "ringing" && snapshot.allowed.includes("answered")) return strings.phases.connected;
  if (snapshot.phase === "declined" && snapshot.outcome === "agent_side") return withFate(snapshot, strings.agentSideOver);
  const words = strings.phases[unannounced(snapshot) ? "unannounced" : snapshot.phase];
  return snapshot.yes_pending ? { ...words, detail: strings.yesPending } : withFate(snapshot, words);
}

/** Says at once from where on it is left out; "paused" only when the recorder has confirmed it. */
function cutWords({ redaction_class: name, cut }: Snapshot): { title: string; detail: string } {
  const byHand = cut !== null && name === "manual";
  const title = byHand ? (cut.confirmed ? strings.cut.paused : strings.cut.pausing) : fill(strings.phases.redacting.title, { class: lookUp(strings.classes, name ?? "custom", "custom") });
  if (cut === null) return { title, detail: strings.phases.redacting.detail };
  const from = fill(strings.cut.from, { time: clock(cut.since_ms) });
  const ends = cut.out_of_sight ? strings.cut.outOfSight : strings.cut.resumes[cut.resumes];
  return { title, detail: [from, strings.cut.sides[cut.channels], ends].filter(Boolean).join(" ") };
}

function cutOf(snapshot: Snapshot): CardView["cut"] {
  const { cut } = snapshot;
  if (cut === null || !cutting(snapshot)) return null;
  const alarm = cut.alarm === null ? null : [strings.cut.alarms[cut.alarm], strings.cut.ways[cut.resumes]].filter(Boolean).join(" ");
  const state = cut.confirmed ? strings.cut.states.confirmed : strings.cut.states.demanded;
  return { confirmed: cut.confirmed, state, reminderInMs: cut.alarm_in_ms, alarm };
}

/** Where what was recorded before is destroyed, after a withdrawal or because the law turned out to ask for more, the words say so. */
function withFate({ outcome, shredding }: Snapshot, words: { title: string; detail: string }): { title: string; detail: string } {
  if (shredding === null) return words;
  const fates = outcome === "agent_side" ? strings.unlawful : strings.shredding;
  return { ...words, detail: fates[shredding] };
}

function partiesOf(snapshot: Snapshot): PartyView[] {
  if (snapshot.parties.length < 2) return [];
  return snapshot.parties.map(({ index, role, consent, allowed }) => ({
    index,
    name: role === "customer" ? strings.parties.customer : fill(strings.parties.other, { number: index }),
    state: strings.parties.states[consent],
    actions: ANSWERS.filter((answer) => allowed.includes(answer)),
  }));
}

function toneOf(snapshot: Snapshot): Tone {
  if (snapshot.paused) return "cut";
  switch (snapshot.phase) {
    case "ringing":
      return "idle";
    case "disclosing":
      return unannounced(snapshot) ? "failed" : "asking";
    case "asking":
      return "asking";
    case "recording":
      return cutting(snapshot) ? "cut" : "recording";
    case "agent_side":
      return cutting(snapshot) ? "cut" : "recording";
    case "unanswered":
    case "declined":
    case "withdrawn":
      return "stopped";
    case "failed":
      return "failed";
    case "closing":
      return "done";
    case "closed":
      return snapshot.outcome === "recorded" ? "done" : snapshot.outcome === "failed" ? "failed" : "stopped";
  }
}

/** The announcement has failed and waits for the agent to have it played again. */
function unannounced({ phase, problem }: Snapshot): boolean {
  return phase === "disclosing" && problem !== null && /^(disclosure|announcer)\//u.test(problem);
}

function cutting(snapshot: Snapshot): boolean {
  return (snapshot.phase === "recording" || snapshot.phase === "agent_side") && snapshot.redacting;
}

function unsent(snapshot: Snapshot): boolean {
  return snapshot.objects_stored < snapshot.objects_total;
}

function quoteOf(snapshot: Snapshot): string | null {
  const asked = snapshot.phase === "disclosing" || snapshot.phase === "asking";
  return asked && snapshot.disclosure_text ? snapshot.disclosure_text : null;
}

function problemOf(snapshot: Snapshot): string | null {
  return snapshot.problem === null ? null : problemWords(snapshot.problem);
}

/** A value was typed where none should be. */
function warningOf({ warning }: Snapshot): string | null {
  return warning === null ? null : fill(strings.warnings.recognised, { class: lookUp(strings.classes, warning, "custom") });
}

function storageOf(snapshot: Snapshot): CardView["storage"] {
  const { objects_stored: stored, objects_total: total } = snapshot;
  if (total === 0) return null;
  return { text: fill(stored === total ? strings.storage.all : strings.storage.progress, { stored, total }), stored, total };
}

/** The line for what another recorder of the call was last heard to do. */
export function recorderView(report: RecorderReport): RecorderView {
  const { id, urgent, exposed, parameters } = describeReport(report);
  const { lines, reasons, exposed: words } = strings.recorders;
  const line = fill(lines[id], {
    recorder: parameters.recorder,
    seconds: (parameters.latency / 1000).toFixed(1),
    reason: lookUp(reasons, parameters.code, "unknown"),
  });
  const waiting = id === "pausing" || id === "resuming";
  const bad = urgent || exposed || id === "left_paused";
  return {
    // While it is not known to be paused, the line says so itself.
    text: exposed && id !== "pause_failed" ? `${line} ${words}` : line,
    urgent,
    mark: bad ? "bad" : waiting ? "wait" : "good",
  };
}

/** Minutes and seconds. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
