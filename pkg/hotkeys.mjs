// @ts-check
/**
 * Answering and pausing by keyboard.
 *
 * Owns: which key press is which answer, and which one pauses or resumes. Must never take a press that is not the user's own, or a repeated one.
 */

/** @typedef {import("./protocol.mjs").Answer} Answer */
/** @typedef {import("./index.d.ts").Hotkey} Hotkey */
/** @typedef {import("./index.d.ts").Hotkeys} Hotkeys */

/** @typedef {Answer | "pause"} Pressed  `pause` resumes as well: it is the same key */

/** By `code`, since Alt and Shift make other characters of the keys. @type {Record<Pressed, Hotkey>} */
const DEFAULTS = {
  yes: { code: "KeyY", alt: true, shift: true },
  no: { code: "KeyN", alt: true, shift: true },
  withdraw: { code: "KeyW", alt: true, shift: true },
  pause: { code: "KeyP", alt: true, shift: true },
};

/**
 * @param {Hotkeys | false | undefined} hotkeys
 * @param {(pressed: Pressed, event: KeyboardEvent) => boolean} use  returns whether the press was used
 * @returns {() => void} ends it
 */
export function listenForHotkeys(hotkeys, use) {
  if (hotkeys === false) return () => {};
  const keys = { ...DEFAULTS, ...hotkeys };
  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    if (!event.isTrusted || event.repeat) return;
    for (const name of /** @type {const} */ (["yes", "no", "withdraw", "pause"])) {
      const key = keys[name];
      if (!key || !matches(key, event)) continue;
      if (use(name, event)) {
        event.preventDefault();
        event.stopPropagation();
      }
      return;
    }
  };
  window.addEventListener("keydown", pressed, { capture: true });
  return () => window.removeEventListener("keydown", pressed, { capture: true });
}

/**
 * @param {Hotkey} key
 * @param {KeyboardEvent} event
 */
function matches(key, event) {
  return (
    event.code === key.code &&
    event.altKey === (key.alt ?? false) &&
    event.shiftKey === (key.shift ?? false) &&
    event.ctrlKey === (key.control ?? false) &&
    event.metaKey === (key.meta ?? false)
  );
}
