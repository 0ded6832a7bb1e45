/**
 * The document's own line to the hub.
 *
 * Owns opening it, and opening it again when the hub has gone. Must never give up while the extension is there: a page
 * whose sensor says nothing is recorded as silence.
 */
import { type DocumentToHub, type HubToDocument, LINES, WIRE_VERSION } from "../shared/wire";

/** Before the line is opened again, milliseconds; doubled up to the longest. */
const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

/** Who listens. */
export interface HubListener {
  /** A line is open, to a hub that knows nothing of this document. */
  opened(): void;
  told(message: HubToDocument): void;
  /** The line is gone. @param forGood the extension that put this script here is gone too */
  lost(forGood: boolean): void;
}

/** One document's line. */
export class LineToHub {
  readonly #listener: HubListener;
  #port: chrome.runtime.Port | null = null;
  #pauseMs = SHORTEST_PAUSE_MS;
  #ended = false;

  constructor(listener: HubListener) {
    this.#listener = listener;
  }

  /** Whether what is said is heard. */
  get isOpen(): boolean {
    return this.#port !== null;
  }

  /** Opens the line. */
  async open(): Promise<void> {
    if (this.#ended || this.#port !== null) return;
    try {
      // The hub lives in a document that the background makes when it is wanted.
      await chrome.runtime.sendMessage({ kind: "hub_wanted" });
      const port = chrome.runtime.connect({ name: LINES.document });
      this.#port = port;
      port.onMessage.addListener((message: HubToDocument) => {
        this.#pauseMs = SHORTEST_PAUSE_MS;
        this.#listener.told(message);
      });
      port.onDisconnect.addListener(() => this.#lost());
      this.say({ kind: "hello", wire: WIRE_VERSION });
      this.#listener.opened();
    } catch {
      // The extension was updated or removed, or its background is just starting.
      this.#lost();
    }
  }

  say(message: DocumentToHub): void {
    try {
      this.#port?.postMessage(message);
    } catch {
      // The line has just gone; its end is heard of in a moment.
    }
  }

  /** Ends it for good. */
  close(): void {
    this.#ended = true;
    this.#port?.disconnect();
    this.#port = null;
  }

  #lost(): void {
    const had = this.#port !== null;
    this.#port = null;
    if (this.#ended) return;
    // Without an id the extension was updated, switched off or removed.
    const forGood = chrome.runtime?.id === undefined;
    if (had || forGood) this.#listener.lost(forGood);
    if (forGood) return this.close();
    setTimeout(() => void this.open(), this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }
}
