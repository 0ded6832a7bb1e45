// @ts-check
/**
 * The tone that tells everybody in the call, again and again, that it is recorded.
 *
 * Owns: the tone and its times. Must never sound over an announcement, or leave the line without the page's own
 * track: each tone is an announcement of its own, with the announcer's watchdog.
 */
import { Announcer } from "./announcer.mjs";

/** @typedef {import("./mix.mjs").Line} Line */

/** The tone of the old carrier rule, in hertz (47 CFR § 64.501 and the practice that followed it). */
const TONE_HERTZ = 1400;

/** Its length, in seconds. */
const TONE_SECONDS = 0.2;

/** From one tone to the next, in milliseconds (Conn. Gen. Stat. § 52-570d(a)(3): about every 15 seconds). */
const EVERY_MS = 15_000;

/** Loudness below full scale: -16 dB, clear under speech and no shock in a headset. */
const AMPLITUDE = 0.16;

/** Rise and fall, in seconds: without them the tone clicks. */
const RAMP_SECONDS = 0.01;

export class Beeper {
  /** @type {Announcer} */
  #announcer;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {() => void} routed  `outputs` has changed */
  constructor(routed) {
    this.#announcer = new Announcer({ prepared() {}, started() {}, ended() {}, failed() {}, routed });
  }

  /** Nodes that are sent in place of the page's tracks at the moment. @returns {ReadonlyMap<Line, AudioNode>} */
  get outputs() {
    return this.#announcer.outputs;
  }

  /**
   * @param {() => Promise<AudioContext>} open
   * @param {() => Line[]} lines  those that are free at the time of a tone; none: that tone is left out
   */
  start(open, lines) {
    if (this.#timer !== undefined) return;
    const beep = () => {
      const free = lines();
      if (free.length > 0) void this.#announcer.playSound(open, free, (context) => Promise.resolve(tone(context)));
    };
    this.#timer = setInterval(beep, EVERY_MS);
    beep();
  }

  /** Ends a tone that is sounding: the line is needed. */
  hush() {
    this.#announcer.stop();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.hush();
  }
}

/**
 * @param {BaseAudioContext} context
 * @returns {AudioBuffer}
 */
function tone(context) {
  const length = Math.round(TONE_SECONDS * context.sampleRate);
  const ramp = RAMP_SECONDS * context.sampleRate;
  const buffer = new AudioBuffer({ length, sampleRate: context.sampleRate });
  const samples = buffer.getChannelData(0);
  for (let index = 0; index < length; index += 1) {
    const envelope = Math.min(1, index / ramp, (length - 1 - index) / ramp);
    samples[index] = AMPLITUDE * envelope * Math.sin((2 * Math.PI * TONE_HERTZ * index) / context.sampleRate);
  }
  return buffer;
}
