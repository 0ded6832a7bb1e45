// @ts-check
/**
 * The package's main entry: the facade `Callseal`.
 *
 * Owns: bringing tap, sensor, capture and engine together, and the events for the host. Must never decide about
 * consent, redaction or storage, nor see a key: that is the engine's. A failing engine never touches the call.
 */
import { assertSupported } from "./browser.mjs";
import { Emitter } from "./emitter.mjs";
import { createWorker } from "./engine.mjs";
import { CallsealError } from "./errors.mjs";
import { factsMessage } from "./facts.mjs";
import { failedPicture, interruptedPicture } from "./failed-picture.mjs";
import { listenForHotkeys } from "./hotkeys.mjs";
import { isTheUsersOwn } from "./own-events.mjs";
import { PagePart } from "./page-part.mjs";
import { Sensor } from "./sensor.mjs";
import { LastingEngine } from "./restart.mjs";
import { Relay } from "./sensor/relay.mjs";
import { sensorSettings } from "./sensor/settings.mjs";
import { Storage } from "./storage.mjs";
import { registry } from "./tap.mjs";
import { tellHost } from "./tell-host.mjs";
import { untilClosed } from "./until-closed.mjs";

export { CallsealError } from "./errors.mjs";

/** @typedef {import("./index.d.ts").CallsealConfig} CallsealConfig */
/** @typedef {import("./index.d.ts").CallsealEvents} CallsealEvents */
/** @typedef {import("./index.d.ts").AttachedStreams} AttachedStreams */
/** @typedef {import("./protocol.mjs").Answer} Answer */
/** @typedef {import("./protocol.mjs").EngineMessage} EngineMessage */
/** @typedef {import("./protocol.mjs").Snapshot} Snapshot */

/** How long the engine may take to become ready, in milliseconds: the Wasm is compiled on a cold, slow machine. */
const READY_TIMEOUT_MS = 15_000;

/** Ended calls that stay in `calls`, for a panel that comes late. */
const KEPT_CALLS = 16;

/** Only `start` may construct. */
const PRIVATE = Symbol("callseal");

/** One engine and one tap per page. */
let running = false;

export class Callseal {
  /** @type {LastingEngine | null} */
  #engine = null;
  /** @type {PagePart} */
  #page;
  /** @type {Sensor} */
  #sensor;
  /** @type {Relay} */
  #relay;
  /** @type {Map<string, Snapshot>} */
  #snapshots = new Map();
  #events = new Emitter();
  #storage = new Storage((message) => this.#engine?.post(message), this.#events);
  /** Events that have answered. @type {WeakSet<Event>} */
  #used = new WeakSet();
  /** @type {(() => void)[]} */
  #cleanups = [];

  /**
   * @param {CallsealConfig} config
   * @returns {Promise<Callseal>}
   */
  static async start(config) {
    if (running) throw new CallsealError("config/already-started", "Callseal runs in this page already; stop that one first.");
    assertSupported();
    running = true;
    try {
      const callseal = new Callseal(PRIVATE, config);
      await callseal.#start(config);
      // A task later, so that whoever waits for the start hears of calls that are there already.
      setTimeout(() => callseal.#watch());
      return callseal;
    } catch (error) {
      running = false;
      throw error;
    }
  }

  /**
   * @param {symbol} key
   * @param {CallsealConfig} config
   */
  constructor(key, config) {
    if (key !== PRIVATE) throw new TypeError("Illegal constructor: use Callseal.start().");
    if (typeof config !== "object" || config === null) {
      throw new CallsealError("config/invalid", "The configuration is not an object.");
    }
    const tap = registry();
    if (tap === null) {
      throw new CallsealError("tap/unavailable", "There is no WebRTC here, or another version of Callseal's tap.");
    }
    this.#page = new PagePart({
      registry: tap,
      workletUrl: config.workletUrl ?? new URL("./worklet.mjs", import.meta.url),
      tap: config.tap,
      post: (message, transfer) => this.#engine?.post(message, transfer),
      opened: (callId) => this.#events.emit("opened", { callId }),
    });
    const settings = sensorSettings(config.detection);
    this.#sensor = new Sensor((message) => this.#engine?.post(message), settings);
    this.#relay = new Relay((message) => this.#engine?.post(message), settings);
  }

  /** @param {CallsealConfig} config */
  async #start(config) {
    const { workerUrl, workletUrl: _, wasmUrl, readyTimeoutMs, tap: __, hotkeys, ...rest } = config;
    const forEngine = { ...rest, ...this.#storage.take(config) };
    if (forEngine.controller !== undefined) {
      forEngine.controller = { utcOffsetMinutes: -new Date().getTimezoneOffset(), ...forEngine.controller };
    }
    this.#engine = await LastingEngine.start({
      createWorker: () => createWorker(workerUrl, wasmUrl),
      config: forEngine,
      timeoutMs: readyTimeoutMs ?? READY_TIMEOUT_MS,
      receive: (message) => this.#receive(message),
      interrupted: (callIds, error) => this.#interrupted(callIds, error),
      restarted: () => {
        this.#sensor.announce();
        this.#relay.again();
        this.#page.reconnect();
      },
      lost: (callId, error) => this.#lost(callId, error),
      died: (error) => this.#died(error),
    });
    this.#sensor.start();
    this.#relay.start();
    const leaving = () => this.#page.endAll(true);
    window.addEventListener("pagehide", leaving);
    this.#cleanups.push(
      this.#storage.start(),
      () => window.removeEventListener("pagehide", leaving),
      listenForHotkeys(hotkeys, (pressed, event) => (pressed === "pause" ? this.#pauseKey(event) : this.#hotkey(pressed, event))),
    );
  }

  #watch() {
    if (this.#engine === null || this.#engine.dead) return;
    this.#cleanups.push(this.#page.watch());
  }

  /** @returns {ReadonlyMap<string, Snapshot>} */
  get calls() {
    return this.#snapshots;
  }

  /**
   * @param {RTCPeerConnection} peer
   * @param {{callId?: string}} [options]
   * @returns {string}
   */
  attach(peer, options = {}) {
    this.#assertAlive();
    return this.#page.attach(peer, options.callId);
  }

  /**
   * @param {AttachedStreams} streams
   * @returns {string}
   */
  attachStreams(streams) {
    this.#assertAlive();
    return this.#page.attachStreams(streams);
  }

  /** @param {string} callId */
  hangUp(callId) {
    this.#page.hangUp(callId);
  }

  /**
   * @param {string} callId
   * @param {Answer} answer
   * @param {Event} event
   * @param {import("./index.d.ts").AnswerDetails} [details]
   */
  answer(callId, answer, event, details = {}) {
    this.#answer(callId, answer, event, "agent_button", details);
  }

  /**
   * @param {string} callId
   * @param {Event} [event]
   */
  answered(callId, event) {
    this.#assertAlive();
    const pageCall = this.#page.running(callId);
    if (event === undefined) return pageCall.answered(performance.now(), "host");
    this.#useUp(event, callId);
    pageCall.answered(event.timeStamp, "agent", true);
  }

  /**
   * @param {string} callId
   * @param {Event} event
   */
  disclosureRead(callId, event) {
    this.#assertAlive();
    this.#page.running(callId);
    this.#useUp(event, callId);
    this.#engine?.post({ kind: "disclosure_read", call_id: callId, trusted: true, event_age_ms: Math.max(0, performance.now() - event.timeStamp) });
  }

  /**
   * @param {string} callId
   * @param {string} statement
   */
  assertConsent(callId, statement) {
    this.#assertAlive();
    this.#page.running(callId);
    this.#engine?.post({ kind: "consent_assertion", call_id: callId, statement });
  }

  /**
   * @param {string} callId
   * @param {import("./index.d.ts").CallFacts} facts
   */
  tell(callId, facts) {
    this.#assertAlive();
    this.#page.running(callId);
    this.#engine?.post(factsMessage(callId, facts));
  }

  /**
   * @param {string} callId
   * @param {string} key
   */
  partyJoined(callId, key) {
    this.#assertAlive();
    this.#page.running(callId).joined(`host-${key}`);
  }

  /**
   * @param {string} callId
   * @param {string} key
   */
  partyLeft(callId, key) {
    this.#assertAlive();
    this.#page.running(callId).left(`host-${key}`);
  }

  /**
   * @param {string} callId
   * @param {Event} [event]
   * @param {import("./index.d.ts").PauseDetails} [details]
   */
  pause(callId, event, { class: name = null } = {}) {
    this.#assertAlive();
    this.#page.running(callId);
    // Whoever pauses only withholds: an event of a script's making is passed on as such.
    const isOwn = event !== undefined && isTheUsersOwn(event);
    this.#pause(callId, event === undefined ? "host_api" : "agent_button", name, isOwn, isOwn ? event.timeStamp : performance.now());
  }

  /**
   * @param {string} callId
   * @param {Event} [event]
   */
  resume(callId, event) {
    this.#assertAlive();
    this.#page.running(callId);
    if (event !== undefined) this.#useUp(event, callId);
    this.#resume(callId, event === undefined ? "host_api" : "agent_button", event);
  }

  /** @param {string} callId */
  replay(callId) {
    this.#assertAlive();
    this.#engine?.post({ kind: "disclosure_replay", call_id: callId });
  }

  /** @returns {import("./index.d.ts").StorageSnapshot | null} */
  storage() {
    return this.#storage.snapshot();
  }

  /** @param {string} [callId] */
  retry(callId) {
    this.#assertAlive();
    this.#storage.retry(callId ?? null);
  }

  /**
   * @param {string} store
   * @param {import("./index.d.ts").StoreAccess} access
   */
  renewAccess(store, access) {
    this.#assertAlive();
    this.#storage.renew(store, access);
  }

  /**
   * @param {string} callId
   * @returns {Promise<Blob>}
   */
  async exportRecording(callId) {
    this.#assertAlive();
    return this.#storage.export(callId);
  }

  /**
   * @param {string} callId
   * @param {{confirm: string}} options
   * @returns {Promise<void>}
   */
  async removeRecording(callId, options) {
    this.#assertAlive();
    await this.#storage.remove(callId, options);
  }

  /**
   * @template {keyof CallsealEvents} Type
   * @param {Type} type
   * @param {(event: CallsealEvents[Type]) => void} listener
   * @returns {() => void}
   */
  on(type, listener) {
    return this.#events.on(type, listener);
  }

  /** @returns {Promise<void>} */
  async stop() {
    if (this.#engine === null) return;
    const closed = untilClosed(this.#engine.dead ? [] : this.#page.callIds, this.#events);
    this.#release();
    this.#page.endAll(false);
    this.#page.forget();
    await closed;
    this.#sensor.stop();
    this.#relay.stop();
    this.#engine?.end();
    this.#engine = null;
    this.#page.close();
    running = false;
  }

  /** @param {EngineMessage} message */
  #receive(message) {
    switch (message.kind) {
      case "state":
        this.#remember(message.snapshot);
        this.#events.emit("state", message.snapshot);
        break;
      case "challenge":
        if (message.context_id === this.#sensor.contextId) this.#sensor.challenge(message.nonce);
        else this.#relay.challenge(message.context_id, message.nonce);
        break;
      case "error": {
        const { code, message: text, retryable, call_id: callId } = message;
        const error = new CallsealError(code, text, { retryable, callId });
        if (message.fatal) this.#engine?.fail(error);
        else this.#events.emit("error", error);
        break;
      }
      default:
        if (!this.#page.receive(message) && !this.#storage.receive(message)) tellHost(message, this.#events);
    }
  }

  /**
   * The engine died, and another one is started. What it had played falls silent.
   * @param {string[]} callIds
   * @param {CallsealError} error
   */
  #interrupted(callIds, error) {
    for (const call_id of callIds) {
      this.#page.receive({ kind: "stop_disclosure", call_id });
      this.#page.receive({ kind: "beep", call_id, on: false });
      this.#show(call_id, (last) => interruptedPicture(last, error.code));
    }
    const message = "The recording engine failed and is started again; what is said meanwhile is not recorded.";
    this.#events.emit("error", new CallsealError("engine/restarted", message, { retryable: true, cause: error }));
  }

  /**
   * Nothing more of one call is recorded.
   * @param {string} callId
   * @param {CallsealError} error
   */
  #lost(callId, error) {
    this.#page.abandonCall(callId);
    this.#show(callId, (last) => failedPicture(last, error.code));
    this.#events.emit("error", error);
  }

  /**
   * @param {string} callId
   * @param {(last: Snapshot) => Snapshot} picture
   */
  #show(callId, picture) {
    const last = this.#snapshots.get(callId);
    if (last === undefined || last.phase === "closed") return;
    const shown = picture(last);
    this.#remember(shown);
    this.#events.emit("state", shown);
  }

  /** @param {CallsealError} error */
  #died(error) {
    this.#release();
    this.#sensor.stop();
    this.#relay.stop();
    this.#page.abandon();
    for (const callId of [...this.#snapshots.keys()]) this.#show(callId, (last) => failedPicture(last, error.code));
    this.#events.emit("error", error);
  }

  #release() {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  /** @param {Snapshot} snapshot */
  #remember(snapshot) {
    this.#snapshots.set(snapshot.call_id, snapshot);
    const ended = [...this.#snapshots.values()].filter(({ phase }) => phase === "closed" || phase === "failed");
    for (const { call_id: id } of ended.slice(0, Math.max(0, ended.length - KEPT_CALLS))) this.#snapshots.delete(id);
  }

  /**
   * @param {Answer} answer
   * @param {KeyboardEvent} event
   * @returns {boolean}
   */
  #hotkey(answer, event) {
    const open = [...this.#snapshots.values()].filter(({ allowed }) => allowed.includes(answer));
    // A wrong guess would record a person on another's yes.
    const only = this.#onlyOne(open, "Several calls wait for this answer; use the panel.");
    if (only !== null) this.#answer(only.call_id, answer, event, "agent_hotkey", {});
    return open.length > 0;
  }

  /**
   * Pauses every call that is recorded, since that withholds; resumes the only one that is paused.
   * @param {KeyboardEvent} event
   * @returns {boolean}
   */
  #pauseKey(event) {
    const snapshots = [...this.#snapshots.values()];
    const recorded = snapshots.filter(({ allowed }) => allowed.includes("pause"));
    for (const { call_id: id } of recorded) this.#pause(id, "agent_hotkey", null, true, event.timeStamp);
    if (recorded.length > 0) return true;
    const paused = snapshots.filter(({ allowed }) => allowed.includes("resume"));
    const only = this.#onlyOne(paused, "Several calls are paused; use the panel.");
    if (only !== null) {
      this.#useUp(event, only.call_id);
      this.#resume(only.call_id, "agent_hotkey", event);
    }
    return paused.length > 0;
  }

  /**
   * @param {Snapshot[]} snapshots
   * @param {string} words  where there are several
   */
  #onlyOne([first, ...others], words) {
    if (others.length === 0) return first ?? null;
    this.#events.emit("error", new CallsealError("answer/ambiguous", words));
    return null;
  }

  /**
   * @param {string} callId
   * @param {import("./protocol.mjs").PausedBy} by
   * @param {string | null} name  of what is protected
   * @param {boolean} isOwn  a real event of the user says so
   * @param {number} at  performance.now() time
   */
  #pause(callId, by, name, isOwn, at) {
    this.#engine?.post({
      ...{ kind: "pause", call_id: callId, by, class: name, trusted: isOwn },
      ...{ event_age_ms: Math.max(0, performance.now() - at), posted_at_ms: Date.now() },
    });
  }

  /**
   * @param {string} callId
   * @param {import("./protocol.mjs").PausedBy} by
   * @param {Event} [event]
   */
  #resume(callId, by, event) {
    const at = event === undefined ? performance.now() : event.timeStamp;
    this.#engine?.post({ kind: "resume", call_id: callId, by, trusted: event !== undefined, event_age_ms: Math.max(0, performance.now() - at) });
  }

  /**
   * @param {string} callId
   * @param {Answer} answer
   * @param {Event} event
   * @param {import("./protocol.mjs").AgentMethod} method
   * @param {import("./index.d.ts").AnswerDetails} details
   */
  #answer(callId, answer, event, method, { party = null, words = null }) {
    this.#assertAlive();
    this.#assertOwn(event, callId);
    if (!this.#snapshots.has(callId)) throw new CallsealError("call/unknown", "There is no call with this id.", { callId });
    this.#used.add(event);
    this.#engine?.post({
      kind: "consent",
      call_id: callId,
      party,
      answer,
      method,
      words,
      trusted: true,
      event_age_ms: Math.max(0, performance.now() - event.timeStamp),
    });
  }

  /**
   * @param {Event} event
   * @param {string} callId
   */
  #assertOwn(event, callId) {
    if (!isTheUsersOwn(event) || this.#used.has(event)) {
      throw new CallsealError("answer/untrusted", "An answer needs the user's own click or key press.", { callId });
    }
  }

  /**
   * @param {Event} event  which permits something, once
   * @param {string} callId
   */
  #useUp(event, callId) {
    this.#assertOwn(event, callId);
    this.#used.add(event);
  }

  #assertAlive() {
    if (this.#engine === null || this.#engine.dead) {
      throw new CallsealError("engine/failed", "The engine is not running; the call is not recorded.");
    }
  }
}
