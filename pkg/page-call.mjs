// @ts-check
/**
 * The page's side of one call.
 *
 * Owns: the call's capture and announcer, and telling the engine what happens to it. Must never decide anything:
 * it does what the engine says and reports what the page does.
 */
import { Announcer } from "./announcer.mjs";
import { Beeper } from "./beeper.mjs";
import { codeOf } from "./errors.mjs";
import { Capture } from "./graph.mjs";
import { hostLine, senderLine } from "./mix.mjs";
import { SilenceCheck } from "./silence.mjs";

/** @typedef {import("./calls.mjs").Call} Call */
/** @typedef {import("./graph.mjs").AudioGraph} AudioGraph */
/** @typedef {import("./mix.mjs").Line} Line */
/** @typedef {import("./prompts.mjs").LoadPrompt} LoadPrompt */
/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("./tap/swaps.mjs").Swaps} Swaps */

/**
 * @typedef {object} PageCallHost
 * @property {AudioGraph} graph
 * @property {Swaps} swaps
 * @property {(message: PageMessage, transfer?: Transferable[]) => void} post
 * @property {LoadPrompt | undefined} [loadPrompt]
 */

export class PageCall {
  /** @type {PageCallHost} */
  #host;
  /** @type {Capture | null} */
  #capture = null;
  /** @type {Announcer} */
  #announcer;
  /** @type {Beeper} */
  #beeper;
  /** @type {SilenceCheck} */
  #silence;
  /** Who joined with a received track of their own. @type {Map<MediaStreamTrack, string>} */
  #joined = new Map();
  /** The customer's own. @type {MediaStreamTrack | null} */
  #first = null;
  #joins = 0;
  /** One for each sender, so that the announcer and the capture speak of the same. @type {WeakMap<object, Line>} */
  #lines = new WeakMap();
  #ended = false;

  /** How a call of bare streams sends another track. @type {((track: MediaStreamTrack) => Promise<void>) | null} */
  replaceSent = null;

  /** Whether a further received track is a further party. */
  countsTracks = true;

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
    }, host.loadPrompt);
    this.#beeper = new Beeper(() => this.route());
    this.#silence = new SilenceCheck(() => call.receivers, () => this.alarm("media/remote-silent"));
    host.post({ kind: "call_open", call_id });
    void this.#startCapture();
  }

  /** @returns {Promise<void>} never rejects */
  async #startCapture() {
    try {
      const context = await this.#host.graph.open();
      if (this.#ended) return;
      this.#capture = new Capture(context, this.#audioPort(), {
        alarm: (code) => this.alarm(code),
        rightSilentFor: (frames) => void this.#silence.silentFor(frames),
      });
      this.route();
    } catch (error) {
      this.alarm(codeOf(error, "media/capture-failed"));
    }
  }

  /** @returns {MessagePort} whose other end the engine has */
  #audioPort() {
    const { port1, port2 } = new MessageChannel();
    this.#host.post({ kind: "audio_port", call_id: this.call.id, port: port2 }, [port2]);
    return port1;
  }

  /** The way to the engine is another than before: what is captured takes it from now on. */
  reconnect() {
    this.#capture?.sendTo(this.#audioPort());
  }

  /** What is sent or received may be another. */
  changed() {
    this.#countParties();
    this.route();
  }

  /**
   * Every further track that is received at the same time is somebody of their own: a conference, a transfer that
   * overlaps. One that takes the place of another is the same party, as far as the page can tell; the host may know
   * better and say so.
   */
  #countParties() {
    if (!this.countsTracks) return;
    const { received } = this.call;
    for (const [track, key] of [...this.#joined]) {
      if (received.includes(track)) continue;
      this.#joined.delete(track);
      this.left(key);
    }
    if (this.#first !== null && !received.includes(this.#first)) this.#first = null;
    for (const track of received) {
      if (this.#joined.has(track) || track === this.#first) continue;
      // Beside somebody who joined, whoever comes is new: the customer's place is not theirs.
      if (this.#first === null && this.#joined.size === 0) {
        this.#first = track;
        continue;
      }
      this.#joins += 1;
      const key = `track-${this.#joins}`;
      this.#joined.set(track, key);
      this.joined(key);
    }
  }

  /** Connects what is sent and received at the moment. */
  route() {
    if (this.#capture === null) return;
    try {
      this.#capture.setSent(
        this.call.sent.map(({ sender, track }) => {
          const line = this.#line(sender, track);
          return this.#announcer.outputs.get(line) ?? this.#beeper.outputs.get(line) ?? track;
        }),
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

  /**
   * @param {number} at performance.now() time
   * @param {import("./protocol.mjs").AnsweredBy} [by]
   * @param {boolean} [trusted]  a real click or key press of the agent said so
   */
  answered(at, by = "media", trusted = false) {
    this.#host.post({
      kind: "call_answered",
      call_id: this.call.id,
      answered_age_ms: Math.max(0, performance.now() - at),
      by,
      trusted,
    });
  }

  /**
   * @param {string} key  what the party is called until it leaves
   * @param {number} [at] performance.now() time
   */
  joined(key, at = performance.now()) {
    this.#host.post({ kind: "party_joined", call_id: this.call.id, key, event_age_ms: Math.max(0, performance.now() - at) });
  }

  /**
   * @param {string} key
   * @param {number} [at] performance.now() time
   */
  left(key, at = performance.now()) {
    this.#host.post({ kind: "party_left", call_id: this.call.id, key, event_age_ms: Math.max(0, performance.now() - at) });
  }

  /** @param {boolean} on */
  beep(on) {
    if (!on) this.#beeper.stop();
    else if (!this.#ended) this.#beeper.start(() => this.#host.graph.open(), () => (this.#announcer.busy ? [] : this.#outgoing()));
  }

  /**
   * @param {string} url
   * @param {string} sha256
   */
  playDisclosure(url, sha256) {
    if (this.#ended) return;
    this.#beeper.hush();
    void this.#announcer.play(() => this.#host.graph.open(), this.#outgoing(), url, sha256);
  }

  /** @returns {Line[]} all that go out to the other side and can be mixed into */
  #outgoing() {
    return this.call.sent
      .filter(({ sender }) => sender !== null || this.replaceSent !== null)
      .map(({ sender, track }) => this.#line(sender, track));
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
    this.#beeper.stop();
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
    this.#beeper.stop();
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
