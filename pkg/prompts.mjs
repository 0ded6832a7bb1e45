// @ts-check
/**
 * The prompt's sound: fetched, checked, decoded.
 *
 * Owns: that only the audio with the agreed hash is ever played: the consent record names that hash. Must never
 * decode bytes before they are checked.
 */
import { CallsealError } from "./errors.mjs";

/** @typedef {{buffer: AudioBuffer, sha256: string}} Prompt */
/** @typedef {(context: BaseAudioContext, url: string, sha256: string, signal: AbortSignal) => Promise<Prompt>} LoadPrompt */

/** Decoded prompts by hash; a page plays one or two. @type {Map<string, Prompt>} */
const decoded = new Map();

/**
 * @param {BaseAudioContext} context  whose rate the sound gets
 * @param {string} url
 * @param {string} sha256   lower-case hexadecimal
 * @param {AbortSignal} signal
 * @returns {Promise<Prompt>}
 * @throws {CallsealError} (rejects) `disclosure/unavailable`, `disclosure/wrong-hash`, `disclosure/undecodable`
 */
export async function loadPrompt(context, url, sha256, signal) {
  const present = decoded.get(sha256);
  if (present !== undefined) return present;
  return decodePrompt(context, await fetchPrompt(url, sha256, signal), sha256);
}

/**
 * @param {string} url
 * @param {string} sha256   lower-case hexadecimal
 * @param {AbortSignal} signal
 * @returns {Promise<ArrayBuffer>} the file, which is the one that was agreed
 * @throws {CallsealError} (rejects) `disclosure/unavailable`, `disclosure/wrong-hash`
 */
export async function fetchPrompt(url, sha256, signal) {
  const bytes = await fetchBytes(url, signal);
  const hash = hex(await crypto.subtle.digest("SHA-256", bytes));
  if (hash !== sha256) {
    throw new CallsealError("disclosure/wrong-hash", "The prompt's audio is not the one that was agreed; it was not played.");
  }
  return bytes;
}

/**
 * @param {BaseAudioContext} context  whose rate the sound gets
 * @param {ArrayBuffer} bytes  of {@link fetchPrompt}
 * @param {string} sha256
 * @returns {Promise<Prompt>}
 * @throws {CallsealError} (rejects) `disclosure/undecodable`
 */
export async function decodePrompt(context, bytes, sha256) {
  try {
    const prompt = { buffer: await context.decodeAudioData(bytes), sha256 };
    decoded.set(sha256, prompt);
    return prompt;
  } catch (cause) {
    throw new CallsealError("disclosure/undecodable", "The browser cannot decode the prompt's audio.", { cause });
  }
}

/**
 * @param {AudioBuffer} buffer
 * @returns {Float32Array<ArrayBuffer>} its samples in one channel, as the mix plays them (W3C Web Audio, down-mixing)
 */
export function monoSamples(buffer) {
  const mono = buffer.getChannelData(0).slice();
  if (buffer.numberOfChannels === 2) {
    const other = buffer.getChannelData(1);
    for (let index = 0; index < mono.length; index += 1) mono[index] = 0.5 * ((mono[index] ?? 0) + (other[index] ?? 0));
  }
  return mono;
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<ArrayBuffer>}
 */
async function fetchBytes(url, signal) {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.arrayBuffer();
  } catch (cause) {
    throw new CallsealError("disclosure/unavailable", "The prompt's audio could not be fetched.", { retryable: true, cause });
  }
}

/**
 * @param {ArrayBuffer} bytes
 * @returns {string}
 */
function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
