/**
 * What a panel of the extension shows and does, over its line to the hub.
 *
 * Owns that only the user's own clicks are passed on, and with their age. It is a {@link PanelSource}, as the facade of the
 * embedded form is. Must never decide what may be done: the engine says that in each snapshot.
 */
import type { Answer, AnswerDetails, Snapshot, StorageSnapshot } from "callseal";
import type { PanelSource } from "callseal/panel";
import { Emitter } from "../../../pkg/emitter.mjs";
import { CallsealError } from "../../../pkg/errors.mjs";
import { isTheUsersOwn } from "../../../pkg/own-events.mjs";
import { type EngineState, type HubToPanel, LINES, type PanelAction, WIRE_VERSION } from "../shared/wire";

/** Before a lost line is opened again, milliseconds. */
const AGAIN_MS = 1_000;

/** Ended calls that stay in `calls`. */
const KEPT_CALLS = 16;

/** What a panel is given. */
export interface HubSourceOptions {
  /** Of a panel in a page, from the isolated world; null for the side panel. */
  readonly nonce: string | null;
  /** Whether the panel could be seen when it was clicked. */
  readonly isSeen: () => boolean;
  /** The engine can record now, or cannot. */
  readonly engine: (state: EngineState) => void;
  /** A click was not taken, because the panel was covered. */
  readonly covered: () => void;
}

/** The hub as a panel sees it. */
export class HubSource implements PanelSource {
  readonly #options: HubSourceOptions;
  readonly #events = new Emitter();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #used = new WeakSet<Event>();
  #port: chrome.runtime.Port | null = null;
  #storage: StorageSnapshot | null = null;

  constructor(options: HubSourceOptions) {
    this.#options = options;
  }

  get calls(): ReadonlyMap<string, Snapshot> {
    return this.#snapshots;
  }

  /** Opens the line, and opens it again as often as it is lost. A nonce is good once: then there is a new frame. */
  async open(): Promise<void> {
    try {
      await chrome.runtime.sendMessage({ kind: "hub_wanted" });
      const port = chrome.runtime.connect({ name: LINES.panel });
      this.#port = port;
      port.onMessage.addListener((message: HubToPanel) => this.#told(message));
      port.onDisconnect.addListener(() => this.#lost());
      port.postMessage({ kind: "hello", wire: WIRE_VERSION, nonce: this.#options.nonce });
    } catch {
      this.#lost();
    }
  }

  #lost(): void {
    this.#port = null;
    this.#options.engine({ running: false, code: "extension/hub-lost" });
    if (this.#options.nonce === null) setTimeout(() => void this.open(), AGAIN_MS);
  }

  #told(message: HubToPanel): void {
    switch (message.kind) {
      case "engine":
        return this.#options.engine(message.state);
      case "state":
        this.#remember(message.snapshot);
        return this.#events.emit("state", message.snapshot);
      case "storage":
        this.#storage = message.storage;
        return this.#events.emit("storage", message.storage);
      case "error":
        return this.#events.emit("error", new CallsealError(message.code, "", message.call_id === null ? {} : { callId: message.call_id }));
    }
  }

  #remember(snapshot: Snapshot): void {
    this.#snapshots.set(snapshot.call_id, snapshot);
    const ended = [...this.#snapshots.values()].filter(({ phase }) => phase === "closed");
    for (const { call_id: id } of ended.slice(0, Math.max(0, ended.length - KEPT_CALLS))) this.#snapshots.delete(id);
  }

  on(type: "storage", listener: (snapshot: StorageSnapshot) => void): () => void;
  on(type: "state", listener: (snapshot: Snapshot) => void): () => void;
  on(type: "error", listener: (error: { readonly code: string; readonly callId: string | null }) => void): () => void;
  on(type: "storage" | "state" | "error", listener: (event: never) => void): () => void {
    return this.#events.on(type, listener as (event: unknown) => void);
  }

  answer(callId: string, answer: Answer, event: Event, { party = null, words = null }: AnswerDetails = {}): void {
    // A no withholds: it counts whether the panel could be seen or not.
    this.#act(event, (event_age_ms) => ({ kind: "answer", call_id: callId, answer, party, words, event_age_ms }), answer === "yes");
  }

  answered(callId: string, event: Event): void {
    this.#act(event, (event_age_ms) => ({ kind: "answered", call_id: callId, event_age_ms }), true);
  }

  disclosureRead(callId: string, event: Event): void {
    this.#act(event, (event_age_ms) => ({ kind: "read", call_id: callId, event_age_ms }), true);
  }

  pause(callId: string, event: Event): void {
    this.#act(event, (event_age_ms) => ({ kind: "pause", call_id: callId, event_age_ms }), false);
  }

  resume(callId: string, event: Event): void {
    this.#act(event, (event_age_ms) => ({ kind: "resume", call_id: callId, event_age_ms }), true);
  }

  replay(callId: string): void {
    this.#say({ kind: "replay", call_id: callId });
  }

  storage(): StorageSnapshot | null {
    return this.#storage;
  }

  retry(): void {
    this.#say({ kind: "retry" });
  }

  /** @param permits whether the action does more than withhold */
  #act(event: Event, action: (eventAgeMs: number) => PanelAction, permits: boolean): void {
    if (!isTheUsersOwn(event) || this.#used.has(event)) return;
    this.#used.add(event);
    if (permits && !this.#options.isSeen()) return this.#options.covered();
    this.#say(action(Math.max(0, performance.now() - event.timeStamp)));
  }

  #say(action: PanelAction): void {
    try {
      this.#port?.postMessage(action);
    } catch {
      // The line has just gone; the panel shows that in a moment.
    }
  }
}
