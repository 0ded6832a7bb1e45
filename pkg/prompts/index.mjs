// @ts-check
/**
 * The shipped disclosures, ready for `disclosure` in the configuration.
 *
 * Owns: where their sound lies beside this module, in a form that bundlers follow. Must never: differ from
 * `index.json`, which is the list for those who serve the files themselves (a test compares them).
 */

/** "May we record this call for quality?" @type {import("../index.d.ts").AudioDisclosure} */
export const recordForQuality = {
  promptId: "record-for-quality",
  version: 1,
  language: "en",
  text: "May we record this call for quality?",
  url: new URL("./en/record-for-quality.1.wav", import.meta.url).href,
  sha256: "67363dca78d5ce425a28f084a77fb869c17728acea80003dd0575a3a6527e551",
};
