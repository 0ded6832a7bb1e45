// @ts-check
/**
 * The connections of this page, from before anybody asks for them.
 *
 * Owns: which connections are known. One per page, under a global symbol, so that two copies of the package (one
 * bundled, one loaded early) share it. Must never keep a connection alive that the page has dropped.
 */
import { Connection } from "./connection.mjs";
import { Swaps } from "./swaps.mjs";

/** @typedef {import("./natives.mjs").Natives} Natives */

/** Raised when the registry's surface changes incompatibly: two copies of the package share one registry. */
export const REGISTRY_VERSION = 1;

/** Where the registry lies. */
export const REGISTRY_KEY = Symbol.for("callseal.tap");

export class Registry {
  /** @readonly */
  version = REGISTRY_VERSION;
  /** @type {WeakMap<RTCPeerConnection, Connection>} */
  #byPeer = new WeakMap();
  /** @type {Set<WeakRef<Connection>>} */
  #known = new Set();
  /** @type {Set<(connection: Connection) => void>} */
  #listeners = new Set();
  /** @type {WeakSet<RTCRtpSender>} */
  #paused = new WeakSet();

  /** @param {Natives} natives */
  constructor(natives) {
    /** @readonly */
    this.natives = natives;
    /** @readonly */
    this.swaps = new Swaps(natives);
  }

  /**
   * @param {RTCPeerConnection} peer
   * @returns {Connection} the one of this peer connection, made if it was not known
   */
  adopt(peer) {
    const known = this.#byPeer.get(peer);
    if (known !== undefined) return known;
    const connection = new Connection(peer, this.natives, this.#paused);
    this.#byPeer.set(peer, connection);
    this.#known.add(new WeakRef(connection));
    for (const listener of this.#listeners) listener(connection);
    return connection;
  }

  /**
   * @param {(connection: Connection) => void} listener  called for every connection, known and new
   * @returns {() => void} ends it
   */
  watch(listener) {
    this.#listeners.add(listener);
    for (const connection of this.#connections()) listener(connection);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The page set how (and whether) a sender encodes. Asking the sender itself would disturb the page:
   * `setParameters` only takes what the last `getParameters` returned.
   * @param {RTCRtpSender} sender
   * @param {{active?: boolean}[] | undefined} encodings
   */
  encodingsSet(sender, encodings) {
    const paused = Array.isArray(encodings) && encodings.length > 0 &&
      encodings.every((encoding) => encoding.active === false);
    if (paused) this.#paused.add(sender);
    else this.#paused.delete(sender);
    this.touchAll();
  }

  /** Something changed on a sender or transceiver, and these do not say to which connection they belong. */
  touchAll() {
    for (const connection of this.#connections()) connection.touch();
  }

  /** @param {RTCPeerConnection} peer it is not a call of the agent */
  ignore(peer) {
    const connection = this.adopt(peer);
    connection.ignored = true;
    connection.touch();
  }

  /** @returns {Generator<Connection>} */
  *#connections() {
    for (const reference of this.#known) {
      const connection = reference.deref();
      if (connection === undefined) this.#known.delete(reference);
      else yield connection;
    }
  }
}
