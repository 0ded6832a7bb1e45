// @ts-check
/**
 * Waiting for calls to be closed, when everything ends.
 *
 * Owns how long that is waited for. Must never end a call itself.
 */

/** How long open calls may take to be closed, in milliseconds. */
const STOP_TIMEOUT_MS = 10_000;

/**
 * @param {string[]} callIds
 * @param {import("./emitter.mjs").Emitter} events
 * @returns {Promise<void>}
 */
export function untilClosed(callIds, events) {
  const open = new Set(callIds);
  return new Promise((resolve) => {
    if (open.size === 0) return resolve();
    setTimeout(resolve, STOP_TIMEOUT_MS);
    events.on("closed", ({ callId }) => {
      open.delete(callId);
      if (open.size === 0) resolve();
    });
  });
}
