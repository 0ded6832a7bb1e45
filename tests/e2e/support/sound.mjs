// @ts-check
/**
 * Sound for the end-to-end tests: decoded files, levels, likeness.
 *
 * Owns the measuring. Noise suppression and the jitter buffer stretch and colour what went through a call, so likeness is
 * judged in short segments, each allowed to lie a little early or late; never over a whole clip at once.
 */
import { execFileSync } from "node:child_process";
import { BROWSER } from "../../../scripts/demo/browser.mjs";

/** Rate at which likeness is measured: speech's strongest part, a sixth of the work. */
export const LIKENESS_RATE_HZ = 8_000;

/** Length of one compared segment, in seconds: longer than a pitch period by far, shorter than the jitter buffer's drift. */
const SEGMENT_S = 0.2;

/**
 * How far off a voice may be, in seconds. Firefox's comes by way of a sound server, and what waits for its audio graph grows
 * with every piece that was fetched late: 0.4 s at first and 1.4 s after 20 s were seen on a busy machine.
 */
export const SHIFT_S = BROWSER === "firefox" ? 1.6 : 0.35;

/** A segment below this level is a pause and is not compared. */
const PAUSE_RMS = 0.01;

/**
 * Decodes any sound file by ffmpeg.
 * @param {string} path
 * @param {{rate?: number, channels: number}} form
 * @returns {Float32Array[]} one array per channel, −1 to 1
 * @throws {Error} if ffmpeg finds any fault in the file
 */
export function decode(path, { rate = 48_000, channels }) {
  const raw = execFileSync(
    "ffmpeg",
    ["-v", "error", "-xerror", "-i", path, "-ac", String(channels), "-ar", String(rate), "-f", "f32le", "-"],
    { maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "inherit"] },
  );
  const interleaved = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: Math.floor(interleaved.length / channels) }, (__, index) => interleaved[index * channels + channel] ?? 0),
  );
}

/** @param {string} path @returns {{channels: number, codec: string, seconds: number}} */
export function probe(path) {
  const json = execFileSync("ffprobe", ["-v", "error", "-show_streams", "-show_format", "-of", "json", path], { encoding: "utf8" });
  const { streams, format } = JSON.parse(json);
  return { channels: streams[0].channels, codec: streams[0].codec_name, seconds: Number(format.duration) };
}

/**
 * @param {Float32Array} samples
 * @param {number} from first sample
 * @param {number} to   behind the last sample
 */
export function peak(samples, from, to) {
  let most = 0;
  for (let index = Math.max(0, from); index < Math.min(samples.length, to); index += 1) most = Math.max(most, Math.abs(samples[index] ?? 0));
  return most;
}

/** @param {Float32Array} samples @param {number} from @param {number} to */
export function rms(samples, from, to) {
  const [first, last] = [Math.max(0, from), Math.min(samples.length, to)];
  let sum = 0;
  for (let index = first; index < last; index += 1) sum += (samples[index] ?? 0) ** 2;
  return Math.sqrt(sum / Math.max(1, last - first));
}

/**
 * How alike a stretch of a reference and what was heard are: for each segment the best normalised cross-correlation
 * within the allowed shift, and of those the median.
 * @param {Float32Array} reference at LIKENESS_RATE_HZ
 * @param {Float32Array} heard     at LIKENESS_RATE_HZ
 * @param {{fromS: number, toS: number, offsetS: number, shiftS?: number}} where  stretch of the reference; `offsetS`: where in
 *   `heard` the reference's beginning is expected; `shiftS`: how far off that may be
 * @returns {number} 0 to 1; 0 if there is nothing to compare
 */
export function likeness(reference, heard, { fromS, toS, offsetS, shiftS = SHIFT_S }) {
  const length = SEGMENT_S * LIKENESS_RATE_HZ;
  const found = [];
  for (let start = Math.round(fromS * LIKENESS_RATE_HZ); start + length <= toS * LIKENESS_RATE_HZ; start += length) {
    if (rms(reference, start, start + length) < PAUSE_RMS) continue;
    const expected = start + Math.round(offsetS * LIKENESS_RATE_HZ);
    const shift = Math.round(shiftS * LIKENESS_RATE_HZ);
    found.push(bestCorrelation(reference.subarray(start, start + length), heard, expected - shift, expected + shift));
  }
  return median(found);
}

/**
 * @param {Float32Array} pattern
 * @param {Float32Array} heard
 * @param {number} from first position tried
 * @param {number} to   last position tried
 */
function bestCorrelation(pattern, heard, from, to) {
  let patternEnergy = 0;
  for (const sample of pattern) patternEnergy += sample * sample;
  let best = 0;
  for (let position = Math.max(0, from); position <= Math.min(to, heard.length - pattern.length); position += 1) {
    let product = 0;
    let energy = 0;
    for (let index = 0; index < pattern.length; index += 1) {
      const sample = heard[position + index] ?? 0;
      product += sample * (pattern[index] ?? 0);
      energy += sample * sample;
    }
    if (energy > 1e-9) best = Math.max(best, product / Math.sqrt(energy * patternEnergy));
  }
  return best;
}

/** @param {readonly number[]} values */
function median(values) {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
