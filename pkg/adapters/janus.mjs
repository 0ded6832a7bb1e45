// @ts-check
/**
 * janus.js: handles of the plugins SIP, VideoCall, AudioBridge and VideoRoom.
 *
 * Owns: seeing what passes between the host and a handle, in both directions. What it means is in `janus-plugins.mjs`.
 * Must never: keep a message from either, or change one.
 *
 * Source: janus.js 1.4, `Janus.attach` and its callbacks.
 */
import { callPlugin, roomPlugin } from "./janus-plugins.mjs";
import { Softphone } from "./softphone.mjs";

/**
 * @param {import("./softphone.d.ts").CallsealSource} callseal
 * @param {import("./softphone.d.ts").SoftphoneOptions} [options]
 * @returns {import("./janus.d.ts").JanusSoftphone}
 */
export function janus(callseal, options) {
  const phone = new Softphone(callseal, options);
  /** @type {import("./janus-plugins.mjs").Rooms} */
  const rooms = new Map();
  const watch = (/** @type {any} */ callbacks) => {
    /** @type {any} */
    let handle = null;
    const plugin = /room|bridge/.test(callbacks.plugin) ? roomPlugin(phone, rooms) : callPlugin(phone);
    const connect = () => plugin.call()?.connect(handle?.webrtcStuff?.pc);
    const before = (/** @type {string} */ name, /** @type {(...args: any[]) => void} */ listener) => (/** @type {any[]} */ ...args) => {
      phone.guard(listener)(...args);
      return callbacks[name]?.(...args);
    };
    return {
      ...callbacks,
      success: before("success", (attached) => {
        handle = attached;
        phone.overhear(handle, "send", ({ message }) => (plugin.sent(message ?? {}), connect()));
        phone.overhear(handle, "muteAudio", () => plugin.call()?.mute(true));
        phone.overhear(handle, "unmuteAudio", () => plugin.call()?.mute(false));
        phone.overhear(handle, "hangup", () => plugin.over("agent"));
      }),
      onmessage: before("onmessage", (message) => (plugin.received(message), connect())),
      onlocaltrack: before("onlocaltrack", connect),
      onremotetrack: before("onremotetrack", connect),
      webrtcState: before("webrtcState", (isUp) => (isUp ? (connect(), plugin.up()) : plugin.over("network"))),
      oncleanup: before("oncleanup", () => plugin.over("network")),
    };
  };
  return Object.assign(phone, { watch });
}
