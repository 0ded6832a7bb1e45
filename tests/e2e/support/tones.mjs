// @ts-check
/**
 * A voice that tells the time: one tone for each second, so that a recording says when everything in it was said.
 *
 * Owns making the tones and finding them. Must never look at what a recorder says of a recording.
 */
import { writeWav } from "../../../scripts/demo/wav.mjs";

/** Rate at which recordings are looked at. */
export const RATE_HZ = 16_000;
/** Length of what is looked at at once. */
export const WINDOW_S = 0.1;
/** A tone is there from this part of the full one's amplitude: what is silent is below a hundredth. */
export const FOUND = 0.03;

/** @param {number} second */
const hertz = (second) => 500 + 25 * second;

/**
 * One tone for each second, faded in and out.
 * @param {string} path
 * @param {number} lengthS
 */
export function writeTones(path, lengthS) {
  const rate = 48_000;
  const samples = Float64Array.from({ length: lengthS * rate }, (_, index) => {
    const second = Math.floor(index / rate);
    const within = (index % rate) / rate;
    const level = 0.4 * Math.min(1, within / 0.02, (1 - within) / 0.02);
    return level * Math.sin(2 * Math.PI * hertz(second) * (index / rate));
  });
  writeWav(path, { samples, sampleRateHz: rate });
}

/**
 * Amplitude of each second's tone in a stretch (Goertzel).
 * @param {Float32Array} sound
 * @param {number} fromS
 * @param {number} lengthS  of the tones
 * @returns {{second: number, level: number}} the strongest
 */
export function strongest(sound, fromS, lengthS) {
  const first = Math.round(fromS * RATE_HZ);
  const length = Math.round(WINDOW_S * RATE_HZ);
  let best = { second: -1, level: 0 };
  for (let second = 0; second < lengthS; second += 1) {
    const coefficient = 2 * Math.cos((2 * Math.PI * hertz(second)) / RATE_HZ);
    let [one, two] = [0, 0];
    for (let index = 0; index < length; index += 1) {
      const next = (sound[first + index] ?? 0) + coefficient * one - two;
      two = one;
      one = next;
    }
    const power = one * one + two * two - coefficient * one * two;
    const level = (2 * Math.sqrt(Math.max(0, power))) / length;
    if (level > best.level) best = { second, level };
  }
  return best;
}
