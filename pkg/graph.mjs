// @ts-check
/**
 * The capture graph: one audio context for the page, one capture for each call.
 *
 * Owns: the context, the worklet nodes and what is connected to them (left: sent, right: received). Must never:
 * play anything to the agent, change a track of the page, or see a sample itself.
 */
import { CallsealError } from "./errors.mjs";

/** The timeline's rate, in hertz: the rate of Opus, so that nothing is resampled twice. */
export const SAMPLE_RATE_HZ = 48000;

/** How long the capture node may take to answer, in milliseconds, before the call is told that nothing is captured. */
const READY_TIMEOUT_MS = 5000;

/** How long the last blocks may take to be posted at the end, in milliseconds. */
const STOP_TIMEOUT_MS = 250;

export class AudioGraph {
  /** @type {string | URL} */
  #workletUrl;
  /** @type {(code: string) => void} */
  #alarm;
  /** @type {Promise<AudioContext> | null} */
  #opening = null;
  /** @type {AudioContext | null} */
  #context = null;
  #wanted = false;

  /**
   * @param {string | URL} workletUrl
   * @param {(code: string) => void} alarm  something that concerns all calls
   */
  constructor(workletUrl, alarm) {
    this.#workletUrl = workletUrl;
    this.#alarm = alarm;
  }

  /**
   * @returns {Promise<AudioContext>} the page's one context, with the capture processor loaded
   * @throws {CallsealError} (rejects) `media/context-failed`, `media/sample-rate`, `media/worklet-failed`
   */
  open() {
    this.#wanted = true;
    if (this.#context?.state === "closed") this.#opening = null;
    this.#opening ??= this.#create().catch((error) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  /** No call needs the context now. It is kept, but not woken up. */
  rest() {
    this.#wanted = false;
  }

  /** Ends the context for good. */
  close() {
    this.#wanted = false;
    const context = this.#context;
    this.#context = null;
    this.#opening = null;
    if (context !== null && context.state !== "closed") void context.close().catch(() => {});
  }

  async #create() {
    const context = createContext();
    this.#context = context;
    context.addEventListener("statechange", () => this.#stateChanged(context));
    try {
      await context.audioWorklet.addModule(this.#workletUrl);
    } catch (cause) {
      void context.close().catch(() => {});
      throw new CallsealError(
        "media/worklet-failed",
        "The capture worklet could not be loaded. Is workletUrl served, and allowed by script-src?",
        { cause },
      );
    }
    this.#stateChanged(context);
    return context;
  }

  /** @param {AudioContext} context */
  #stateChanged(context) {
    if (context !== this.#context || !this.#wanted || context.state === "running") return;
    this.#alarm(context.state === "closed" ? "media/context-closed" : "media/context-suspended");
    if (context.state === "closed") return;
    const resume = () => void context.resume().catch(() => {});
    resume();
    // Without a gesture the browser may refuse; then the next one wakes it.
    for (const type of ["pointerdown", "keydown"]) {
      document.addEventListener(type, resume, { once: true, capture: true, passive: true });
    }
  }
}

/** @returns {AudioContext} */
function createContext() {
  /** @type {AudioContextOptions & {sinkId?: {type: "none"}}} */
  const options = {
    sampleRate: SAMPLE_RATE_HZ,
    latencyHint: "interactive",
    // No output device is opened where the browser knows this; others ignore it.
    sinkId: { type: "none" },
  };
  /** @type {AudioContext} */
  let context;
  try {
    context = new AudioContext(options);
  } catch {
    try {
      context = new AudioContext();
    } catch (cause) {
      throw new CallsealError("media/context-failed", "The browser gives no audio context.", { cause });
    }
  }
  if (context.sampleRate !== SAMPLE_RATE_HZ) {
    void context.close().catch(() => {});
    throw new CallsealError("media/sample-rate", "The browser cannot run an audio context at 48 kHz.");
  }
  return context;
}

/**
 * @typedef {object} Source
 * @property {AudioNode} node
 * @property {HTMLAudioElement | null} element  keeps a received stream audible to the graph
 */

/** What one call captures. */
export class Capture {
  /** @type {AudioContext} */
  #context;
  /** @type {ChannelMergerNode} */
  #merger;
  /** @type {AudioWorkletNode} */
  #node;
  /** Sources by channel, then by what they come from. @type {[Map<object, Source>, Map<object, Source>]} */
  #sources = [new Map(), new Map()];
  /** @type {ReturnType<typeof setTimeout>} */
  #readyTimer;
  /** @type {(() => void) | null} */
  #stopped = null;

  /**
   * @param {AudioContext} context
   * @param {MessagePort} engine  where the blocks go
   * @param {{alarm: (code: string) => void, rightSilentFor: (frames: number) => void}} observer
   */
  constructor(context, engine, observer) {
    this.#context = context;
    this.#merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
    this.#node = new AudioWorkletNode(context, "callseal-capture", {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 2,
      channelCountMode: "explicit",
      channelInterpretation: "discrete",
    });
    this.#merger.connect(this.#node);
    this.#node.onprocessorerror = () => observer.alarm("media/capture-failed");
    this.#node.port.onmessageerror = () => observer.alarm("media/capture-failed");
    this.#node.port.onmessage = ({ data }) => {
      if (data.kind === "ready") clearTimeout(this.#readyTimer);
      else if (data.kind === "right_silence") observer.rightSilentFor(data.frames);
      else if (data.kind === "stopped") this.#stopped?.();
    };
    this.#readyTimer = setTimeout(() => observer.alarm("media/capture-not-ready"), READY_TIMEOUT_MS);
    this.sendTo(engine);
  }

  /** @param {MessagePort} engine  where the blocks go from now on */
  sendTo(engine) {
    this.#node.port.postMessage({ kind: "port", port: engine }, [engine]);
  }

  /** @param {(MediaStreamTrack | AudioNode)[]} parts  what the agent sends: tracks, or nodes of the same context */
  setSent(parts) {
    this.#set(0, parts);
  }

  /** @param {MediaStreamTrack[]} tracks  what the agent hears */
  setReceived(tracks) {
    this.#set(1, tracks);
  }

  /** @returns {Promise<void>} when the last block was posted; never rejects */
  async stop() {
    clearTimeout(this.#readyTimer);
    await new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      this.#stopped = resolve;
      setTimeout(resolve, STOP_TIMEOUT_MS);
      this.#node.port.postMessage({ kind: "stop" });
    });
    this.#set(0, []);
    this.#set(1, []);
    this.#merger.disconnect();
    this.#node.port.onmessage = null;
    this.#node.port.close();
  }

  /**
   * @param {0 | 1} channel
   * @param {(MediaStreamTrack | AudioNode)[]} parts
   */
  #set(channel, parts) {
    const sources = this.#sources[channel];
    for (const [part, source] of sources) {
      if (parts.some((other) => other === part)) continue;
      sources.delete(part);
      this.#release(source, part);
    }
    for (const part of parts) {
      if (sources.has(part)) continue;
      const source = part instanceof AudioNode ? { node: part, element: null } : this.#listenTo(part, channel === 1);
      if (source === null) continue;
      source.node.connect(this.#merger, 0, channel);
      sources.set(part, source);
    }
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {boolean} received
   * @returns {Source | null} null when the context is closed
   */
  #listenTo(track, received) {
    if (this.#context.state === "closed") return null;
    const stream = new MediaStream([track]);
    let element = null;
    if (received) {
      // Chromium renders a received track only where some element has it too; muted and never played will do.
      element = new Audio();
      element.muted = true;
      element.srcObject = stream;
    }
    return { node: new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream }), element };
  }

  /**
   * @param {Source} source
   * @param {object} part
   */
  #release(source, part) {
    try {
      source.node.disconnect(this.#merger);
    } catch {
      // Already disconnected, by whoever owns the node.
    }
    if (!(part instanceof AudioNode)) source.node.disconnect();
    if (source.element !== null) source.element.srcObject = null;
  }
}
