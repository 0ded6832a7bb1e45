// @ts-check
/**
 * Finds words and keys in sound that went through a telephone network.
 *
 * Owns the searching; levels and likeness are `tests/e2e/support/sound.mjs`. Must never look at what a recorder says of a
 * recording.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/project.mjs";
import { decode, likeness, LIKENESS_RATE_HZ, peak, rms } from "../../e2e/support/sound.mjs";

/** The question that the tests have played: it asks for a key. */
export const QUESTION = join(ROOT, "pkg/prompts/en/record-keypad.1.flac");

/** Speech that went through G.711, a jitter buffer and Opus is this like what was said, at least. */
export const LEAST_LIKENESS = 0.7;

/** The same of what went through the browser's noise suppression and gain control, which learn while somebody speaks. */
export const LEAST_LIKENESS_OF_MICROPHONE = 0.55;

/** Other words, in the same or another voice, are at most this like. */
export const UNLIKE = 0.5;

/** Amplitudes: what the encoder makes of exact zeros, and what is certainly somebody. */
export const SILENT = 0.002;
/** Root mean square of silence while the other channel is loud, of which an encoder for two lets some through. */
export const SILENT_BESIDE_SPEECH_RMS = 0.005;
export const AUDIBLE = 0.1;

/** The rate multimon-ng reads at, in hertz. */
export const DECODER_RATE_HZ = 22_050;

/** Length of what is looked for first, in seconds: as much as makes words unlike others, and less than a jitter buffer stretches. */
const PATTERN_S = 0.4;

/** A place is looked for in each stretch of so many seconds, and so many of them are looked at closely. */
const APART_S = 0.5;
const LIKELY = 4;

/** Every so many samples a place is tried, before the best one is looked at closely. */
const STRIDE = 2;

/**
 * Where words begin in what was heard.
 * @param {Float32Array} reference  what was said, at LIKENESS_RATE_HZ
 * @param {Float32Array} heard      at LIKENESS_RATE_HZ
 * @param {{fromS: number, toS: number}} words  where in the reference they are
 * @param {{fromS?: number, toS?: number}} [within]  where in `heard` they are looked for
 * @returns {{atS: number, alike: number}} `atS`: in `heard`; `alike`: 0 to 1, of all the words
 */
export function find(reference, heard, { fromS, toS }, { fromS: earliestS = 0, toS: latestS = Infinity } = {}) {
  const rate = LIKENESS_RATE_HZ;
  const pattern = loudest(reference.subarray(Math.round(fromS * rate), Math.round(toS * rate)));
  const first = Math.max(0, Math.round(earliestS * rate) + pattern.offset);
  const last = Math.min(heard.length - pattern.samples.length, Number.isFinite(latestS) ? Math.round(latestS * rate) + pattern.offset : Infinity);
  /** @type {{at: number, value: number}[]} The best place of each stretch. */
  const places = [];
  for (let from = first; from <= last; from += APART_S * rate) {
    let best = { at: from, value: -1 };
    for (let at = from; at <= Math.min(last, from + APART_S * rate); at += STRIDE) {
      const value = correlation(pattern.samples, heard, at);
      if (value > best.value) best = { at, value };
    }
    places.push(best);
  }
  // Words that are said again and again arrive better once than another time.
  const likely = places.toSorted((one, other) => other.value - one.value).slice(0, LIKELY);
  const found = likely.map(({ at }) => {
    const atS = (closely(pattern.samples, heard, at) - pattern.offset) / rate;
    return { atS, alike: likeness(reference, heard, { fromS, toS, offsetS: atS - fromS }) };
  });
  return found.reduce((one, other) => (other.alike > one.alike ? other : one), { atS: NaN, alike: 0 });
}

/** The best place beside one that was found in strides. @param {Float32Array} pattern @param {Float32Array} heard @param {number} near */
function closely(pattern, heard, near) {
  let best = { at: near, value: -1 };
  for (let at = Math.max(0, near - STRIDE); at <= near + STRIDE; at += 1) {
    const value = correlation(pattern, heard, at);
    if (value > best.value) best = { at, value };
  }
  return best.at;
}

/**
 * The strongest stretch of some words.
 * @param {Float32Array} words
 */
function loudest(words) {
  const length = Math.min(words.length, Math.round(PATTERN_S * LIKENESS_RATE_HZ));
  let best = { offset: 0, energy: -1 };
  for (let offset = 0; offset + length <= words.length; offset += Math.max(1, Math.round(length / 8))) {
    const energy = words.subarray(offset, offset + length).reduce((sum, sample) => sum + sample * sample, 0);
    if (energy > best.energy) best = { offset, energy };
  }
  return { offset: best.offset, samples: words.subarray(best.offset, best.offset + length) };
}

/** @param {Float32Array} pattern @param {Float32Array} heard @param {number} at */
function correlation(pattern, heard, at) {
  let [product, energy, own] = [0, 0, 0];
  for (let index = 0; index < pattern.length; index += 1) {
    const [one, other] = [pattern[index] ?? 0, heard[at + index] ?? 0];
    product += one * other;
    energy += other * other;
    own += one * one;
  }
  return energy > 1e-9 ? product / Math.sqrt(energy * own) : 0;
}

/**
 * What an independent decoder reads of keypad tones.
 * @param {string} folder  for its input
 * @param {Float32Array} samples  at DECODER_RATE_HZ
 * @returns {string}
 */
export function keysIn(folder, samples) {
  const raw = join(folder, "decoder.raw");
  writeFileSync(raw, Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * 32_767));
  const { stdout, status, stderr } = spawnSync("multimon-ng", ["-q", "-a", "DTMF", "-t", "raw", raw], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return [...stdout.matchAll(/^DTMF: (.)/gm)].map((match) => match[1]).join("");
}

/** Length of the longest sequence of keys that both have, in this order. @param {string} one @param {string} other */
export function commonKeys(one, other) {
  let row = new Array(other.length + 1).fill(0);
  for (const key of one) {
    const above = row;
    row = [0];
    for (let index = 0; index < other.length; index += 1) {
      row.push(other[index] === key ? (above[index] ?? 0) + 1 : Math.max(above[index + 1] ?? 0, row[index] ?? 0));
    }
  }
  return row.at(-1) ?? 0;
}

/** @param {string} path @returns {Float32Array} at the rate of likeness */
export function mono(path) {
  return decode(path, { rate: LIKENESS_RATE_HZ, channels: 1 })[0] ?? new Float32Array();
}

/** @param {string} path of a recording @returns {[agent: Float32Array, customer: Float32Array]} at the rate of likeness */
export function stereo(path) {
  const [left = new Float32Array(), right = new Float32Array()] = decode(path, { rate: LIKENESS_RATE_HZ, channels: 2 });
  return [left, right];
}

/** @param {Float32Array} samples at the rate of likeness @param {number} fromS @param {number} toS */
export function peakOf(samples, fromS, toS) {
  return peak(samples, Math.round(fromS * LIKENESS_RATE_HZ), Math.round(toS * LIKENESS_RATE_HZ));
}

/** @param {Float32Array} samples at the rate of likeness @param {number} fromS @param {number} toS */
export function rmsOf(samples, fromS, toS) {
  return rms(samples, Math.round(fromS * LIKENESS_RATE_HZ), Math.round(toS * LIKENESS_RATE_HZ));
}

/** @param {readonly number[]} values */
export function median(values) {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
}
