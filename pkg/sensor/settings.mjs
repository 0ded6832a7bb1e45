// @ts-check
/**
 * What the sensor has to know of the configuration.
 *
 * Owns: that a selector is one, which only the browser knows. Must never judge what else is wrong: the engine says that.
 */
import { CallsealError } from "../errors.mjs";

/**
 * Reads it, as far as it can be read.
 * @param {import("../index.d.ts").DetectionOptions | undefined} detection
 * @returns {import("./fields.mjs").Settings}
 * @throws {CallsealError} `config/invalid`
 */
export function sensorSettings(detection) {
  const { selectors = [], urls = [], detectValues = true } = detection ?? {};
  const probe = document.createDocumentFragment();
  const rules = Array.isArray(selectors) ? selectors : [];
  for (const [index, rule] of rules.entries()) {
    try {
      probe.querySelector(rule.selector);
    } catch {
      // Only the browser knows what is a selector.
      throw new CallsealError("config/invalid", `The configuration's detection.selectors[${index}].selector is not usable: must be a CSS selector.`);
    }
  }
  return { selectors: rules, watchLocation: Array.isArray(urls) && urls.length > 0, detectValues: detectValues !== false };
}
