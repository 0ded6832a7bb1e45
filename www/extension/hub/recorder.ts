/**
 * The engine of all tabs: its Worker, its life, and what it says.
 *
 * Owns starting it with the configuration, and starting it again after it has died or was configured anew. Must never decide
 * what is recorded, nor keep anything of a call that the engine does not say.
 */
import type { CallsealConfig, Snapshot, StorageSnapshot } from "callseal";
import { Emitter } from "../../../pkg/emitter.mjs";
import { createWorker, type Engine, startEngine } from "../../../pkg/engine.mjs";
import { CallsealError, codeOf } from "../../../pkg/errors.mjs";
import { failedPicture } from "../../../pkg/failed-picture.mjs";
import type { EngineMessage, PageMessage } from "../../../pkg/protocol.mjs";
import { Storage } from "../../../pkg/storage.mjs";
import type { EngineState } from "../shared/wire";
import { engineConfig } from "./engine-config";

/** How long the engine may take to become ready, milliseconds. */
const READY_TIMEOUT_MS = 15_000;

/** Before the engine is started again, milliseconds; doubled up to the longest. */
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Ended calls that stay on the panels. */
const KEPT_CALLS = 16;

/** Who hears of it. */
export interface RecorderObserver {
  /** What the engine says that is for a page or a sensor. */
  said(message: EngineMessage): void;
  snapshot(snapshot: Snapshot): void;
  storage(storage: StorageSnapshot): void;
  problem(code: string, callId: string | null): void;
  /** It can record now, or cannot any more. Calls it knew of before are not known to the next one. */
  turned(state: EngineState): void;
}

/** The recorder. */
export class Recorder {
  readonly #observer: RecorderObserver;
  readonly #events = new Emitter();
  readonly snapshots = new Map<string, Snapshot>();
  #engine: Engine | null = null;
  #storage: Storage | null = null;
  #config: CallsealConfig | null = null;
  #state: EngineState = { running: false, code: "extension/not-configured" };
  /** Ends what the storage's part has begun. */
  #release = (): void => {};
  #pauseMs = SHORTEST_PAUSE_MS;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Starts one after the other: two engines would fight for the spool. */
  #starting: Promise<void> = Promise.resolve();

  constructor(observer: RecorderObserver) {
    this.#observer = observer;
    this.#events.on("storage", (storage: StorageSnapshot) => observer.storage(storage));
  }

  get state(): EngineState {
    return this.#state;
  }

  get storage(): StorageSnapshot | null {
    return this.#storage?.snapshot() ?? null;
  }

  /** @param config null where there is none yet */
  configure(config: CallsealConfig | null): void {
    this.#config = config;
    this.#pauseMs = SHORTEST_PAUSE_MS;
    this.#startSoon(0);
  }

  /** @param problem says what is wrong with the configuration, before the engine could */
  refuse(problem: string): void {
    this.#config = null;
    this.#turn({ running: false, code: problem });
  }

  post(message: PageMessage, transfer: Transferable[] = []): void {
    this.#engine?.post(message, transfer);
  }

  #startSoon(pauseMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#starting = this.#starting.then(() => this.#start());
    }, pauseMs);
  }

  async #start(): Promise<void> {
    this.#end();
    const config = this.#config;
    if (config === null) return this.#turn({ running: false, code: "extension/not-configured" });
    const storage = new Storage((message: PageMessage) => this.post(message), this.#events);
    try {
      this.#engine = await startEngine({
        worker: createWorker(undefined, undefined),
        config: engineConfig(config, storage),
        timeoutMs: READY_TIMEOUT_MS,
        receive: (message: EngineMessage) => this.#receive(message),
        died: (error: CallsealError) => this.#died(error.code),
      });
      this.#storage = storage;
      this.#release = storage.start();
      this.#pauseMs = SHORTEST_PAUSE_MS;
      this.#turn({ running: true });
    } catch (error) {
      const code = codeOf(error, "engine/failed");
      this.#turn({ running: false, code });
      // What is wrong with a configuration does not heal by itself.
      if (!code.startsWith("config/") && !code.startsWith("recipient/")) this.#again();
    }
  }

  #again(): void {
    this.#startSoon(this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }

  #end(): void {
    this.#engine?.end();
    this.#engine = null;
    this.#storage = null;
    this.#release();
    this.#release = () => {};
  }

  #receive(message: EngineMessage): void {
    switch (message.kind) {
      case "state":
        return this.#remember(message.snapshot);
      case "error":
        if (message.fatal) this.#engine?.fail(new CallsealError(message.code, message.message));
        else this.#observer.problem(message.code, message.call_id);
        return;
      default:
        if (this.#storage?.receive(message) !== true) this.#observer.said(message);
    }
  }

  #died(code: string): void {
    this.#end();
    for (const snapshot of [...this.snapshots.values()]) {
      if (snapshot.phase !== "closed") this.#remember(failedPicture(snapshot, code));
    }
    this.#turn({ running: false, code });
    // The next one recovers what this one has spooled.
    this.#again();
  }

  #turn(state: EngineState): void {
    this.#state = state;
    this.#observer.turned(state);
  }

  #remember(snapshot: Snapshot): void {
    this.snapshots.set(snapshot.call_id, snapshot);
    const ended = [...this.snapshots.values()].filter(({ phase }) => phase === "closed" || phase === "failed");
    for (const { call_id: id } of ended.slice(0, Math.max(0, ended.length - KEPT_CALLS))) this.snapshots.delete(id);
    this.#observer.snapshot(snapshot);
  }
}
