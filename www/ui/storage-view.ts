/**
 * From what waits for the stores to the one line that the panel shows of it.
 *
 * Owns this mapping, as a pure function. Must never soften what the engine said, nor alarm about what heals by itself.
 */
import type { StorageSnapshot } from "./source";
import { fill, strings } from "./strings";
import { clock } from "./view-model";

/** How it stands; each has words and a mark of its own, so that colour never carries the meaning alone. */
export type StorageState = "empty" | "kept" | "sending" | "offline" | "denied" | "dead" | "full" | "memory";

/** What is shown. */
export interface StorageView {
  readonly state: StorageState;
  /** Spoken when it changes. */
  readonly title: string;
  readonly detail: string;
  /** Change all the time and are not spoken. */
  readonly figures: string;
  readonly mark: "wait" | "good" | "bad";
  /** Whether something can be tried again by a click. */
  readonly retry: boolean;
}

const MARKS: Record<StorageState, StorageView["mark"]> = {
  empty: "good",
  kept: "good",
  sending: "wait",
  offline: "wait",
  denied: "bad",
  dead: "bad",
  full: "bad",
  memory: "wait",
};

/** What the line says; the worst comes first. */
export function storageView(snapshot: StorageSnapshot): StorageView {
  const state = stateOf(snapshot);
  const failing = snapshot.stores.find(({ state: one }) => one === "failing" || one === "access_denied");
  const error = snapshot.recordings.flatMap(({ dead_letters: letters }) => letters)[0] ?? failing?.error ?? null;
  const values = {
    store: failing?.name ?? snapshot.stores.map(({ name }) => name).join(", "),
    recordings: snapshot.recordings.length,
    dead: snapshot.dead,
    error: error?.message ?? "",
    code: error?.code ?? "",
  };
  const { title, detail } = strings.stores[state];
  return {
    state,
    title: fill(title, values),
    detail: fill(detail, values),
    figures: figuresOf(snapshot),
    mark: MARKS[state],
    retry: state === "dead",
  };
}

function stateOf({ stores, recordings, spool, waiting, dead }: StorageSnapshot): StorageState {
  if (spool.full) return "full";
  if (dead > 0) return "dead";
  if (waiting > 0 && stores.some(({ state }) => state === "access_denied")) return "denied";
  if (waiting > 0 && spool.place === "memory") return "memory";
  if (waiting > 0 && stores.some(({ state }) => state === "failing")) return "offline";
  if (waiting > 0) return "sending";
  return recordings.some(({ kept }) => kept) ? "kept" : "empty";
}

function figuresOf({ waiting, waiting_bytes: bytes, oldest_unsent_ms: oldest }: StorageSnapshot): string {
  if (waiting === 0 && bytes === 0) return "";
  const size = fill(strings.stores.size, { kilobytes: Math.ceil(bytes / 1024) });
  const age = oldest === null ? "" : fill(strings.stores.oldest, { time: clock(oldest) });
  return [fill(strings.stores.waiting, { waiting }), size, age].filter(Boolean).join(" · ");
}
