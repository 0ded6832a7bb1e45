// @ts-check
/**
 * Plays the prompt into the call.
 *
 * Owns: when the mix of microphone and prompt is sent instead of the page's own track, and the watch over it. Must
 * never mute the call: at the first sign of trouble the page's own track goes back, then the failure is reported.
 */
import { codeOf, CallsealError } from "./errors.mjs";
import { SAMPLE_RATE_HZ } from "./graph.mjs";
import { Mix } from "./mix.mjs";
import { loadPrompt, monoSamples } from "./prompts.mjs";

/** @typedef {import("./mix.mjs").Line} Line */

/** Time to fetch, decode and put the mix on the line, in milliseconds. The page's own track is sent meanwhile. */
const PREPARE_TIMEOUT_MS = 8000;

/**
 * From scheduling to the first sample, in seconds: the start must not be in the past when the page is busy, and the
 * customer's jitter buffer has to settle on the mix, or the first word is clipped.
 */
const LEAD_SECONDS = 0.25;

/** Frames in one render quantum (W3C Web Audio): a start on its edge is exact to the sample. */
const QUANTUM_FRAMES = 128;

/** How long the mix stays after the prompt, in milliseconds: what is still in the browser's buffers has to get out. */
const TAIL_MS = 150;

/** How often the watchdog looks, in milliseconds. */
const WATCH_MS = 100;

/** A context whose clock has stood still for this long, in milliseconds, is dead, whatever it says. */
const STALL_MS = 500;

/** A prompt that has not ended this long after its time, in milliseconds, is given up. */
const LATE_MS = 1500;

/**
 * @typedef {object} AnnouncerObserver
 * @property {(samples: Float32Array<ArrayBuffer>, sha256: string) => void} prepared  what is going to be played
 * @property {(frame: number) => void} started  frame of the context at which the prompt begins
 * @property {(frame: number) => void} ended    frame of the context at which it was over
 * @property {(code: string) => void} failed    it was not played to its end; the page's own track is back
 * @property {() => void} routed                `outputs` has changed
 */

/** One prompt being played. */
class Announcement {
  /** @type {Map<Line, Mix>} */
  mixes = new Map();
  /** @type {AudioBufferSourceNode | null} */
  source = null;
  startFrame = 0;
  cancelled = new AbortController();
  over = false;
  /** @type {(() => void)[]} */
  cleanups = [];
}

export class Announcer {
  /** @type {AnnouncerObserver} */
  #observer;
  /** @type {import("./prompts.mjs").LoadPrompt} */
  #load;
  /** @type {Announcement | null} */
  #current = null;
  /** @type {Map<Line, AudioNode>} */
  #outputs = new Map();

  /**
   * @param {AnnouncerObserver} observer
   * @param {import("./prompts.mjs").LoadPrompt} [load]  where prompts come from
   */
  constructor(observer, load = loadPrompt) {
    this.#observer = observer;
    this.#load = load;
  }

  /** Nodes that are sent in place of the page's tracks at the moment. @returns {ReadonlyMap<Line, AudioNode>} */
  get outputs() {
    return this.#outputs;
  }

  /** Whether something is being played or prepared. */
  get busy() {
    return this.#current !== null;
  }

  /**
   * @param {() => Promise<AudioContext>} open
   * @param {Line[]} lines  all that go out to the customer
   * @param {string} url
   * @param {string} sha256
   * @returns {Promise<void>} when it has begun or failed; never rejects
   */
  play(open, lines, url, sha256) {
    return this.playSound(open, lines, async (context, signal) => {
      const { buffer } = await this.#load(context, url, sha256, signal);
      if (!signal.aborted) this.#observer.prepared(monoSamples(buffer), sha256);
      return buffer;
    });
  }

  /**
   * @param {() => Promise<AudioContext>} open
   * @param {Line[]} lines  all that go out to the customer
   * @param {(context: AudioContext, signal: AbortSignal) => Promise<AudioBuffer>} load
   * @returns {Promise<void>} when it has begun or failed; never rejects
   */
  async playSound(open, lines, load) {
    if (this.#current !== null) return;
    const announcement = new Announcement();
    this.#current = announcement;
    const timer = setTimeout(() => this.#fail(announcement, "announcer/too-late"), PREPARE_TIMEOUT_MS);
    announcement.cleanups.push(() => clearTimeout(timer));
    try {
      if (lines.length === 0) throw new CallsealError("announcer/no-sender", "Nothing is sent, so nothing can be announced.");
      const context = await open();
      const buffer = await load(context, announcement.cancelled.signal);
      if (announcement.over) return;
      if (context.state !== "running") await context.resume();
      if (announcement.over) return;
      await this.#mixIn(announcement, context, lines);
      if (announcement.over) return;
      clearTimeout(timer);
      this.#start(announcement, context, buffer);
    } catch (error) {
      this.#fail(announcement, codeOf(error, "announcer/failed"));
    }
  }

  /** Ends a running prompt early. */
  stop() {
    const announcement = this.#current;
    if (announcement === null) return;
    const { source, startFrame } = announcement;
    const frame = source === null ? 0 : Math.round(source.context.currentTime * SAMPLE_RATE_HZ);
    this.#finish(announcement);
    if (source !== null) this.#observer.ended(Math.max(frame, startFrame));
  }

  /**
   * @param {Announcement} announcement
   * @param {AudioContext} context
   * @param {Line[]} lines
   */
  async #mixIn(announcement, context, lines) {
    for (const line of lines) {
      announcement.mixes.set(line, new Mix(context, line, (code) => this.#fail(announcement, code)));
    }
    this.#watch(announcement, context);
    await Promise.all([...announcement.mixes.values()].map((mix) => mix.begin()));
    if (announcement.over) {
      // It was ended while the browser was at it; what came in late goes back out.
      await Promise.all([...announcement.mixes.values()].map((mix) => mix.end()));
      return;
    }
    this.#outputs = new Map([...announcement.mixes].map(([line, mix]) => [line, mix.output]));
    this.#observer.routed();
  }

  /**
   * @param {Announcement} announcement
   * @param {AudioContext} context
   * @param {AudioBuffer} buffer
   */
  #start(announcement, context, buffer) {
    const source = new AudioBufferSourceNode(context, { buffer });
    const earliest = (context.currentTime + LEAD_SECONDS) * SAMPLE_RATE_HZ;
    const startFrame = Math.ceil(earliest / QUANTUM_FRAMES) * QUANTUM_FRAMES;
    const endFrame = startFrame + buffer.length;
    for (const mix of announcement.mixes.values()) {
      source.connect(mix.output);
      mix.duck(true, context.currentTime);
      mix.duck(false, endFrame / SAMPLE_RATE_HZ);
    }
    announcement.source = source;
    announcement.startFrame = startFrame;
    source.onended = () => {
      if (announcement.over) return;
      const tail = setTimeout(() => {
        this.#finish(announcement);
        this.#observer.ended(endFrame);
      }, TAIL_MS);
      announcement.cleanups.push(() => clearTimeout(tail));
    };
    source.start(startFrame / SAMPLE_RATE_HZ);
    const late = setTimeout(
      () => this.#fail(announcement, "announcer/too-late"),
      ((endFrame - earliest) / SAMPLE_RATE_HZ) * 1000 + LATE_MS,
    );
    announcement.cleanups.push(() => clearTimeout(late));
    this.#observer.started(startFrame);
  }

  /**
   * @param {Announcement} announcement
   * @param {AudioContext} context
   */
  #watch(announcement, context) {
    let seenTime = context.currentTime;
    let seenAt = performance.now();
    const look = () => {
      if (context.state !== "running") return this.#fail(announcement, "announcer/context-not-running");
      for (const mix of announcement.mixes.values()) {
        if (mix.track.readyState !== "live") return this.#fail(announcement, "announcer/track-ended");
      }
      if (context.currentTime !== seenTime) {
        seenTime = context.currentTime;
        seenAt = performance.now();
      } else if (performance.now() - seenAt > STALL_MS) {
        this.#fail(announcement, "announcer/context-stalled");
      }
    };
    const timer = setInterval(look, WATCH_MS);
    context.addEventListener("statechange", look);
    for (const mix of announcement.mixes.values()) mix.track.addEventListener("ended", look);
    announcement.cleanups.push(
      () => clearInterval(timer),
      () => context.removeEventListener("statechange", look),
    );
    look();
  }

  /**
   * @param {Announcement} announcement
   * @param {string} code
   */
  #fail(announcement, code) {
    if (announcement.over) return;
    this.#finish(announcement);
    this.#observer.failed(code);
  }

  /** @param {Announcement} announcement */
  #finish(announcement) {
    if (announcement.over) return;
    announcement.over = true;
    // First the agent's own voice, then everything else.
    for (const mix of announcement.mixes.values()) void mix.end();
    announcement.cancelled.abort();
    for (const cleanup of announcement.cleanups) cleanup();
    if (this.#current === announcement) this.#current = null;
    if (announcement.source !== null) {
      announcement.source.onended = null;
      announcement.source.stop();
      announcement.source.disconnect();
    }
    this.#outputs = new Map();
    this.#observer.routed();
  }
}
