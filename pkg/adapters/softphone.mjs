// @ts-check
/**
 * What the adapters of softphone libraries have in common.
 *
 * Owns: the softphone's calls, and the events for the host. Must never: let a fault of Callseal or of a listener reach
 * the softphone, which works whether Callseal runs or not.
 */
import { SoftphoneCall } from "./call.mjs";

/** @typedef {import("../index.d.ts").Callseal} Callseal */
/** @typedef {import("./softphone.d.ts").CallDescription} CallDescription */
/** @typedef {import("./softphone.d.ts").CallsealSource} CallsealSource */
/** @typedef {import("./softphone.d.ts").SoftphoneEvents} SoftphoneEvents */
/** @typedef {import("./softphone.d.ts").SoftphoneOptions} SoftphoneOptions */

/**
 * Something that has listeners, in the two dialects of it.
 * @typedef {object} Source
 * @property {(type: never, listener: never) => unknown} [on]
 * @property {(type: never, listener: never) => unknown} [off]
 * @property {(type: never, listener: never) => unknown} [removeListener]
 * @property {(type: never, listener: never) => unknown} [addEventListener]
 * @property {(type: never, listener: never) => unknown} [removeEventListener]
 */

export class Softphone {
  /** @type {Callseal | null} */
  #callseal = null;
  /** @type {Map<object, SoftphoneCall>} */
  #calls = new Map();
  /** @type {Map<string, Set<(event: never) => void>>} */
  #listeners = new Map();
  /** What is to be undone, at the end of a call or of the adapter. @type {Map<SoftphoneCall | null, (() => void)[]>} */
  #cleanups = new Map();
  #stopped = false;

  /**
   * @param {CallsealSource} callseal
   * @param {SoftphoneOptions} [options]
   */
  constructor(callseal, options = {}) {
    /** @readonly */
    this.options = options;
    if (callseal instanceof Promise) {
      callseal.then(
        (started) => this.#begin(started),
        // Whoever started it knows; the softphone goes on without.
        () => {},
      );
    } else this.#begin(callseal ?? null);
  }

  /** @returns {Callseal | null} null while there is none */
  get callseal() {
    return this.#stopped ? null : this.#callseal;
  }

  /** @returns {ReadonlySet<SoftphoneCall>} those that ring or run */
  get calls() {
    return new Set(this.#calls.values());
  }

  /**
   * @param {object} source  the library's own object of a call
   * @returns {SoftphoneCall | undefined}
   */
  callOf(source) {
    return this.#calls.get(source);
  }

  /**
   * @template {keyof SoftphoneEvents} Type
   * @param {Type} type
   * @param {(event: SoftphoneEvents[Type]) => void} listener
   * @returns {() => void} ends it
   */
  on(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Ends the adapter; calls and recordings go on. */
  stop() {
    this.#stopped = true;
    for (const call of [...this.#cleanups.keys()]) this.#cleanUp(call);
    this.#calls.clear();
  }

  /**
   * For adapters: the call of this object, made when it is new.
   * @param {object} source
   * @param {() => CallDescription} describe
   * @returns {SoftphoneCall}
   */
  open(source, describe) {
    const present = this.#calls.get(source);
    if (present !== undefined) return present;
    const call = new SoftphoneCall(this, source, describe());
    call.isIgnored = this.#stopped || this.options.ignore?.(call) === true;
    this.#calls.set(source, call);
    this.emit("opened", { call });
    return call;
  }

  /**
   * For adapters: what the host calls in the middle of its own work on a call. If it fails, another version of the library
   * perhaps, there is a call of which nothing is known, and which the tap finds by itself.
   * @param {object} source
   * @param {() => SoftphoneCall} work
   * @returns {SoftphoneCall}
   */
  watched(source, work) {
    try {
      return work();
    } catch (error) {
      this.emit("error", { call: null, error });
      return this.open(source, () => ({ id: "", direction: "incoming", party: {} }));
    }
  }

  /**
   * For adapters: listens, and never throws into the library.
   * @param {object} target
   * @param {Record<string, (...args: any[]) => void>} listeners  by type
   * @param {SoftphoneCall | null} [call]  at whose end this ends
   */
  listen(target, listeners, call = null) {
    const source = /** @type {Source} */ (target);
    const add = source.on ?? source.addEventListener;
    const remove = source.off ?? source.removeListener ?? source.removeEventListener;
    for (const [type, listener] of Object.entries(listeners)) {
      const guarded = this.guard(listener);
      add?.call(source, /** @type {never} */ (type), /** @type {never} */ (guarded));
      this.atEnd(call, () => remove?.call(source, /** @type {never} */ (type), /** @type {never} */ (guarded)));
    }
  }

  /**
   * For adapters: hears of what the page asks of the library, where the library tells nobody.
   * @param {any} target
   * @param {string} method
   * @param {(...args: any[]) => void} listener  called before it is done
   * @param {SoftphoneCall | null} [call]  at whose end this ends
   */
  overhear(target, method, listener, call = null) {
    const own = target[method];
    const guarded = this.guard(listener);
    const heard = (/** @type {any[]} */ ...args) => {
      guarded(...args);
      return own.apply(target, args);
    };
    target[method] = heard;
    this.atEnd(call, () => {
      if (target[method] === heard) target[method] = own;
    });
  }

  /**
   * For adapters: `work` without its exceptions.
   * @template {any[]} Args
   * @param {(...args: Args) => void} work
   * @returns {(...args: Args) => void}
   */
  guard(work) {
    return (...args) => {
      try {
        work(...args);
      } catch (error) {
        this.emit("error", { call: null, error });
      }
    };
  }

  /**
   * For adapters: calls `cleanup` at the end of the call, or of the adapter.
   * @param {SoftphoneCall | null} call
   * @param {() => void} cleanup
   */
  atEnd(call, cleanup) {
    this.#cleanups.set(call, [...(this.#cleanups.get(call) ?? []), cleanup]);
  }

  /** @param {SoftphoneCall} call which is over */
  forget(call) {
    this.#calls.delete(call.source);
    this.#cleanUp(call);
  }

  /** @param {SoftphoneCall | null} call */
  #cleanUp(call) {
    const cleanups = this.#cleanups.get(call) ?? [];
    this.#cleanups.delete(call);
    for (const cleanup of cleanups) this.guard(cleanup)();
  }

  /**
   * @template {keyof SoftphoneEvents} Type
   * @param {Type} type
   * @param {SoftphoneEvents[Type]} event
   */
  emit(type, event) {
    if (this.#stopped) return;
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        /** @type {(event: SoftphoneEvents[Type]) => void} */ (listener)(event);
      } catch (error) {
        reportError(error);
      }
    }
  }

  /** @param {Callseal | null} callseal */
  #begin(callseal) {
    this.#callseal = callseal;
    for (const call of this.#calls.values()) call.sync();
  }
}
