// @ts-check
/**
 * WAV files in and out.
 *
 * Owns: reading any WAV the `wavefile` package reads, and writing mono 16-bit. Must never: change loudness.
 */
import { readFileSync, writeFileSync } from "node:fs";
import wavefile from "wavefile";
import { BadInput } from "./bad-input.mjs";

const { WaveFile } = wavefile;

/** Full scale of 16-bit samples. */
const FULL_SCALE = 32_768;

/**
 * @typedef {object} Sound
 * @property {number} sampleRateHz
 * @property {Float64Array} samples mono, −1 to 1
 */

/**
 * Reads a WAV file, all channels mixed to one.
 * @param {string} path
 * @returns {Sound}
 * @throws {BadInput} if it is not a usable WAV file
 */
export function readWav(path) {
  try {
    const file = new WaveFile(readFileSync(path));
    expand(file);
    const { sampleRate, numChannels } = /** @type {{sampleRate: number, numChannels: number}} */ (file.fmt);
    file.toBitDepth("64");
    const interleaved = /** @type {Float64Array} */ (file.getSamples(true, Float64Array));
    const samples = new Float64Array(Math.floor(interleaved.length / numChannels));
    for (let index = 0; index < samples.length; index += 1) {
      let sum = 0;
      for (let channel = 0; channel < numChannels; channel += 1) sum += interleaved[index * numChannels + channel] ?? 0;
      samples[index] = sum / numChannels;
    }
    if (samples.length === 0) throw new Error("it holds no sound");
    return { sampleRateHz: sampleRate, samples };
  } catch (error) {
    throw new BadInput(`${path}: is not a usable WAV file (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** Brings compressed forms to plain samples. @param {import("wavefile").WaveFile} file */
function expand(file) {
  if (file.bitDepth === "8a") file.fromALaw();
  else if (file.bitDepth === "8m") file.fromMuLaw();
  else if (file.bitDepth === "4") file.fromIMAADPCM();
}

/**
 * @param {Sound} sound
 * @param {number} sampleRateHz
 * @returns {Sound}
 */
export function resample({ samples, sampleRateHz: from }, sampleRateHz) {
  if (from === sampleRateHz) return { samples, sampleRateHz };
  const file = new WaveFile();
  file.fromScratch(1, from, "64", samples);
  file.toSampleRate(sampleRateHz, { method: "sinc", LPF: true });
  return { samples: /** @type {Float64Array} */ (file.getSamples(true, Float64Array)), sampleRateHz };
}

/**
 * Writes mono 16-bit.
 * @param {string} path
 * @param {Sound} sound
 */
export function writeWav(path, { samples, sampleRateHz }) {
  const integers = Int16Array.from(samples, (sample) => Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(sample * FULL_SCALE))));
  const file = new WaveFile();
  file.fromScratch(1, sampleRateHz, "16", integers);
  writeFileSync(path, file.toBuffer());
}

/**
 * Mono 16-bit little-endian bytes, as the customer's frame hands them out.
 * @param {Buffer} bytes
 * @param {number} sampleRateHz
 * @returns {Sound}
 */
export function fromPcm16(bytes, sampleRateHz) {
  const samples = new Float64Array(Math.floor(bytes.length / 2));
  for (let index = 0; index < samples.length; index += 1) samples[index] = bytes.readInt16LE(index * 2) / FULL_SCALE;
  return { samples, sampleRateHz };
}
