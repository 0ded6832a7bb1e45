// @ts-check
/**
 * Events for the host.
 *
 * Owns: who listens. Must never let one listener's fault keep an event from the others.
 */

/** @typedef {import("./index.d.ts").CallsealEvents} CallsealEvents */

export class Emitter {
  /** @type {Map<string, Set<(event: never) => void>>} */
  #listeners = new Map();

  /**
   * @template {keyof CallsealEvents} Type
   * @param {Type} type
   * @param {(event: CallsealEvents[Type]) => void} listener
   * @returns {() => void}
   */
  on(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /**
   * @template {keyof CallsealEvents} Type
   * @param {Type} type
   * @param {CallsealEvents[Type]} event
   */
  emit(type, event) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        /** @type {(event: CallsealEvents[Type]) => void} */ (listener)(event);
      } catch (error) {
        // The host's fault, to be seen in its console, and no reason for the other listeners to miss the event.
        reportError(error);
      }
    }
  }
}
