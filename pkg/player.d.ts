/** `<callseal-player>`: a stored call, opened and verified in the listener's browser (docs/player.md). */

export interface PlayerSource {
  /** Origin of `callseal serve`; the page's own if left out. */
  url?: string;
  /** A token that may read. */
  token?: string;
  callId?: string;
  /** Instead of a server: the files of one call's folder, with their paths. */
  files?: { path: string; file: File }[];
  /** Public keys (JWK) of servers whose countersignature is asked for. */
  servers?: object[];
}

export class CallsealPlayer extends HTMLElement {
  /** Whether excerpts may be saved; default false. */
  allowExport: boolean;
  /** Bytes fetched so far, and milliseconds from the press of Play to the first sound. */
  stats: { bytes: number; firstAudioMs: number | null };
  /** Reads the ledger and asks for reason and key. */
  open(source: PlayerSource): Promise<void>;
  /** Gives reason and key, as the form does. */
  unlock(given: { key: string | File; reason: string; text?: string }): Promise<void>;
  play(): Promise<void>;
  pause(): void;
  /** Seconds on the call's timeline. */
  seek(seconds: number): void;
  /** Fetches the rest and verifies all; the report of `callseal verify --json`. */
  verify(): Promise<object | null>;
  /** An Ogg Opus file of a stretch, in seconds of the call's timeline. */
  excerpt(fromS: number, toS: number): Promise<Blob>;
}

declare global {
  interface HTMLElementTagNameMap {
    "callseal-player": CallsealPlayer;
  }
}
