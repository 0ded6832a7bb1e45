// @ts-check
/**
 * What the panel shows of a call when the engine is dead.
 *
 * Owns this one picture, since nobody else is left to draw it. Must never show a recording that is none.
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
