/**
 * The floating panel's frame in the page.
 *
 * Owns where it lies, and that it is there only while a call runs in this document. What is in it is the extension's own
 * document: its clicks are not the page's. Must never be more than a rectangle: nothing of the page reaches into it.
 */

/** Size and place, CSS pixels. The panel scrolls inside of it. */
const STYLE: Readonly<Record<string, string>> = {
  all: "initial",
  position: "fixed",
  "inset-block-end": "16px",
  "inset-inline-end": "16px",
  "inline-size": "min(380px, calc(100vw - 32px))",
  "block-size": "min(460px, calc(100vh - 32px))",
  // The largest there is: what covers the panel has to be put there on purpose.
  "z-index": "2147483647",
};

/** The frame, shown or not. */
export class FloatingFrame {
  readonly #url: string;
  readonly #loaded: (frame: HTMLIFrameElement) => void;
  #element: HTMLElement | null = null;

  constructor(url: string, loaded: (frame: HTMLIFrameElement) => void) {
    this.#url = url;
    this.#loaded = loaded;
  }

  /** @param wanted whether it is to be seen now */
  show(wanted: boolean): void {
    if (!wanted) {
      this.#element?.remove();
      this.#element = null;
      return;
    }
    if (this.#element?.isConnected === true) return;
    const element = document.createElement("div");
    for (const [name, value] of Object.entries(STYLE)) element.style.setProperty(name, value, "important");
    const frame = document.createElement("iframe");
    for (const [name, value] of Object.entries({ border: "0", "inline-size": "100%", "block-size": "100%", "color-scheme": "normal" })) {
      frame.style.setProperty(name, value);
    }
    frame.title = "Callseal";
    frame.addEventListener("load", () => this.#loaded(frame));
    frame.src = this.#url;
    element.attachShadow({ mode: "closed" }).append(frame);
    // Without a place there is no panel in the page; the side panel is there all the same.
    document.documentElement?.append(element);
    this.#element = element;
  }
}
