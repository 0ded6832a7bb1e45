// @ts-check
/**
 * Audio processors (Twilio's shape of them) through which a softphone sends and hears.
 *
 * Owns: the audio graph between microphone and softphone. Must never: process what is heard, or be in the way of the
 * microphone unless Callseal sends something else.
 */

/** @typedef {import("../index.d.ts").AttachedStreams} AttachedStreams */

/** How long the audio context may take to run, in milliseconds; then the microphone goes out as it is. */
const RUNNING_WITHIN_MS = 1000;

export class AudioProcessors {
  #context = new AudioContext();
  /** The agent's own voice, as one track whatever the microphone. */
  #own = new MediaStreamAudioDestinationNode(this.#context, { channelCount: 1 });
  #voice = new GainNode(this.#context);
  /** @type {AudioNode | null} */
  #microphone = null;
  /** What goes to the softphone. @type {MediaStreamAudioDestinationNode | null} */
  #output = null;
  /** Sent instead of the agent's own track. @type {MediaStreamAudioSourceNode | null} */
  #replacement = null;
  /** @type {MediaStream | null} */
  #received = null;

  constructor() {
    this.#voice.connect(this.#own);
  }

  /** To be added for what is sent. */
  local = {
    createProcessedStream: async (/** @type {MediaStream} */ stream) => {
      this.#output = null;
      // The browser may never resolve this: better a call without an announcement than one without the agent.
      await Promise.race([this.#context.resume(), new Promise((resolve) => setTimeout(resolve, RUNNING_WITHIN_MS))]).catch(() => {});
      if (this.#context.state !== "running") return stream;
      try {
        return this.#process(stream);
      } catch {
        this.#output = null;
        return stream;
      }
    },
    destroyProcessedStream: async () => {},
  };

  /** To be added for what is heard. */
  remote = {
    createProcessedStream: async (/** @type {MediaStream} */ stream) => {
      this.#received = stream;
      // The softphone stops what it is given, and may go on with its own.
      return stream.clone();
    },
    destroyProcessedStream: async () => {
      this.#received = null;
    },
  };

  /** @returns {MediaStreamTrack | null} what the softphone sends */
  get output() {
    return this.#output?.stream.getAudioTracks()[0] ?? null;
  }

  /** @param {boolean} muted  what the softphone does to its own track does not reach the agent's */
  mute(muted) {
    this.#voice.gain.value = muted ? 0 : 1;
  }

  /** @returns {AttachedStreams | null} null while nothing is heard, or the microphone goes out as it is */
  get streams() {
    if (this.#received === null || this.#output === null) return null;
    const [own] = this.#own.stream.getAudioTracks();
    return {
      sent: this.#own.stream,
      received: this.#received,
      replaceSent: async (track) => {
        this.#replacement = track === own ? null : new MediaStreamAudioSourceNode(this.#context, { mediaStream: new MediaStream([track]) });
        this.#route();
      },
    };
  }

  close() {
    void this.#context.close().catch(() => {});
  }

  /**
   * @param {MediaStream} stream  of the microphone
   * @returns {MediaStream}
   */
  #process(stream) {
    this.#microphone?.disconnect();
    this.#microphone = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream });
    this.#microphone.connect(this.#voice);
    this.#output = new MediaStreamAudioDestinationNode(this.#context, { channelCount: 1 });
    this.#route();
    return this.#output.stream;
  }

  #route() {
    if (this.#output === null) return;
    this.#voice.disconnect();
    this.#voice.connect(this.#own);
    (this.#replacement ?? this.#voice).connect(this.#output);
  }
}
