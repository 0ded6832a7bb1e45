// @ts-check
/**
 * What Callseal cannot do without in a browser, looked for before anything starts.
 *
 * Owns: the list, in words. Must never: go by a browser's name or version, or refuse what a call could do without; versions
 * and what is done without are in docs/browsers.md.
 */
import { CallsealError } from "./errors.mjs";

/** @typedef {Record<string, any>} Scope  a window, or what is left of one */

/** @param {Scope} scope @param {string[]} names */
const constructors = (scope, ...names) => names.every((name) => typeof scope[name] === "function");

/** @type {[what: string, isThere: (scope: Scope) => boolean][]} */
const NEEDED = [
  ["WebRTC with replaceTrack", (scope) => constructors(scope, "RTCPeerConnection", "RTCRtpSender") && "replaceTrack" in scope["RTCRtpSender"].prototype && "getTransceivers" in scope["RTCPeerConnection"].prototype],
  ["Web Audio with AudioWorklet", (scope) => constructors(scope, "AudioContext", "AudioWorkletNode", "MediaStreamAudioSourceNode", "MediaStreamAudioDestinationNode")],
  ["WebCodecs AudioEncoder", (scope) => constructors(scope, "AudioEncoder", "AudioData")],
  ["WebAssembly", (scope) => typeof scope["WebAssembly"]?.Module === "function"],
  ["Worker and MessageChannel", (scope) => constructors(scope, "Worker", "MessageChannel")],
  ["WebCrypto", (scope) => typeof scope["crypto"]?.subtle === "object" && typeof scope["crypto"].randomUUID === "function"],
  ["BroadcastChannel and Web Locks", (scope) => constructors(scope, "BroadcastChannel") && typeof scope["navigator"]?.locks?.request === "function"],
];

/**
 * @param {Scope} [scope]
 * @returns {string[]} what is missing, in words; of an insecure context only that, since it takes away most of the rest
 */
export function missingIn(scope = globalThis) {
  if (scope["isSecureContext"] !== true) return ["a secure context (https)"];
  return NEEDED.filter(([, isThere]) => !isThere(scope)).map(([what]) => what);
}

/** @throws {CallsealError} `browser/unsupported`, naming what is missing */
export function assertSupported() {
  const missing = missingIn();
  if (missing.length === 0) return;
  throw new CallsealError(
    "browser/unsupported",
    `This page cannot record calls, because it lacks ${missing.join(", ")}. Calls go on unrecorded. Which browsers can is in docs/browsers.md.`,
  );
}
