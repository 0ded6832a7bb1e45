/**
 * The documents that are open: which tab, which sensor, which frame, which calls.
 *
 * Owns who is who. A frame or a panel in a page belongs to a document because the document's isolated world was given the
 * nonce that it shows, once. Must never let one document speak for the calls or the sensor of another.
 */
import type { DocumentToHub, HubToDocument, HubToFrame } from "../shared/wire";

/** Calls that run at once in one document; a desk has two or three. */
const MOST_CALLS = 16;

/** What a nonce is for. */
export type Purpose = Extract<DocumentToHub, { kind: "nonce_wanted" }>["purpose"];

/** One document of a page, as long as its isolated world's line is there. */
export class OpenDocument {
  readonly port: chrome.runtime.Port;
  /** Names of its sensor's contexts, as the sensor has them. */
  readonly contexts = new Set<string>();
  /** Ids of calls that it has opened and that have not ended. */
  readonly calls = new Set<string>();
  /** The same, ended ones included: what a panel in this document shows. */
  readonly shown = new Set<string>();
  /** Its frame, while there is one. */
  frame: chrome.runtime.Port | null = null;
  audio: BroadcastChannel | null = null;
  /** Ends its calls when no frame comes back. */
  waiting: ReturnType<typeof setTimeout> | null = null;

  constructor(port: chrome.runtime.Port) {
    this.port = port;
  }

  get tabId(): number | null {
    return this.port.sender?.tab?.id ?? null;
  }

  /** Whether it may have one call more. */
  get hasRoom(): boolean {
    return this.calls.size < MOST_CALLS;
  }

  tell(message: HubToDocument): void {
    send(this.port, message);
  }

  tellFrame(message: HubToFrame): void {
    if (this.frame !== null) send(this.frame, message);
  }
}

/** Nonces that are given out and not used. */
export class Nonces {
  readonly #given = new Map<string, { document: OpenDocument; purpose: Purpose }>();

  give(document: OpenDocument, purpose: Purpose): string {
    // The frame before did not come: its nonce is worth nothing any more.
    for (const [nonce, given] of this.#given) if (given.document === document && given.purpose === purpose) this.#given.delete(nonce);
    const nonce = crypto.randomUUID();
    this.#given.set(nonce, { document, purpose });
    return nonce;
  }

  /** @returns the document whose isolated world was given it */
  take(nonce: string | null, purpose: Purpose, tabId: number | null): OpenDocument | null {
    const given = nonce === null ? undefined : this.#given.get(nonce);
    if (nonce === null || given === undefined || given.purpose !== purpose || given.document.tabId !== tabId) return null;
    this.#given.delete(nonce);
    return given.document;
  }

  forget(document: OpenDocument): void {
    for (const [nonce, given] of this.#given) if (given.document === document) this.#given.delete(nonce);
  }
}

/** A line that has gone meanwhile is not worth a word. */
export function send(port: chrome.runtime.Port, message: unknown): void {
  try {
    port.postMessage(message);
  } catch {
    // Its end is heard of in a moment.
  }
}
