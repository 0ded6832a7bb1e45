// @ts-check
/**
 * What a sensor's messages say, in words.
 *
 * Owns: a stand-in for the engine's memory (`src/detection/watch.rs`) with the plainest rules of the classifier: tokens,
 * types and marks. Good enough to see what a sensor reports; what counts as sensitive is tested in Rust.
 */

/** @type {Record<string, string>} */
const TOKENS = {
  "cc-number": "card_number",
  "cc-exp": "card_expiry",
  "cc-exp-month": "card_expiry",
  "cc-csc": "card_cvv",
};
const CLASSES = new Set([...Object.values(TOKENS), "card", "password", "one_time_code"]);

/** @param {any} descriptor @returns {string | null} */
function classOf({ autocomplete, type, wasPassword, mark }) {
  const tokens = autocomplete.split(" ").filter((/** @type {string} */ token) => token !== "webauthn");
  const declared = TOKENS[tokens.at(-1) ?? ""] ?? (type === "password" || wasPassword ? "password" : null);
  if (mark === null || mark === "false") return declared;
  return declared ?? (CLASSES.has(mark) ? mark : "custom");
}

/**
 * @param {any[]} messages  of one context
 * @returns {string[]} what would be cut out: the class, or `end`
 */
export function told(messages) {
  /** @type {string[]} */
  const words = [];
  /** @type {Map<number, string>} */
  const found = new Map();
  let open = /** @type {string | null} */ (null);
  let pretended = false;
  const settle = (/** @type {string | null} */ next) => {
    if (next === null ? open !== null || pretended : pretended) words.push("end");
    if (next !== null && next !== open) words.push(next);
    open = next;
    pretended = false;
  };
  for (const message of messages) {
    if (message.kind === "field_end") settle(null);
    if (message.kind !== "field_begin") continue;
    const name = found.get(message.field) ?? classOf(JSON.parse(message.descriptor));
    if (name !== null) found.set(message.field, name);
    if (message.how === "focus") settle(name);
    if (message.how === "filled" && name !== null) words.push(`filled ${name}`);
    if (message.how === "pretended" && name !== null) {
      words.push(`pretended ${name}`);
      pretended = true;
    }
  }
  return words;
}
