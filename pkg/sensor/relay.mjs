// @ts-check
/**
 * Passes what sensors of other tabs say on to this page's engine, and its challenges back to them.
 *
 * Owns: this page's end of the channel. Contexts of other tabs get names of their own, so that nothing from the channel
 * can speak for this page's own sensor. Must never decide anything, nor pass on what is not a sensor's message.
 */
import { CHANNEL, lockOf, toDesk, VERSION } from "./channel.mjs";

/** @typedef {import("../protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("./channel.mjs").ToSensors} ToSensors */
/** @typedef {import("./fields.mjs").Settings} Settings */

/** What the names of contexts of other tabs begin with. */
const PREFIX = "tab-";

/** Tabs whose end is waited for. */
const MOST_TABS = 128;

export class Relay {
  /** @type {(message: PageMessage) => void} */
  #post;
  /** @type {Settings} */
  #settings;
  /** @type {BroadcastChannel | null} */
  #channel = null;
  #desk = crypto.randomUUID();
  #stopped = new AbortController();
  /** Tabs whose end is waited for. @type {Set<string>} */
  #awaited = new Set();

  /**
   * @param {(message: PageMessage) => void} post  to the engine
   * @param {Settings} settings
   */
  constructor(post, settings) {
    this.#post = post;
    this.#settings = settings;
  }

  /** Begins to listen, and asks sensors that are there already to join. */
  start() {
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = ({ data }) => this.#heard(data);
    this.again();
  }

  /** Asks sensors to join, the first time or an engine that has begun after them. */
  again() {
    this.#send({ callseal: VERSION, to: "sensors", desk: this.#desk, kind: "hello", settings: this.#settings });
  }

  /** Listens no more. */
  stop() {
    this.#stopped.abort();
    this.#channel?.close();
    this.#channel = null;
  }

  /**
   * @param {string} contextId
   * @param {string} nonce
   */
  challenge(contextId, nonce) {
    if (!contextId.startsWith(PREFIX)) return;
    const context_id = contextId.slice(PREFIX.length);
    this.#send({ callseal: VERSION, to: "sensors", desk: this.#desk, kind: "challenge", context_id, nonce });
  }

  /** @param {ToSensors} message */
  #send(message) {
    this.#channel?.postMessage(message);
  }

  /** @param {unknown} data */
  #heard(data) {
    const heard = toDesk(data);
    if (heard === null || (heard.desk !== null && heard.desk !== this.#desk)) return;
    const { message } = heard;
    const { context_id } = /** @type {{context_id: string}} */ (message);
    this.#post(/** @type {PageMessage} */ ({ ...message, context_id: PREFIX + context_id }));
    if (message.kind !== "sensor_join") return;
    this.#send({ callseal: VERSION, to: "sensors", desk: this.#desk, kind: "settings", context_id, settings: this.#settings });
    this.#await(context_id);
  }

  /**
   * A tab that crashed says nothing: its lock is free when it is gone.
   * @param {string} contextId
   */
  #await(contextId) {
    if (this.#awaited.has(contextId) || this.#awaited.size >= MOST_TABS) return;
    this.#awaited.add(contextId);
    const gone = () => {
      this.#awaited.delete(contextId);
      this.#post({ kind: "sensor_gone", context_id: PREFIX + contextId });
    };
    navigator.locks.request(lockOf(contextId), { signal: this.#stopped.signal }, gone).catch(() => {
      // Listening has ended.
    });
  }
}
