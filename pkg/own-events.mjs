// @ts-check
/**
 * The user's own events.
 *
 * Owns: telling a real click or key press from what a script made. Must never take an object's own word for it.
 */

/** The browser's own word, out of reach of objects that only look like events. */
const trusted = Object.getOwnPropertyDescriptor(new Event("probe"), "isTrusted")?.get;

/** What a user does on purpose; a moving pointer or a loaded image is no answer. */
const DELIBERATE = new Set(["click", "keydown", "keyup", "pointerup", "mouseup", "touchend"]);

/**
 * @param {unknown} event
 * @returns {boolean}
 */
export function isTheUsersOwn(event) {
  try {
    return trusted?.call(event) === true && DELIBERATE.has(/** @type {Event} */ (event).type);
  } catch {
    return false; // Not an event at all.
  }
}
