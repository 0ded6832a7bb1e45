// @ts-check
/**
 * What the recorders need of the facade: snapshots, and their event.
 *
 * Owns: snapshots of calls that are recorded, with what a test changes in them.
 */

/** @typedef {import("../../../pkg/protocol.mjs").Snapshot} Snapshot */

export class Source {
  /** @type {Map<string, Snapshot>} */
  calls = new Map();
  /** @type {Set<(snapshot: Snapshot) => void>} */
  #listeners = new Set();

  /**
   * @param {"state"} _type
   * @param {(snapshot: Snapshot) => void} listener
   */
  on(_type, listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * @param {string} callId
   * @param {Partial<Omit<Snapshot, "phase">> & {phase?: string}} changes
   */
  tell(callId, changes) {
    const snapshot = /** @type {Snapshot} */ ({
      call_id: callId,
      phase: "recording",
      recording: true,
      redacting: false,
      redaction_class: null,
      cut: null,
      warning: null,
      yes_pending: false,
      paused: false,
      parties: [],
      law: null,
      allowed: [],
      disclosure_text: "",
      elapsed_ms: 0,
      recorded_ms: 0,
      objects_total: 0,
      objects_stored: 0,
      store_reachable: true,
      problem: null,
      outcome: null,
      shredding: null,
      ...changes,
    });
    this.calls.set(callId, snapshot);
    for (const listener of this.#listeners) listener(snapshot);
  }
}
