/**
 * Keeps the extension's frame in the page.
 *
 * Owns the frame's element, in a closed shadow root, and that it comes back when the page removes it. Must never show
 * anything, or let the page learn the nonce by which the hub knows that this frame is ours.
 */

/** So often within {@link WINDOW_MS} a removed frame is put back at once; then more slowly. */
const QUICK_RETURNS = 5;
const WINDOW_MS = 30_000;
const SLOW_MS = 5_000;

/** What the keeper needs. */
export interface FrameHost {
  /** The frame's document is there and waits for its port. */
  loaded(frame: HTMLIFrameElement): void;
  /** The page has removed the frame. */
  removed(): void;
}

/** One hidden frame. */
export class FrameKeeper {
  readonly #url: string;
  readonly #host: FrameHost;
  readonly #observer = new MutationObserver(() => this.#look());
  #element: HTMLElement | null = null;
  #returns: number[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(url: string, host: FrameHost) {
    this.#url = url;
    this.#host = host;
  }

  /** Puts the frame into the page, once there is something to put it in. */
  start(): void {
    if (this.#element !== null) return;
    this.#observer.observe(document, { childList: true });
    this.#place();
  }

  /** Puts a new frame in place of the one that is there. */
  renew(): void {
    if (this.#element === null) return;
    this.#element.remove();
    this.#element = null;
    this.#again();
  }

  /** Ends it. */
  stop(): void {
    this.#observer.disconnect();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#element?.remove();
    this.#element = null;
  }

  #place(): void {
    const root = document.documentElement;
    if (root === null) return;
    const element = hiddenElement();
    const frame = document.createElement("iframe");
    frame.addEventListener("load", () => this.#host.loaded(frame));
    frame.src = this.#url;
    element.attachShadow({ mode: "closed" }).append(frame);
    this.#element = element;
    root.append(element);
    this.#observer.observe(root, { childList: true });
  }

  #look(): void {
    if (this.#element === null) {
      if (this.#timer === null) this.#place();
    } else if (!this.#element.isConnected) {
      this.#element = null;
      this.#host.removed();
      this.#again();
    }
  }

  /** A page that removes the frame again and again must not be kept busy by us. */
  #again(): void {
    const now = performance.now();
    this.#returns = [...this.#returns.filter((at) => now - at < WINDOW_MS), now];
    if (this.#timer !== null) return;
    if (this.#returns.length <= QUICK_RETURNS) return this.#place();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#place();
    }, SLOW_MS);
  }
}

/** An element that takes no room and that no style of the page reaches. */
function hiddenElement(): HTMLElement {
  const element = document.createElement("div");
  element.style.setProperty("all", "initial", "important");
  element.style.setProperty("display", "none", "important");
  return element;
}
