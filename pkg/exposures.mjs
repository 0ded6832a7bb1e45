// @ts-check
/**
 * What the host is told of stretches that should not have been recorded, in the words of its interface.
 *
 * Owns the names. Must never leave a stretch out.
 */

/**
 * @param {readonly import("./protocol.mjs").Exposure[]} exposures
 * @returns {import("./index.d.ts").CallsealEvents["exposure"]["exposures"]}
 */
export const exposuresForHost = (exposures) =>
  exposures.map(({ from_sample, to_sample, trigger, class: kind, effect }) => ({
    fromSample: from_sample,
    toSample: to_sample,
    trigger,
    class: kind,
    effect,
  }));
