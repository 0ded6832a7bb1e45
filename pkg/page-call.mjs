// @ts-check
/**
 * The page's side of one call.
 *
 * Owns: the call's capture and announcer, and telling the engine what happens to it. Must never decide anything:
 * it does what the engine says and reports what the page does.
 */
import { Announcer } from "./announcer.mjs";
import { codeOf } from "./errors.mjs";
import { Capture } from "./graph.mjs";
import { hostLine, senderLine } from "./mix.mjs";
import { SilenceCheck } from "./silence.mjs";

/** @typedef {import("./calls.mjs").Call} Call */
/** @typedef {import("./graph.mjs").AudioGraph} AudioGraph */
/** @typedef {import("./mix.mjs").Line} Line */
/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("./tap/swaps.mjs").Swaps} Swaps */

/**
 * @typedef {object} PageCallHost
 * @property {AudioGraph} graph
 * @property {Swaps} swaps
 * @property {(message: PageMessage, transfer?: Transferable[]) => void} post
 */

export class PageCall {
  /** @type {PageCallHost} */
  #host;
  /** @type {Capture | null} */
  #capture = null;
  /** @type {Announcer} */
  #announcer;
  /** @type {SilenceCheck} */
  #silence;
  /** One for each sender, so that the announcer and the capture speak of the same. @type {WeakMap<object, Line>} */
  #lines = new WeakMap();
  #ended = false;

  /** How a call of bare streams sends another track. @type {((track: MediaStreamTrack) => Promise<void>) | null} */
  replaceSent = null;

  /**
   * @param {Call} call
   * @param {PageCallHost} host
   */
  constructor(call, host) {
    /** @readonly */
    this.call = call;
    this.#host = host;
    const call_id = call.id;
    this.#announcer = new Announcer({
      prepared: (samples, sha256) => host.post({ kind: "disclosure_audio", call_id, samples, sha256 }, [samples.buffer]),
      started: (frame) => host.post({ kind: "disclosure_started", call_id, frame }),
      ended: (frame) => host.post({ kind: "disclosure_ended", call_id, frame }),
      failed: (reason) => host.post({ kind: "disclosure_failed", call_id, reason }),
      routed: () => this.route(),
    });
    this.#silence = new SilenceCheck(() => call.receivers, () => this.alarm("media/remote-silent"));
    host.post({ kind: "call_open", call_id });
    void this.#startCapture();
  }

  /** @returns {Promise<void>} never rejects */
  async #startCapture() {
    try {
      const context = await this.#host.graph.open();
      if (this.#ended) return;
      const { port1, port2 } = new MessageChannel();
      this.#capture = new Capture(context, port1, {
        alarm: (code) => this.alarm(code),
        rightSilentFor: (frames) => void this.#silence.silentFor(frames),
      });
      this.#host.post({ kind: "audio_port", call_id: this.call.id, port: port2 }, [port2]);
      this.route();
    } catch (error) {
      this.alarm(codeOf(error, "media/capture-failed"));
    }
  }

  /** Connects what is sent and received at the moment. */
  route() {
    if (this.#capture === null) return;
    try {
      this.#capture.setSent(
        this.call.sent.map(({ sender, track }) => this.#announcer.outputs.get(this.#line(sender, track)) ?? track),
      );
      this.#capture.setReceived(this.call.received);
    } catch {
      this.alarm("media/capture-failed");
    }
  }

  /** @param {string} code something about the call's media that the engine has to know */
  alarm(code) {
    if (!this.#ended) this.#host.post({ kind: "media_alarm", call_id: this.call.id, code });
  }

  /** @param {number} at performance.now() time */
  answered(at) {
    this.#host.post({
      kind: "call_answered",
      call_id: this.call.id,
      answered_age_ms: Math.max(0, performance.now() - at),
    });
  }

  /**
   * @param {string} url
   * @param {string} sha256
   */
  playDisclosure(url, sha256) {
    if (this.#ended) return;
    const lines = this.call.sent
      .filter(({ sender }) => sender !== null || this.replaceSent !== null)
      .map(({ sender, track }) => this.#line(sender, track));
    void this.#announcer.play(() => this.#host.graph.open(), lines, url, sha256);
  }

  stopDisclosure() {
    this.#announcer.stop();
  }

  /**
   * Ends the capture, then tells the engine that the call is over.
   * @param {number} at  performance.now() time of the call's end
   * @param {boolean} [now]  do not wait for the last blocks: the page is going away
   */
  end(at, now = false) {
    if (this.#ended) return;
    this.#announcer.stop();
    this.#ended = true;
    const tell = () =>
      this.#host.post({
        kind: "hang_up",
        call_id: this.call.id,
        event_age_ms: Math.max(0, performance.now() - at),
      });
    const stopped = this.#capture?.stop() ?? Promise.resolve();
    this.#capture = null;
    if (now) tell();
    else void stopped.then(tell);
  }

  /** The engine is dead: nothing is captured or announced any more. The call itself goes on. */
  abandon() {
    this.#ended = true;
    this.#announcer.stop();
    void this.#capture?.stop();
    this.#capture = null;
  }

  /**
   * @param {RTCRtpSender | null} sender
   * @param {MediaStreamTrack} track
   * @returns {Line}
   */
  #line(sender, track) {
    const key = sender ?? track;
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = sender === null ? hostLine(track, this.replaceSent ?? refuse) : senderLine(this.#host.swaps, sender);
      this.#lines.set(key, line);
    }
    return line;
  }
}

/** @returns {Promise<never>} */
function refuse() {
  return Promise.reject(new TypeError("the host gave no way to send another track"));
}
