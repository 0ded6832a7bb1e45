// @ts-check
/** Defines `<callseal-player>`: a stored call, opened and verified in the listener's browser. Owns the element's name. */
import { CallsealPlayer } from "./player/element.mjs";

if (customElements.get("callseal-player") === undefined) customElements.define("callseal-player", CallsealPlayer);

export { CallsealPlayer };
