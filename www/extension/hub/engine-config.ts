/**
 * What of the configuration is for the engine.
 *
 * Owns leaving out what is for the page's part and the parts' addresses, which are the extension's own.
 */
import type { CallsealConfig } from "callseal";
import type { Storage } from "../../../pkg/storage.mjs";

/** Members of which the engine knows nothing. */
const NOT_FOR_ENGINE = new Set(["workerUrl", "workletUrl", "wasmUrl", "readyTimeoutMs", "tap", "hotkeys"]);

/** @param storage takes the stores' functions out */
export function engineConfig(config: CallsealConfig, storage: Storage): object {
  const rest = Object.fromEntries(Object.entries(config).filter(([name]) => !NOT_FOR_ENGINE.has(name)));
  const forEngine = { ...rest, ...storage.take(config) };
  if (config.controller === undefined) return forEngine;
  return { ...forEngine, controller: { utcOffsetMinutes: -new Date().getTimezoneOffset(), ...config.controller } };
}
