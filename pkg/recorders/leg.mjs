// @ts-check
/**
 * What the keeper knows of one recorder of one call, its limits, and how failures differ.
 *
 * Owns: these shapes and constants. Must never: decide.
 */

/** @typedef {import("../recorders.d.ts").RecorderLimits} RecorderLimits */
/** @typedef {import("../recorders.d.ts").RecorderReport} RecorderReport */
/** @typedef {"pause" | "resume" | "state"} Action */
/** @typedef {"paused" | "recording"} Wanted */

/**
 * Two seconds are about what it takes to say "the number is", before the first digit. One attempt is shorter than half of
 * that, so that a lost one is made again in time. A look every 10 s finds what was resumed by hand, for six requests a minute.
 * @type {Required<RecorderLimits>}
 */
export const DEFAULT_LIMITS = {
  confirmWithinMs: 2000,
  attemptMs: 900,
  retryMs: 250,
  attempts: 40,
  graceMs: 1000,
  recheckMs: 10_000,
};

/** Longest pause between two attempts, milliseconds. */
export const LONGEST_RETRY_MS = 5000;

/** A recorder has said no: there is nothing to wait for before the agent is told. */
export const DEFINITE = new Set(["recorder/refused", "recorder/unknown-call", "recorder/not-paused", "recorder/not-resumed"]);

/** With these nothing can have been changed by the request. */
export const WITHOUT_EFFECT = new Set(["recorder/refused", "recorder/unknown-call"]);

/**
 * One recorder of one call.
 * @typedef {object} Leg
 * @property {number} index            the recorder's place
 * @property {Wanted | null} wanted    null: nothing was ever asked of it, or all is as it was found
 * @property {number} sinceMs          when that was demanded
 * @property {number} demand
 * @property {boolean} ours            whether a pause of ours may be in effect
 * @property {boolean} claimed         the last request was accepted, and whether it took effect is being looked at
 * @property {boolean} saidSo          the answer to it said that it did
 * @property {boolean} satisfied
 * @property {string | null} reference
 * @property {{id: number, action: Action, deadlineMs: number, oursBefore: boolean} | null} request
 * @property {number} attempts         for this demand
 * @property {number} retryAtMs
 * @property {number | null} checkAtMs
 * @property {string | null} lastCode  of the last failure for this demand
 * @property {boolean} exposed
 * @property {RecorderReport | null} report  the last one
 */

/**
 * @typedef {object} Call
 * @property {string} id
 * @property {Set<"callseal" | "host">} cutting  who says so
 * @property {boolean} blind
 * @property {boolean} ended
 * @property {number | null} resumeAtMs
 * @property {Leg[]} legs
 */

/**
 * @param {number} index
 * @returns {Leg} of which nothing was ever asked
 */
export function newLeg(index) {
  return {
    index,
    wanted: null,
    sinceMs: 0,
    demand: 0,
    ours: false,
    claimed: false,
    saidSo: false,
    satisfied: false,
    reference: null,
    request: null,
    attempts: 0,
    retryAtMs: 0,
    checkAtMs: null,
    lastCode: null,
    exposed: false,
    report: null,
  };
}
