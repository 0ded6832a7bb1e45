/**
 * Types of storing: where recordings go, how much may wait, and what is shown of it (docs/storage.md).
 *
 * Owns: the store parts of the public surface. `index.d.ts` passes them on.
 */
import type { StoragePicture } from "./protocol.mjs";

/** What a store takes of a recording: sealed audio, its wrapped keys, the ledger, and the vCon with what else is made of it. */
export type StoreTakes = "audio" | "envelopes" | "ledger" | "papers";

/** What a store is reached with, new. `token` replaces a bearer token, `headers` those of the same names. */
export interface StoreAccess {
  token?: string | null;
  headers?: Record<string, string>;
}

/** What all stores have in common (docs/storage.md). */
export interface StoreBase {
  /** 1 to 40 lower-case letters, digits, `-` and `_`. Needed where there are several. */
  name?: string;
  /** Default: everything. Each kind needs a store. */
  takes?: StoreTakes[];
  /**
   * The store accepts the page's sign-in no more: gives a new one. Nothing is lost while it is awaited, and without one the
   * store is tried again each minute. In its place, or beside it: the event `accessDenied`, and `renewAccess`.
   */
  onAccessDenied?: (denied: { store: string }) => StoreAccess | null | Promise<StoreAccess | null>;
}

/** An endpoint that grants one write-once PUT per object: `callseal serve`, or your own (docs/serve.md). */
export interface GrantStore extends StoreBase {
  kind: "grants";
  url: string;
  /** Bearer token for the grant endpoint. */
  token: string;
}

/** Addresses of one form, and the same headers for all: WebDAV, nginx, any store that takes a PUT. */
export interface TemplateStore extends StoreBase {
  kind: "template";
  /** With `{name}` once in its path, for example `https://dav.example/recordings/{name}`. */
  url: string;
  /** Sent with every request. */
  headers?: Record<string, string>;
  /**
   * How an upload is confirmed before this browser's copy goes. `get` (default): it is read back and hashed. `head`: its size
   * is asked for, and its SHA-256 where the store tells it. `none`: the store's 2xx is believed.
   */
  confirm?: "get" | "head" | "none";
  /** Make folders (MKCOL) where they are missing. Default false. */
  makeCollections?: boolean;
  /**
   * Send `If-None-Match: *`. Default true. `false` for servers that ignore it and whose CORS does not let it through (rclone):
   * each object is then looked for before it is sent, and only that keeps it from being overwritten.
   */
  ifNoneMatch?: boolean;
}

/** What is wanted of the host's function. */
export interface GrantRequest {
  name: string;
  sizeBytes: number;
  /** Lower-case hexadecimal. */
  sha256: string;
  store: string;
}

/** A permission to store one object once; or that it is there, after its size and hash were looked at. */
export type HostGrant =
  | {
      status: "granted";
      method: string;
      url: string;
      headers?: Record<string, string>;
      expiresAtMs?: number | null;
      /** The store behind it checks nothing, or says nothing: ask this function again, and believe only `alreadyStored`. */
      confirm?: boolean;
    }
  | { status: "alreadyStored"; sizeBytes: number; sha256: string };

/** A function of the page that gives grants; what it throws, and silence for 30 s, are a failed attempt. */
export interface CallbackStore extends StoreBase {
  kind: "callback";
  grant: (request: GrantRequest) => HostGrant | Promise<HostGrant>;
}

/** A server of resumable uploads (tus 1.0). Name and SHA-256 go with an upload as its metadata. */
export interface TusStore extends StoreBase {
  kind: "tus";
  /** Where uploads are created. */
  url: string;
  headers?: Record<string, string>;
}

/** This browser alone: nothing is sent. Recordings stay until you export and remove them. */
export interface LocalStore extends StoreBase {
  kind: "local";
}

/** Where sealed objects go. */
export type StoreOptions = GrantStore | TemplateStore | CallbackStore | TusStore | LocalStore;

/** One store; or at most four: an object is done when every store that takes it has it. */
export type WhereTo = { store: StoreOptions; stores?: never } | { store?: never; stores: StoreOptions[] };

/** How much may wait in this browser; a spool that is full ends recording whole, and the call goes on. */
export interface SpoolOptions {
  /** Bytes on the disk, 8388608 or more. Default: what the browser gives. */
  limitBytes?: number | null;
  /** Bytes in memory, where the browser gives no disk (a frame of another site, a private window). Default 16777216. */
  memoryLimitBytes?: number;
}

/** What waits for the stores, and why. */
export interface StorageSnapshot extends StoragePicture {
  /** Whether the browser has promised not to clear what waits; null where it does not say. */
  readonly persistent: boolean | null;
}
