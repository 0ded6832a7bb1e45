// @ts-check
/**
 * What the panel shows of a call when the engine is dead, or another one is on its way.
 *
 * Owns these pictures, since nobody else is left to draw them. Must never show a recording that is none.
 */

/** @typedef {import("./protocol.mjs").Snapshot} Snapshot */

/**
 * @param {Snapshot} last  what the engine said last
 * @param {string} problem
 * @returns {Snapshot}
 */
export function failedPicture(last, problem) {
  return {
    ...last,
    phase: "failed",
    recording: false,
    redacting: false,
    cut: null,
    warning: null,
    allowed: [],
    problem,
    outcome: last.outcome ?? "failed",
  };
}

/**
 * @param {Snapshot} last  what the engine said last
 * @param {string} problem
 * @returns {Snapshot}
 */
export function interruptedPicture(last, problem) {
  // A no can still be said: it waits for the next engine.
  return { ...last, recording: false, redacting: false, cut: null, warning: null, problem };
}
