// @ts-check
/**
 * When a challenge may be answered.
 *
 * Owns: that an answer comes only after every event that happened before the challenge. Must never answer at once: a page
 * that hung gets to see the challenge before the click that waits behind it.
 */
import { postTask } from "../tasks.mjs";

/** How often an answer may be put off because the browser says that input is waiting. */
const INPUT_DEFERRALS = 20;

/** Engines that may ask one page; each has its own challenges. */
const MOST_ASKERS = 16;

export class Answers {
  /** @type {(nonce: string, asker: string) => void} */
  #answer;
  /** @type {() => void} */
  #before;
  /** @type {AbortSignal} */
  #signal;
  /** The newest challenge of each engine. @type {Map<string, string>} */
  #nonces = new Map();
  #answering = false;

  /**
   * @param {object} parts
   * @param {() => void} parts.before  brings every report up to date
   * @param {(nonce: string, asker: string) => void} parts.answer
   * @param {AbortSignal} parts.signal
   */
  constructor({ before, answer, signal }) {
    this.#before = before;
    this.#answer = answer;
    this.#signal = signal;
  }

  /**
   * @param {string} nonce
   * @param {string} asker
   */
  challenge(nonce, asker) {
    if (this.#signal.aborted) return;
    if (this.#nonces.size >= MOST_ASKERS && !this.#nonces.has(asker)) return;
    this.#nonces.set(asker, nonce);
    if (this.#answering) return;
    this.#answering = true;
    this.#defer(INPUT_DEFERRALS);
  }

  /** @param {number} left */
  #defer(left) {
    // Events that happened before the challenge are queued before it; a task later they have been dispatched.
    postTask(() => {
      const { scheduling } = /** @type {{scheduling?: {isInputPending(options?: object): boolean}}} */ (
        /** @type {unknown} */ (navigator)
      );
      if (left > 0 && scheduling?.isInputPending({ includeContinuous: false })) return this.#defer(left - 1);
      this.#answering = false;
      const nonces = [...this.#nonces];
      this.#nonces.clear();
      if (this.#signal.aborted) return;
      this.#before();
      for (const [asker, nonce] of nonces) this.#answer(nonce, asker);
    });
  }
}
