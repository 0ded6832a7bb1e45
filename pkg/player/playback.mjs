// @ts-check
/**
 * Playing: which segment is needed when, and that one follows the other without a gap.
 *
 * Owns: the audio context, the position, what is scheduled. Positions are samples of the call's timeline, 48 kHz. Must never
 * keep more decoded audio than a minute around the position.
 */

/** Samples a second. */
export const RATE_HZ = 48_000;

/** How far ahead audio is scheduled, in seconds: longer than one segment takes to be fetched and decoded. */
const AHEAD_S = 15;

/** Between two looks at what is to be scheduled, in milliseconds. */
const LOOK_MS = 100;

/** Decoded segments that are kept: one is 20 s or 8 MB. */
const KEPT_SEGMENTS = 4;

/** @typedef {{index: number, start: number, channels: [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>], peaks: Float32Array, bytes: number}} Loaded */
/** @typedef {{start_sample: number, end_sample: number}} Extent */
/** @typedef {{load: (index: number, sample: number | undefined) => Promise<Loaded>, missing: (index: number, error: Error & {code?: string}) => boolean, changed: () => void, heard: () => void}} Edge */

export class Playback {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {[GainNode, GainNode] | null} */
  #gains = null;
  /** @type {[number, number]} */
  #volumes = [1, 1];
  #extents;
  #edge;
  #isPlaying = false;
  #rate = 1;
  /** The position at `#since` on the context's clock. */
  #position;
  #since = 0;
  /** The segment that is to be scheduled next, and where in it, if listening begins in its middle. */
  #next = 0;
  /** @type {number | undefined} */
  #from;
  /** @type {Set<AudioBufferSourceNode>} */
  #sounding = new Set();
  /** @type {Map<number, Loaded>} */
  #loaded = new Map();
  /** Grows with every jump: what was asked for before is of no use then. */
  #jump = 0;
  #isLoading = false;
  #hasStarted = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #looking;

  /** @param {Extent[]} extents @param {Edge} edge */
  constructor(extents, edge) {
    this.#extents = extents;
    this.#edge = edge;
    this.#position = this.start;
  }

  get start() {
    return this.#extents[0]?.start_sample ?? 0;
  }

  get end() {
    return Math.max(this.start, this.#extents.at(-1)?.end_sample ?? 0);
  }

  get isPlaying() {
    return this.#isPlaying;
  }

  /** Whether it plays and the audio is not there yet. */
  get isWaiting() {
    return this.#isPlaying && !this.#hasStarted;
  }

  get position() {
    if (!this.#isPlaying || !this.#hasStarted || this.#context === null) return this.#position;
    const passed = Math.max(0, this.#context.currentTime - this.#since);
    return Math.min(this.end, Math.round(this.#position + passed * this.#rate * RATE_HZ));
  }

  get rate() {
    return this.#rate;
  }

  set rate(rate) {
    const position = this.position;
    this.#rate = Math.min(2, Math.max(0.75, rate));
    this.seek(position);
  }

  /** @param {0 | 1} channel  0 agent, 1 customer @param {number} volume  0 to 1 */
  setVolume(channel, volume) {
    this.#volumes[channel] = volume;
    const gain = this.#gains?.[channel];
    if (gain !== undefined) gain.gain.value = volume;
  }

  async play() {
    if (this.#isPlaying) return;
    this.#isPlaying = true;
    this.#open();
    await this.#context?.resume();
    this.seek(this.#position >= this.end ? this.start : this.#position);
    this.#looking = setInterval(() => void this.#look(), LOOK_MS);
  }

  pause() {
    if (!this.#isPlaying) return;
    this.#position = this.position;
    this.#isPlaying = false;
    this.#silence();
    clearInterval(this.#looking);
    this.#edge.changed();
  }

  /** @param {number} sample */
  seek(sample) {
    this.#position = Math.min(this.end, Math.max(this.start, Math.round(sample)));
    this.#silence();
    const found = this.#extents.findIndex(({ end_sample: end }) => end > this.#position);
    this.#next = found === -1 ? this.#extents.length : found;
    this.#from = this.#position;
    if (this.#isPlaying) void this.#look();
    this.#edge.changed();
  }

  close() {
    this.pause();
    void this.#context?.close();
    this.#context = null;
  }

  #open() {
    if (this.#context !== null) return;
    const context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "playback" });
    const merger = context.createChannelMerger(2);
    const [left, right] = [context.createGain(), context.createGain()];
    [left.gain.value, right.gain.value] = this.#volumes;
    left.connect(merger, 0, 0);
    right.connect(merger, 0, 1);
    merger.connect(context.destination);
    this.#context = context;
    this.#gains = [left, right];
  }

  #silence() {
    this.#jump += 1;
    this.#hasStarted = false;
    for (const node of this.#sounding) {
      node.onended = null;
      node.stop();
      node.disconnect();
    }
    this.#sounding.clear();
  }

  async #look() {
    if (this.#isLoading || !this.#isPlaying) return;
    const jump = this.#jump;
    const extent = this.#extents[this.#next];
    if (this.#hasStarted && this.position >= this.end) return this.pause();
    if (extent === undefined) {
      // Behind the last segment there is nothing to wait for.
      if (!this.#hasStarted) this.#begin();
      return;
    }
    if (this.#hasStarted && extent.start_sample - this.position > AHEAD_S * RATE_HZ * this.#rate) return;
    const [index, from] = [this.#next, this.#from];
    this.#isLoading = true;
    /** @type {Loaded | null} */
    let loaded = null;
    try {
      loaded = this.#loaded.get(index) ?? (await this.#edge.load(index, from));
      this.#keep(loaded);
    } catch (error) {
      if (jump === this.#jump && !this.#edge.missing(index, /** @type {Error} */ (error))) this.pause();
    } finally {
      this.#isLoading = false;
    }
    // A jump or a pause came in between: what lies there now is looked at.
    if (jump !== this.#jump || !this.#isPlaying) return void (this.#isPlaying && this.#look());
    if (!this.#hasStarted) this.#begin();
    if (loaded !== null) this.#schedule(loaded);
    this.#next = index + 1;
    this.#from = undefined;
    void this.#look();
  }

  /** @param {Loaded} loaded */
  #keep(loaded) {
    this.#loaded.delete(loaded.index);
    this.#loaded.set(loaded.index, loaded);
    const [oldest] = this.#loaded.keys();
    if (this.#loaded.size > KEPT_SEGMENTS && oldest !== undefined) this.#loaded.delete(oldest);
  }

  #begin() {
    // A moment ahead, so that the first sample is not late already.
    this.#since = (this.#context?.currentTime ?? 0) + 0.03;
    this.#hasStarted = true;
    this.#edge.heard();
    this.#edge.changed();
  }

  /** @param {Loaded} loaded */
  #schedule({ start, channels: [left, right] }) {
    const context = this.#context;
    const gains = this.#gains;
    if (context === null || gains === null || left.length === 0) return;
    let when = this.#since + (start - this.#position) / RATE_HZ / this.#rate;
    let offset = 0;
    const earliest = Math.max(this.#since, context.currentTime);
    if (when < earliest) {
      offset = (earliest - when) * this.#rate;
      when = earliest;
    }
    if (offset * RATE_HZ >= left.length) return;
    const buffer = context.createBuffer(2, left.length, RATE_HZ);
    buffer.copyToChannel(left, 0);
    buffer.copyToChannel(right, 1);
    const node = context.createBufferSource();
    node.buffer = buffer;
    node.playbackRate.value = this.#rate;
    const splitter = context.createChannelSplitter(2);
    node.connect(splitter);
    splitter.connect(gains[0], 0);
    splitter.connect(gains[1], 1);
    node.onended = () => {
      this.#sounding.delete(node);
      splitter.disconnect();
    };
    this.#sounding.add(node);
    node.start(when, offset);
  }
}
