// @ts-check
/** Tells the test what happens in a page, with the page's monotonic clock and the time of day. Must never: change what it passes on. */

/**
 * @param {string} type
 * @param {unknown} detail
 */
export function publish(type, detail) {
  void (/** @type {any} */ (globalThis).tellTest(type, performance.now(), Date.now(), detail ?? null));
}
