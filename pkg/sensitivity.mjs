// @ts-check
/**
 * Which field is sensitive, and as what.
 *
 * Owns: the rules of the first form: `autocomplete` tokens, password fields, the `data-recording-sensitive`
 * attribute. Must never read what is in a field.
 */

/** @typedef {import("./protocol.mjs").SensitiveClass} SensitiveClass */
/** @typedef {import("./protocol.mjs").Trigger} Trigger */
/** @typedef {{trigger: Trigger, class: SensitiveClass}} Sensitivity */

/** Marks a field or everything below an element; the value may name the class, `false` takes the mark back. */
export const ATTRIBUTE = "data-recording-sensitive";

/** Autofill field names of the HTML standard, "autofill detail tokens". @type {Record<string, SensitiveClass>} */
const CARD_CLASSES = {
  "cc-number": "card_number",
  "cc-exp": "card_expiry",
  "cc-exp-month": "card_expiry",
  "cc-exp-year": "card_expiry",
  "cc-csc": "card_cvv",
  "cc-name": "card_holder",
  "cc-given-name": "card_holder",
  "cc-additional-name": "card_holder",
  "cc-family-name": "card_holder",
  "cc-type": "card",
};

/** @type {readonly SensitiveClass[]} */
const CLASSES = [
  "card_number",
  "card_expiry",
  "card_cvv",
  "card_holder",
  "card",
  "password",
  "one_time_code",
  "custom",
];

/**
 * @param {Element} element
 * @returns {Sensitivity | null} null for an ordinary element
 */
export function sensitivityOf(element) {
  const byField = fieldClass(element);
  if (byField !== null) return { trigger: "field_focus", class: byField };
  for (let node = /** @type {Element | null} */ (element); node !== null; node = composedParent(node)) {
    const value = node.getAttribute(ATTRIBUTE)?.trim().toLowerCase();
    if (value === undefined) continue;
    // The nearest mark counts.
    if (value === "false") return null;
    return { trigger: "field_attribute", class: CLASSES.find((name) => name === value) ?? "custom" };
  }
  return null;
}

/**
 * @param {Element} element
 * @returns {SensitiveClass | null}
 */
function fieldClass(element) {
  const tokens = (element.getAttribute("autocomplete") ?? "").toLowerCase().split(/\s+/).filter((token) => token !== "");
  // "webauthn" may follow the field name, everything else goes before it.
  if (tokens.at(-1) === "webauthn") tokens.pop();
  const field = tokens.at(-1) ?? "";
  if (field.startsWith("cc-")) return CARD_CLASSES[field] ?? "card";
  if (element.localName === "input" && element.getAttribute("type")?.toLowerCase() === "password") {
    return field === "one-time-code" ? "one_time_code" : "password";
  }
  return null;
}

/**
 * @param {Element} element
 * @returns {Element | null} the one it is shown in, across shadow roots
 */
function composedParent(element) {
  if (element.assignedSlot !== null) return element.assignedSlot;
  if (element.parentElement !== null) return element.parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}
