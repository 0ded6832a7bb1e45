/**
 * Prompts in the page's realm, as the extension's frame handed them over.
 *
 * Owns the bytes until they are decoded. The page's own content-security-policy lets it fetch nothing of the extension's or
 * the store's; the frame has fetched and checked them. Must never decode what the frame has not given.
 */
import { decodePrompt } from "../../../pkg/prompts.mjs";
import { CallsealError } from "../../../pkg/errors.mjs";

/** Prompts of one page; a desk plays one or two. */
export class Prompts {
  readonly #bytes = new Map<string, ArrayBuffer>();
  readonly #decoded = new Map<string, { buffer: AudioBuffer; sha256: string }>();

  /** @param sha256 of the bytes, which the frame has checked */
  give(sha256: string, bytes: ArrayBuffer): void {
    if (!this.#decoded.has(sha256)) this.#bytes.set(sha256, bytes);
  }

  /** For {@link PagePart}. */
  readonly load = async (context: BaseAudioContext, _url: string, sha256: string): Promise<{ buffer: AudioBuffer; sha256: string }> => {
    const present = this.#decoded.get(sha256);
    if (present !== undefined) return present;
    const bytes = this.#bytes.get(sha256);
    if (bytes === undefined) throw new CallsealError("disclosure/unavailable", "The prompt's audio was not handed over.");
    this.#bytes.delete(sha256);
    const prompt = await decodePrompt(context, bytes, sha256);
    this.#decoded.set(sha256, prompt);
    return prompt;
  };
}
