// @ts-check
/**
 * The page's part of storing: the host's functions, what it is shown, and what it may do with what is here.
 *
 * Owns: which function belongs to which store, the latest picture, exports. Must never log or keep a grant or a token, nor
 * let the host's fault reach the call: a function that throws is a failed attempt.
 */
import { CallsealError } from "./errors.mjs";

/** @typedef {import("./index.d.ts").CallsealConfig} CallsealConfig */
/** @typedef {import("./index.d.ts").StoreOptions} StoreOptions */
/** @typedef {import("./index.d.ts").StoreAccess} StoreAccess */
/** @typedef {import("./index.d.ts").HostGrant} HostGrant */
/** @typedef {import("./protocol.mjs").EngineMessage} EngineMessage */
/** @typedef {import("./protocol.mjs").GrantAnswer} GrantAnswer */
/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("./protocol.mjs").StoragePicture} StoragePicture */

/** How long the engine may take to hand out what it has of a call, or to remove it, in milliseconds. */
const ANSWER_WITHIN_MS = 30_000;

/** The name of a store that has none: the only one. */
const ONLY_STORE = "store";

export class Storage {
  /** @type {(message: PageMessage) => void} */
  #post;
  /** @type {import("./emitter.mjs").Emitter} */
  #events;
  /** By the store's name. @type {Map<string, {grant: unknown, onAccessDenied: unknown}>} */
  #functions = new Map();
  /** @type {StoragePicture | null} */
  #picture = null;
  /** Whether the browser has promised not to clear what is here; null where that is not known. @type {boolean | null} */
  #persistent = null;
  #requests = 0;
  /** @type {Map<number, (files: {name: string, content: Blob}[] | null) => void>} */
  #exports = new Map();
  #warned = new Set();

  /**
   * @param {(message: PageMessage) => void} post
   * @param {import("./emitter.mjs").Emitter} events
   */
  constructor(post, events) {
    this.#post = post;
    this.#events = events;
  }

  /**
   * @param {CallsealConfig} config
   * @returns {{store?: object, stores?: object[]}} the same without functions, for the engine
   * @throws {CallsealError} `config/invalid`
   */
  take({ store, stores }) {
    return {
      ...(store === undefined ? {} : { store: this.#withoutFunctions(store) }),
      ...(stores === undefined ? {} : { stores: stores.map((one) => this.#withoutFunctions(one)) }),
    };
  }

  /**
   * @param {StoreOptions} options
   * @returns {object}
   */
  #withoutFunctions(options) {
    // What is no object at all, the engine says so of.
    if (typeof options !== "object" || options === null) return options;
    const { grant, onAccessDenied, ...rest } = /** @type {StoreOptions & {grant?: unknown, onAccessDenied?: unknown}} */ (options);
    if (rest.kind === "callback" && typeof grant !== "function") {
      throw new CallsealError("config/invalid", "A store of the kind callback needs the function grant.");
    }
    this.#functions.set(rest.name ?? ONLY_STORE, { grant, onAccessDenied });
    return rest;
  }

  /** @returns {() => void} ends what is begun here */
  start() {
    // What waits on the disk is sent by the next page; what waits in memory would be gone.
    const unloading = (/** @type {Event} */ event) => this.#wouldLose && event.preventDefault();
    window.addEventListener("beforeunload", unloading);
    void this.#persist();
    return () => window.removeEventListener("beforeunload", unloading);
  }

  /** Asks the browser, once, not to clear what is here when it wants space. */
  async #persist() {
    try {
      this.#persistent = (await navigator.storage.persisted()) || (await navigator.storage.persist());
    } catch {
      this.#persistent = null;
    }
    if (this.#persistent === false) {
      this.#warn("spool/not-persistent", "The browser may clear recordings that wait here when the disk is nearly full.");
    }
    if (this.#picture !== null) this.#tell();
  }

  /** @returns {import("./index.d.ts").StorageSnapshot | null} */
  snapshot() {
    return this.#picture === null ? null : { ...this.#picture, persistent: this.#persistent };
  }

  /** Whether something would be lost if the page went away now. */
  get #wouldLose() {
    return this.#picture !== null && this.#picture.spool.place === "memory" && this.#picture.waiting_bytes > 0;
  }

  /**
   * @param {EngineMessage} message
   * @returns {boolean} whether it was one of storage
   */
  receive(message) {
    switch (message.kind) {
      case "storage":
        this.#picture = message.picture;
        if (message.picture.spool.place === "memory") {
          this.#warn("spool/memory", "The browser gives this page no disk: recordings wait in memory and are lost if it is closed too early.");
        }
        this.#tell();
        return true;
      case "spool_full":
        this.#events.emit("spoolFull", { usedBytes: message.used_bytes });
        return true;
      case "store_access_wanted":
        void this.#renew(message.store);
        return true;
      case "recording_removed":
        this.#events.emit("removed", { callId: message.call_id });
        return true;
      case "grant_wanted":
        void this.#grant(message);
        return true;
      case "export_given":
        this.#exports.get(message.request_id)?.(message.files);
        return true;
      default:
        return false;
    }
  }

  /**
   * @param {string} store
   * @param {StoreAccess} access
   */
  renew(store, { token = null, headers = {} }) {
    this.#post({ kind: "store_access", store, token, headers });
  }

  /** @param {string | null} callId */
  retry(callId) {
    this.#post({ kind: "store_retry", call_id: callId });
  }

  /**
   * @param {string} callId
   * @param {{confirm: string}} options
   * @returns {Promise<void>}
   */
  async remove(callId, { confirm }) {
    if (confirm !== callId) throw new CallsealError("storage/unconfirmed", "To remove a recording, say its id a second time as confirm.", { callId });
    await new Promise((resolve, reject) => {
      const ends = [
        this.#events.on("removed", (event) => event.callId === callId && end(resolve, undefined)),
        this.#events.on("error", (error) => (error.code === "storage/still-sending" || error.code === "call/unknown") && end(reject, error)),
      ];
      const timer = setTimeout(() => end(reject, tooLate(callId)), ANSWER_WITHIN_MS);
      /**
       * @param {(value: any) => void} settle
       * @param {unknown} value
       */
      const end = (settle, value) => {
        clearTimeout(timer);
        for (const stop of ends) stop();
        settle(value);
      };
      this.#post({ kind: "recording_remove", call_id: callId });
    });
  }

  /**
   * @param {string} callId
   * @returns {Promise<Blob>}
   */
  async export(callId) {
    this.#requests += 1;
    const id = this.#requests;
    const files = await new Promise((/** @type {(files: {name: string, content: Blob}[] | null) => void} */ resolve, reject) => {
      const timer = setTimeout(() => reject(tooLate(callId)), ANSWER_WITHIN_MS);
      this.#exports.set(id, (given) => {
        clearTimeout(timer);
        resolve(given);
      });
      this.#post({ kind: "export_wanted", request_id: id, call_id: callId });
    }).finally(() => this.#exports.delete(id));
    if (files === null || files.length === 0) {
      throw new CallsealError("call/unknown", "Nothing of this call is in this browser.", { callId });
    }
    const { zip } = await import("./dist/zip.mjs");
    return zip(files);
  }

  #tell() {
    const snapshot = this.snapshot();
    if (snapshot !== null) this.#events.emit("storage", snapshot);
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  #warn(code, message) {
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    this.#events.emit("storageWarning", { code, message });
  }

  /** @param {Extract<EngineMessage, {kind: "grant_wanted"}>} message */
  async #grant({ request_id: id, store, name, size_bytes: sizeBytes, sha256 }) {
    /** @type {GrantAnswer | null} */
    let answer = null;
    try {
      const { grant } = this.#functions.get(store) ?? {};
      if (typeof grant === "function") answer = grantOf(await grant({ name, sizeBytes, sha256, store }));
    } catch {
      // The host's fault is a failed attempt; what it says may quote a grant and goes nowhere.
    }
    this.#post({ kind: "grant_given", request_id: id, answer });
  }

  /** @param {string} store */
  async #renew(store) {
    this.#events.emit("accessDenied", { store });
    try {
      const { onAccessDenied } = this.#functions.get(store) ?? {};
      if (typeof onAccessDenied !== "function") return;
      const access = await onAccessDenied({ store });
      if (typeof access === "object" && access !== null) this.renew(store, access);
    } catch {
      // It is asked again when the store has denied access again.
    }
  }
}

/**
 * @param {HostGrant} given
 * @returns {GrantAnswer | null} null if it is none
 */
function grantOf(given) {
  if (given.status === "alreadyStored") return { status: "already_stored", size_bytes: given.sizeBytes, sha256: given.sha256 };
  if (given.status !== "granted") return null;
  const { method, url, headers = {}, expiresAtMs = null, confirm = false } = given;
  // A grant of the page's own making is relative to the page, not to the Worker's script.
  return { status: "granted", method, url: new URL(url, document.baseURI).href, headers, expires_at_ms: expiresAtMs, confirm };
}

/** @param {string} callId */
const tooLate = (callId) => new CallsealError("engine/failed", "The engine did not answer in time.", { callId });
