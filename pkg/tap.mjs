// @ts-check
/**
 * Importing this installs the tap. Do so before the page's own scripts.
 *
 * Owns: installing once per page. Must never: hold a key, audio or a decision; it only notices.
 */
import { installHooks } from "./tap/hooks.mjs";
import { keepNatives } from "./tap/natives.mjs";
import { REGISTRY_KEY, REGISTRY_VERSION, Registry } from "./tap/registry.mjs";

/** @returns {Registry | null} null where there is no WebRTC, or where another version of the tap got there first */
export function registry() {
  const scope = /** @type {Record<symbol, unknown>} */ (/** @type {unknown} */ (globalThis));
  const present = /** @type {Registry | undefined} */ (scope[REGISTRY_KEY]);
  if (present !== undefined) return present.version === REGISTRY_VERSION ? present : null;
  const natives = keepNatives(globalThis);
  if (natives === null) return null;
  const made = new Registry(natives);
  Object.defineProperty(globalThis, REGISTRY_KEY, { value: made });
  installHooks(globalThis, made);
  return made;
}

/** @param {RTCPeerConnection} connection it is not a call of the agent */
export function ignore(connection) {
  registry()?.ignore(connection);
}

registry();
