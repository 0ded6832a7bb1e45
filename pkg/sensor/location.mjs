// @ts-check
/**
 * Where the page is.
 *
 * Owns: noticing every change of the address, those of single-page applications too, and cutting it down to what is
 * compared. Must never tell a query: customers' names and numbers stand there.
 */

/** Longest address that is told, characters; the engine compares no more. */
export const LONGEST_URL = 2_048;

export class Location {
  /** @type {(url: string) => void} */
  #tell;
  #last = "";

  /** @param {(url: string) => void} tell  called with each new address */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    this.check();
    for (const type of ["popstate", "hashchange"]) window.addEventListener(type, () => this.check(), { signal });
    const { navigation } = /** @type {{navigation?: EventTarget}} */ (/** @type {unknown} */ (globalThis));
    navigation?.addEventListener("currententrychange", () => this.check(), { signal });
  }

  /** Tells the address if it is another than before. */
  check() {
    const { origin, pathname, hash } = window.location;
    const [fragment = ""] = hash.split(/[?&=]/u);
    const url = `${origin}${pathname}${fragment}`.slice(0, LONGEST_URL);
    if (url === this.#last) return;
    this.#last = url;
    this.#tell(url);
  }

  /** Says again where the page is, to an engine that may not know. */
  repeat() {
    this.#last = "";
    this.check();
  }
}
