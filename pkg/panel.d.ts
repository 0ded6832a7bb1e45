/**
 * Types of `callseal/panel`: importing it defines `<callseal-panel>`.
 *
 * Owns: the element's properties. Everything it shows comes from the engine's snapshots and the other recorders' reports.
 */
import type { Answer, AnswerDetails, Snapshot, StorageSnapshot } from "./index.js";
import type { RecorderReport } from "./recorders.js";

/** The part of the facade that the panel uses; a `Callseal` is one. */
export interface PanelSource {
  readonly calls: ReadonlyMap<string, Snapshot>;
  answer(callId: string, answer: Answer, event: Event, details?: AnswerDetails): void;
  answered(callId: string, event: Event): void;
  disclosureRead(callId: string, event: Event): void;
  replay(callId: string): void;
  pause(callId: string, event: Event): void;
  resume(callId: string, event: Event): void;
  /** What waits for the stores; without it no line is shown of that. */
  storage?(): StorageSnapshot | null;
  /** Tries again what a store refused. */
  retry?(): void;
  on(type: "storage", listener: (snapshot: StorageSnapshot) => void): () => void;
  on(type: "state", listener: (snapshot: Snapshot) => void): () => void;
  on(type: "error", listener: (error: { readonly code: string; readonly callId: string | null }) => void): () => void;
}

/** `<callseal-panel>`: the recording state of every call, and the agent's answers. */
export declare class CallsealPanel extends HTMLElement {
  /** The running engine's facade, or null while it starts. */
  callseal: PanelSource | null;
  /** The latest report of each other recorder: `reports` of what `attachRecorders` returned, set anew at each `report`. */
  recorders: readonly RecorderReport[];
}

declare global {
  interface HTMLElementTagNameMap {
    "callseal-panel": CallsealPanel;
  }
}
