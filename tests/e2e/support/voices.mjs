// @ts-check
/**
 * Test voices cut from the demo's clips, with known words at known times.
 *
 * Owns where in the clips which words are, and the layouts the tests rely on. All times in seconds.
 */
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/project.mjs";
import { readWav, writeWav } from "../../../scripts/demo/wav.mjs";

export const AGENT_CLIP = join(ROOT, "www/demo/media/agent.wav");
export const CUSTOMER_CLIP = join(ROOT, "www/demo/media/customer.wav");
export const PROMPT = join(ROOT, "pkg/prompts/en/record-for-quality.1.wav");

/** What is said in the clips, see www/demo/media/README.md. */
const WORDS = {
  greeting: { clip: AGENT_CLIP, fromS: 2.55, toS: 4.7 },
  please: { clip: AGENT_CLIP, fromS: 5.85, toS: 7.2 },
  thanks: { clip: AGENT_CLIP, fromS: 11.75, toS: 13.5 },
  certainly: { clip: AGENT_CLIP, fromS: 15.65, toS: 18.7 },
  request: { clip: CUSTOMER_CLIP, fromS: 4.15, toS: 5.8 },
  digits: { clip: CUSTOMER_CLIP, fromS: 7.05, toS: 11.05 },
  delivery: { clip: CUSTOMER_CLIP, fromS: 13.85, toS: 15.6 },
  farewell: { clip: CUSTOMER_CLIP, fromS: 18.15, toS: 19.9 },
};

/**
 * @typedef {keyof typeof WORDS} Words
 * @typedef {{words: Words, fromS: number, toS: number}} Utterance where in the new voice the words are
 */

/** The clips, read once: a voice of many words is cut from the same two. @type {Map<string, import("../../../scripts/demo/wav.mjs").Sound>} */
const clips = new Map();

/** @param {string} clip */
function read(clip) {
  const sound = clips.get(clip) ?? readWav(clip);
  clips.set(clip, sound);
  return sound;
}

/**
 * Writes a voice that says given words at given times and is silent otherwise.
 * @param {string} path
 * @param {readonly (readonly [number, Words])[]} plan when and what
 * @param {number} lengthS
 * @returns {Utterance[]}
 */
export function writeVoice(path, plan, lengthS) {
  const rate = 16_000;
  const samples = new Float64Array(Math.round(lengthS * rate));
  const utterances = plan.map(([atS, words]) => {
    const { clip, fromS, toS } = WORDS[words];
    const { samples: source, sampleRateHz } = read(clip);
    if (sampleRateHz !== rate) throw new Error(`${clip} is not at ${rate} Hz`);
    samples.set(source.subarray(Math.round(fromS * rate), Math.round(toS * rate)), Math.round(atS * rate));
    return { words, fromS: atS, toS: atS + toS - fromS };
  });
  writeWav(path, { samples, sampleRateHz: rate });
  return utterances;
}

/** Frequencies of the keys' rows and columns, in hertz (ITU-T Q.23). */
const ROWS_HZ = [697, 770, 852, 941];
const COLUMNS_HZ = [1209, 1336, 1477];

/** @param {number} digit @returns {[low: number, high: number]} */
function tonesOf(digit) {
  const index = digit === 0 ? 10 : digit - 1;
  return [ROWS_HZ[Math.floor(index / 3)] ?? NaN, COLUMNS_HZ[index % 3] ?? NaN];
}

/**
 * Lets somebody press a key of their telephone in a voice that {@link writeVoice} has written.
 * @param {string} path
 * @param {number} key a digit
 * @param {number} atS
 * @param {number} [pressedS]
 */
export function pressKey(path, key, atS, pressedS = 0.25) {
  const { samples, sampleRateHz } = readWav(path);
  for (let index = 0; index < pressedS * sampleRateHz; index += 1) {
    const angle = (2 * Math.PI * index) / sampleRateHz;
    const [low, high] = tonesOf(key);
    samples[Math.round(atS * sampleRateHz) + index] = 0.2 * (Math.sin(low * angle) + Math.sin(high * angle));
  }
  writeWav(path, { samples, sampleRateHz });
}

/**
 * A voice that says the same words over and over, for long calls.
 * @param {string} path
 * @param {Words} words
 * @param {{everyS: number, fromS: number, lengthS: number}} rhythm
 */
export function writeChatter(path, words, { everyS, fromS, lengthS }) {
  /** @type {(readonly [number, Words])[]} */
  const plan = [];
  for (let atS = fromS; atS + 4 < lengthS; atS += everyS) plan.push([atS, words]);
  return writeVoice(path, plan, lengthS);
}
