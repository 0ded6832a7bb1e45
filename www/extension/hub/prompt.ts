/**
 * The prompt's sound for the engine, which compares what went out with it.
 *
 * Owns that it comes from the file that was agreed, by the extension's own hands: in the embedded form this is the page's
 * word. Must never play anything.
 */
import { loadPrompt, monoSamples } from "../../../pkg/prompts.mjs";

/** The engine's rate, hertz. */
const RATE_HZ = 48_000;

/** How long a prompt may take to arrive, milliseconds. */
const LOAD_LIMIT_MS = 5_000;

/**
 * @returns samples in one channel
 * @throws CallsealError (rejects) `disclosure/*`
 */
export async function promptSamples(url: string, sha256: string): Promise<Float32Array<ArrayBuffer>> {
  const context = new OfflineAudioContext({ numberOfChannels: 1, length: 1, sampleRate: RATE_HZ });
  const { buffer } = await loadPrompt(context, url, sha256, AbortSignal.timeout(LOAD_LIMIT_MS));
  return monoSamples(buffer);
}
