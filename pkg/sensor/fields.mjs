// @ts-check
/**
 * Which elements are fields, and what is known of each.
 *
 * Owns: the numbers of fields, which of them were ever password fields, and the way to their descriptors. Must never read
 * what is in a field, nor keep an element alive.
 */
import { describe, isField } from "../describe.mjs";
import { foreignHost, inputType, matches, nameOf } from "./natives.mjs";

/**
 * What the engine's configuration asks of a sensor.
 * @typedef {object} Settings
 * @property {readonly {selector: string, class: string}[]} [selectors]
 * @property {boolean} [watchLocation]  whether addresses are to be told
 * @property {boolean} [detectValues]   whether what is typed is to be looked at
 */

/** @typedef {{field: number, frame_host: string | null, descriptor: string}} Described */

/** What is pressed or read holds nothing, unless the integrator says so. */
const PRESSED = new Set(["a", "area", "audio", "button", "details", "label", "summary", "video"]);

export class Fields {
  /** @type {Settings} */
  settings = {};
  /** @type {WeakMap<Element, number>} */
  #numbers = new WeakMap();
  #next = 1;
  /** @type {WeakSet<Node>} */
  #passwords = new WeakSet();

  /** @param {Element} element @returns {number} */
  numberOf(element) {
    const known = this.#numbers.get(element);
    if (known !== undefined) return known;
    const number = this.#next;
    this.#next += 1;
    this.#numbers.set(element, number);
    return number;
  }

  /** A field whose type changes was of this one before. @param {Node} element */
  wasPassword(element) {
    this.#passwords.add(element);
  }

  /** @param {Element} element @returns {boolean} whether it is a password field, or was one */
  isPassword(element) {
    if (inputType(element) === "password") this.#passwords.add(element);
    return this.#passwords.has(element);
  }

  /**
   * @param {Element} element
   * @returns {Described | null} null of what is no field
   */
  describe(element) {
    const wasPassword = this.isPassword(element);
    const rule = this.settings.selectors?.find(({ selector }) => matches(element, selector));
    const name = nameOf(element);
    const pressed = PRESSED.has(name) || (name === "input" && !isField(element));
    const host = foreignHost(element);
    let descriptor = "";
    try {
      const described = describe(element, { wasPassword, selectorClass: rule?.class ?? null });
      if (pressed && described.mark === null && described.selectorClass === null) return null;
      // Whom a frame belongs to that neither lets itself be looked into nor says so, nobody knows.
      const isKnown = host !== "" || described.mark?.trim().toLowerCase() === "false";
      if (isKnown) descriptor = JSON.stringify(described);
    } catch {
      // A page can break anything. What cannot be described is sensitive.
    }
    return { field: this.numberOf(element), frame_host: host, descriptor };
  }
}
