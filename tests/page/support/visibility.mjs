// @ts-check
/**
 * A page that says it is hidden, in a browser whose pages all are in sight. Real hiding needs a window (`tests/e2e/hidden`).
 *
 * Owns putting that in the place of the browser's own word, before any script of the page runs.
 */

/** @param {import("playwright-core").BrowserContext} context */
export function feignVisibility(context) {
  return context.addInitScript(() => {
    let state = "visible";
    Object.defineProperty(Document.prototype, "visibilityState", { get: () => state, configurable: true });
    Object.assign(globalThis, {
      feign: (/** @type {string} */ next) => {
        state = next;
        document.dispatchEvent(new Event("visibilitychange"));
      },
    });
  });
}
