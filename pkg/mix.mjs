// @ts-check
/**
 * Microphone and prompt on one outgoing track.
 *
 * Owns: the nodes of one such mix, and putting its track in the place of the page's. Must never leave the line
 * without the page's own track once it was told to end.
 */

/** @typedef {import("./tap/swaps.mjs").Swaps} Swaps */
/** @typedef {import("./tap/swaps.mjs").SwapOwner} SwapOwner */

/** Microphone level under the prompt: -14 dB. The customer hears the prompt over a talking agent, and still the agent. */
const DUCKED_GAIN = 0.2;

/** Time constant of the ducking, in seconds: no click, and down within 60 ms. */
const DUCK_SECONDS = 0.02;

/** How often giving the page's track back is tried again, in milliseconds, should the browser refuse. */
const RETRY_MS = 200;

/**
 * One outgoing line: an RTCRtpSender, or whatever the host uses instead.
 * @typedef {object} Line
 * @property {() => MediaStreamTrack | null} pageTrack
 * @property {(track: MediaStreamTrack, owner: SwapOwner) => Promise<void>} begin
 * @property {() => Promise<void>} end
 */

/**
 * @param {Swaps} swaps
 * @param {RTCRtpSender} sender
 * @returns {Line}
 */
export function senderLine(swaps, sender) {
  return {
    pageTrack: () => swaps.pageTrack(sender),
    begin: (track, owner) => swaps.begin(sender, track, owner),
    end: () => swaps.end(sender),
  };
}

/**
 * @param {MediaStreamTrack} own
 * @param {(track: MediaStreamTrack) => Promise<void>} replaceSent
 * @returns {Line}
 */
export function hostLine(own, replaceSent) {
  return { pageTrack: () => own, begin: (track) => replaceSent(track), end: () => replaceSent(own) };
}

export class Mix {
  /** @type {AudioContext} */
  #context;
  /** @type {Line} */
  #line;
  /** @type {(code: string) => void} */
  #lost;
  /** @type {GainNode} */
  #microphoneGain;
  /** @type {MediaStreamAudioDestinationNode} */
  #destination;
  /** @type {MediaStreamAudioSourceNode | null} */
  #microphone = null;
  #ended = false;

  /**
   * @param {AudioContext} context
   * @param {Line} line
   * @param {(code: string) => void} lost  the mix no longer reaches the line
   */
  constructor(context, line, lost) {
    this.#context = context;
    this.#line = line;
    this.#lost = lost;
    /** Microphone and prompt as sent, in one channel. @readonly */
    this.output = new GainNode(context, { channelCount: 1, channelCountMode: "explicit" });
    this.#microphoneGain = new GainNode(context);
    this.#microphoneGain.connect(this.output);
    this.#destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1, channelCountMode: "explicit" });
    this.output.connect(this.#destination);
    this.#route(line.pageTrack());
  }

  /** @returns {MediaStreamTrack} */
  get track() {
    const [track] = this.#destination.stream.getAudioTracks();
    if (track === undefined) throw new TypeError("a destination node has one track");
    return track;
  }

  /** @returns {Promise<void>} when the mix is what is sent; rejects as replaceTrack does */
  begin() {
    return this.#line.begin(this.track, {
      onPageTrack: (track) => {
        try {
          this.#route(track);
        } catch {
          this.#lost("announcer/reroute-failed");
        }
      },
      onRemoved: () => this.#lost("announcer/sender-removed"),
    });
  }

  /**
   * @param {boolean} ducked
   * @param {number} when  context time
   */
  duck(ducked, when) {
    this.#microphoneGain.gain.setTargetAtTime(ducked ? DUCKED_GAIN : 1, when, DUCK_SECONDS);
  }

  /**
   * Gives the page's own track back; tries until the browser does it. The browser is asked before this returns.
   * @returns {Promise<void>} never rejects
   */
  async end() {
    if (this.#ended) return;
    this.#ended = true;
    const { gain } = this.#microphoneGain;
    for (;;) {
      try {
        await this.#line.end();
        break;
      } catch {
        // Until then the agent is heard through the mix, at full level.
        gain.cancelScheduledValues(0);
        gain.value = 1;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.#route(null);
    this.#microphoneGain.disconnect();
    this.output.disconnect();
    this.track.stop();
  }

  /** @param {MediaStreamTrack | null} track  the page's own; a disabled one is silent here too */
  #route(track) {
    const microphone = track === null
      ? null
      : new MediaStreamAudioSourceNode(this.#context, { mediaStream: new MediaStream([track]) });
    this.#microphone?.disconnect();
    this.#microphone = microphone;
    microphone?.connect(this.#microphoneGain);
  }
}
