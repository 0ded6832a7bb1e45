// @ts-check
/**
 * One RTCPeerConnection as the tap sees it.
 *
 * Owns: which audio really goes out and comes in, and whether the connection is connected or over, derived anew
 * from the connection's own state at every sign of change. Must never: change anything about the connection, or
 * run in the middle of the page's own event handlers.
 */
import { postTask } from "../tasks.mjs";

/** @typedef {import("./natives.mjs").Natives} Natives */

/** Every event after which the answer to "what is sent, what is received" may be another. */
const EVENTS = /** @type {const} */ ([
  "track",
  "signalingstatechange",
  "connectionstatechange",
  "iceconnectionstatechange",
]);

/**
 * What a connection does at the moment.
 * @typedef {object} ConnectionState
 * @property {readonly {sender: RTCRtpSender, track: MediaStreamTrack}[]} sent  audio that is negotiated to go out
 * @property {readonly MediaStreamTrack[]} received  audio that is negotiated to come in
 * @property {readonly RTCRtpReceiver[]} receivers   of `received`, in the same order
 * @property {number | null} sendingSince    when audio first could go out (performance.now()), null before
 * @property {number | null} receivingSince  when audio first could come in (performance.now()), null before
 * @property {number | null} closedAt     when the connection ended (performance.now()), null before
 */

/**
 * How it ended. `gone`: for good. `failed`: it may come back by an ICE restart. `lost`: every audio line was taken
 * away, and another may be added.
 * @typedef {"gone" | "failed" | "lost"} Ending
 */

/** @type {ConnectionState} */
const NOTHING = {
  sent: [],
  received: [],
  receivers: [],
  sendingSince: null,
  receivingSince: null,
  closedAt: null,
};

export class Connection {
  /** @type {Natives} */
  #natives;
  /** @type {WeakSet<RTCRtpSender>} */
  #paused;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {WeakSet<EventTarget>} */
  #watched = new WeakSet();
  #scheduled = false;
  /** @type {Ending | null} */
  #ending = null;
  /** @type {number | null} */
  #signAt = null;
  /** @type {ConnectionState} */
  #state = NOTHING;

  /**
   * @param {RTCPeerConnection} peer
   * @param {Natives} natives
   * @param {WeakSet<RTCRtpSender>} paused  senders that were told to send nothing
   */
  constructor(peer, natives, paused) {
    /** @readonly */
    this.peer = peer;
    this.#natives = natives;
    this.#paused = paused;
    this.ignored = false;
    for (const type of EVENTS) {
      natives.addEventListener.call(peer, type, (/** @type {Event} */ event) => this.touch(timeOf(event)));
    }
    this.touch();
  }

  /** @returns {ConnectionState} */
  get state() {
    return this.#state;
  }

  /**
   * @param {() => void} listener  called in a task of its own after each change
   * @returns {() => void} ends it
   */
  watch(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Looks again, soon.
   * @param {number} [at] when the sign came, performance.now() time
   */
  touch(at = performance.now()) {
    this.#signAt ??= at;
    if (this.#scheduled) return;
    this.#scheduled = true;
    postTask(() => {
      this.#scheduled = false;
      try {
        this.#refresh();
      } catch {
        // A browser that lacks something: the page must not get to see our fault as an error of its own.
      }
    });
  }

  /** The page closed the connection; the browser fires no event for it. */
  closed() {
    if (this.#state.closedAt !== null) return;
    this.#ending = "gone";
    this.#state = { ...this.#state, sent: [], received: [], receivers: [], closedAt: performance.now() };
    postTask(() => this.#tell());
  }

  #refresh() {
    const at = this.#signAt ?? performance.now();
    this.#signAt = null;
    const { closedAt } = this.#state;
    if (closedAt !== null && !this.#mayRevive()) return;

    /** @type {{sender: RTCRtpSender, track: MediaStreamTrack}[]} */
    const sent = [];
    /** @type {MediaStreamTrack[]} */
    const received = [];
    /** @type {RTCRtpReceiver[]} */
    const receivers = [];
    let transportClosed = false;
    for (const transceiver of this.#natives.getTransceivers.call(this.peer)) {
      const { sender, receiver, direction, currentDirection } = transceiver;
      if (receiver.track.kind !== "audio" || direction === "stopped") continue;
      this.#watchEvents(receiver.track, ["ended"]);
      const transport = sender.transport ?? receiver.transport;
      if (transport) {
        this.#watchEvents(transport, ["statechange"]);
        // The far end said goodbye on the transport itself (DTLS close_notify), before the connection notices. A line that
        // is only being negotiated shows the transport that the browser gives up for the bundle.
        transportClosed ||= currentDirection !== null && transport.state === "closed";
      }
      const track = this.#natives.senderTrack.call(sender);
      if (
        (currentDirection === "sendrecv" || currentDirection === "sendonly") &&
        track !== null && !this.#paused.has(sender)
      ) {
        sent.push({ sender, track });
      }
      if (
        (currentDirection === "sendrecv" || currentDirection === "recvonly") &&
        receiver.track.readyState === "live"
      ) {
        received.push(receiver.track);
        receivers.push(receiver);
      }
    }

    /** @type {Ending | null} */
    const ending = transportClosed ? "gone" : this.#isOver() ? "failed" : this.#hasLostAllAudio() ? "lost" : null;
    const over = ending !== null;
    // After the customer's side was taken away, what is still sent is the rest of the old call.
    if (closedAt !== null && (over || (this.#ending === "lost" && received.length === 0))) return;
    this.#ending = ending;
    // Back after a failure: it begins anew, since nobody knows who is there now.
    const before = closedAt === null ? this.#state : NOTHING;
    const flows = !over && this.#isConnected();
    this.#state = {
      sent: over ? [] : sent,
      received: over ? [] : received,
      receivers: over ? [] : receivers,
      sendingSince: before.sendingSince ?? (flows && sent.length > 0 ? at : null),
      receivingSince: before.receivingSince ?? (flows && received.length > 0 ? at : null),
      closedAt: over ? at : null,
    };
    this.#tell();
  }

  #isConnected() {
    const { connectionState, iceConnectionState, signalingState } = this.peer;
    if (signalingState !== "stable") return false;
    // Firefox before 113 has no connectionState.
    return connectionState === undefined
      ? iceConnectionState === "connected" || iceConnectionState === "completed"
      : connectionState === "connected";
  }

  #isOver() {
    const { connectionState, iceConnectionState, signalingState } = this.peer;
    return (
      signalingState === "closed" ||
      connectionState === "closed" ||
      connectionState === "failed" ||
      (connectionState === undefined && (iceConnectionState === "failed" || iceConnectionState === "closed"))
    );
  }

  /**
   * There was audio, and now every audio line was rejected or stopped. A line that is only `inactive` is a hold,
   * and the call goes on.
   */
  #hasLostAllAudio() {
    const { sendingSince, receivingSince, closedAt } = this.#state;
    if (closedAt !== null || (sendingSince === null && receivingSince === null)) return false;
    return this.#natives.getTransceivers
      .call(this.peer)
      .filter(({ receiver }) => receiver.track.kind === "audio")
      .every(({ currentDirection, receiver }) => currentDirection === "stopped" || receiver.track.readyState === "ended");
  }

  #mayRevive() {
    return this.#ending !== "gone" && this.peer.connectionState === "connected";
  }

  /**
   * @param {EventTarget} target
   * @param {string[]} types
   */
  #watchEvents(target, types) {
    if (this.#watched.has(target)) return;
    this.#watched.add(target);
    for (const type of types) {
      this.#natives.addEventListener.call(target, type, (/** @type {Event} */ event) => this.touch(timeOf(event)));
    }
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

/**
 * When an event came, performance.now() time. Firefox (153) leaves it at 0 for those of a transport.
 * @param {Event} event
 */
function timeOf({ timeStamp }) {
  return timeStamp > 0 ? timeStamp : performance.now();
}
