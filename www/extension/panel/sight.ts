/**
 * Whether the panel in a page can be seen as it is.
 *
 * Owns watching for anything that lies over it, makes it transparent or moves it about: a page could so have the agent click
 * on what they do not see (clickjacking). Must never say "seen" where the browser cannot tell, if it could.
 */

/** How long the panel must have been in plain sight, milliseconds: what appears under the pointer is no answer. */
const SEEN_FOR_MS = 500;

/** Between two looks of the browser, milliseconds: the least that the standard allows. */
const LOOK_EVERY_MS = 100;

/** Intersection Observer v2, which TypeScript's library does not have. */
type V2Options = IntersectionObserverInit & { trackVisibility: true; delay: number };
type V2Entry = IntersectionObserverEntry & { isVisible?: boolean };

/** Watches one element. */
export class Sight {
  #seenSince: number | null = null;
  readonly #changed: (seen: boolean) => void;

  /** @param changed what is under it can be seen now, or cannot any more */
  constructor(element: Element, changed: (seen: boolean) => void) {
    this.#changed = changed;
    const options: V2Options = { threshold: [0, 0.25, 0.5, 0.75, 1], trackVisibility: true, delay: LOOK_EVERY_MS };
    new IntersectionObserver((entries) => this.#look(entries.at(-1)), options).observe(element);
  }

  /** Whether it has been in plain sight for long enough. */
  get isSeen(): boolean {
    return this.#seenSince !== null && performance.now() - this.#seenSince >= SEEN_FOR_MS && document.visibilityState === "visible";
  }

  #look(entry: V2Entry | undefined): void {
    if (entry === undefined) return;
    // Where `isVisible` is not known, all that can be told is whether it lies inside of the window.
    const seen = entry.isIntersecting && entry.isVisible !== false;
    if (seen === (this.#seenSince !== null)) return;
    this.#seenSince = seen ? performance.now() : null;
    this.#changed(seen);
  }
}
