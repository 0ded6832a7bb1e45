// @ts-check
/**
 * Which connections are one call.
 *
 * Owns: grouping connections into calls, and when a call is answered and over. Must never: touch audio, or join
 * what does not certainly belong together: a connection too many in a call would be recorded on another party's
 * yes, whereas one left alone is merely not recorded.
 *
 * Rules. Audio both ways in one connection: a call of its own. A connection that only sends and one that only
 * receives are one call, if there is exactly one of the other kind waiting. A connection that the host attached is
 * where the host put it. Everything else is a call of its own, which is never answered while it has one side only.
 */
import { randomId } from "./random-id.mjs";

/** @typedef {import("./tap/connection.mjs").Connection} Connection */

/** @typedef {{sender: RTCRtpSender | null, track: MediaStreamTrack}} SentTrack */

/**
 * @typedef {object} CallObserver
 * @property {(call: Call) => void} opened
 * @property {(call: Call) => void} changed   what is sent or received may be another
 * @property {(call: Call) => void} answered
 * @property {(call: Call) => void} ended
 */

export class Call {
  /** @type {Set<Connection>} */
  connections = new Set();
  /** performance.now() times. @type {number | null} */
  answeredAt = null;
  /** @type {number | null} */
  endedAt = null;
  /** The host says which connections belong to it; no other may join. */
  attached = false;
  /** Instead of connections, for a call of bare streams. @type {{sent: SentTrack[], received: MediaStreamTrack[]} | null} */
  streams = null;

  /** @param {string} id */
  constructor(id) {
    /** @readonly */
    this.id = id;
  }

  /** @returns {SentTrack[]} */
  get sent() {
    return this.streams?.sent ?? [...this.connections].flatMap((connection) => connection.state.sent);
  }

  /** @returns {MediaStreamTrack[]} */
  get received() {
    return this.streams?.received ?? [...this.connections].flatMap((connection) => connection.state.received);
  }

  /** @returns {RTCRtpReceiver[]} */
  get receivers() {
    return [...this.connections].flatMap((connection) => connection.state.receivers);
  }
}

export class Calls {
  /** @type {CallObserver} */
  #observer;
  /** @type {Map<Connection, Call>} */
  #byConnection = new Map();
  /** @type {Map<Connection, () => void>} */
  #watches = new Map();
  /** @type {Set<Call>} */
  #calls = new Set();
  /** @type {{automatic: boolean, ignore: (peer: RTCPeerConnection) => boolean}} */
  #options;

  /**
   * @param {CallObserver} observer
   * @param {{automatic?: boolean, ignore?: (peer: RTCPeerConnection) => boolean}} [options]
   */
  constructor(observer, options = {}) {
    this.#observer = observer;
    this.#options = { automatic: options.automatic ?? true, ignore: options.ignore ?? (() => false) };
  }

  /** @param {Connection} connection of which every change is to be followed from now on */
  add(connection) {
    if (this.#watches.has(connection)) return;
    this.#watches.set(connection, connection.watch(() => this.update(connection)));
    this.update(connection);
  }

  /**
   * @param {Connection} connection
   * @param {Call} call  as the host says
   */
  attach(connection, call) {
    const present = this.#byConnection.get(connection);
    connection.ignored = false;
    call.attached = true;
    if (present !== call) {
      if (present !== undefined) this.#leave(connection, present);
      this.#join(connection, call);
    }
    this.add(connection);
    this.update(connection);
  }

  /**
   * @param {Connection} connection
   * @returns {Call | undefined}
   */
  of(connection) {
    return this.#byConnection.get(connection);
  }

  /** @returns {Call} a new one, so far without connections */
  create() {
    const call = new Call(randomId());
    this.#calls.add(call);
    this.#observer.opened(call);
    return call;
  }

  /**
   * @param {Call} call
   * @param {number} at  performance.now() time
   */
  end(call, at) {
    if (call.endedAt !== null) return;
    call.endedAt = at;
    this.#calls.delete(call);
    for (const connection of call.connections) this.#byConnection.delete(connection);
    this.#observer.ended(call);
    call.connections.clear();
  }

  /**
   * A call of bare streams, answered now.
   * @param {SentTrack[]} sent
   * @param {MediaStreamTrack[]} received
   * @param {(call: Call) => void} prepare  called before it is answered
   * @returns {Call}
   */
  createOfStreams(sent, received, prepare) {
    const call = this.create();
    prepare(call);
    call.attached = true;
    call.streams = { sent, received };
    for (const track of received) {
      track.addEventListener("ended", () => {
        if (received.every((other) => other.readyState === "ended")) this.end(call, performance.now());
      });
    }
    this.#observer.changed(call);
    call.answeredAt = performance.now();
    this.#observer.answered(call);
    return call;
  }

  /** Forgets everything, without a word. */
  clear() {
    for (const unwatch of this.#watches.values()) unwatch();
    this.#watches.clear();
    this.#byConnection.clear();
    this.#calls.clear();
  }

  /** @param {Connection} connection whose state may have changed */
  update(connection) {
    const { closedAt, sent, received } = connection.state;
    let call = this.#byConnection.get(connection);
    if (closedAt !== null || connection.ignored) {
      if (call !== undefined) this.#lose(connection, call, closedAt ?? performance.now());
      if (closedAt !== null && connection.peer.signalingState === "closed") {
        this.#watches.get(connection)?.();
        this.#watches.delete(connection);
      }
      return;
    }
    if (call === undefined) {
      if (sent.length === 0 && received.length === 0) return;
      if (!this.#isWanted(connection)) return;
      call = this.#partnerOf(connection) ?? this.create();
      this.#join(connection, call);
    }
    this.#observer.changed(call);
    this.#answer(call);
  }

  /** @param {Connection} connection */
  #isWanted(connection) {
    if (!this.#options.automatic) return false;
    let ignored = false;
    try {
      ignored = this.#options.ignore(connection.peer);
    } catch {
      // The host's own rule failed: better a call too many on the panel than one missed.
    }
    connection.ignored ||= ignored;
    return !ignored;
  }

  /**
   * @param {Connection} connection
   * @returns {Call | null} the one call that waits for what this connection has
   */
  #partnerOf(connection) {
    const { sent, received } = connection.state;
    if (sent.length > 0 && received.length > 0) return null;
    const waiting = [...this.#calls].filter((call) =>
      !call.attached && call.connections.size > 0 &&
      (sent.length > 0
        ? call.sent.length === 0 && call.received.length > 0
        : call.received.length === 0 && call.sent.length > 0 && call.answeredAt === null)
    );
    return waiting.length === 1 ? (waiting[0] ?? null) : null;
  }

  /**
   * @param {Connection} connection
   * @param {Call} call
   */
  #join(connection, call) {
    call.connections.add(connection);
    this.#byConnection.set(connection, call);
  }

  /**
   * @param {Connection} connection
   * @param {Call} call
   */
  #leave(connection, call) {
    call.connections.delete(connection);
    this.#byConnection.delete(connection);
    if (call.connections.size === 0) this.end(call, performance.now());
  }

  /**
   * @param {Connection} connection  which has ended
   * @param {Call} call
   * @param {number} at
   */
  #lose(connection, call, at) {
    call.connections.delete(connection);
    this.#byConnection.delete(connection);
    // Without the customer's side the call is over; the agent's side may come back in another connection.
    if (call.received.length === 0) this.end(call, at);
    else this.#observer.changed(call);
  }

  /** @param {Call} call */
  #answer(call) {
    if (call.answeredAt !== null) return;
    const states = [...call.connections].map((connection) => connection.state);
    const sending = states.flatMap((state) => state.sendingSince ?? []);
    const receiving = states.flatMap((state) => state.receivingSince ?? []);
    if (sending.length === 0 || receiving.length === 0) return;
    call.answeredAt = Math.max(Math.min(...sending), Math.min(...receiving));
    this.#observer.answered(call);
  }
}
