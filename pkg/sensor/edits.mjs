// @ts-check
/**
 * What was put into fields, by whomever.
 *
 * Owns: which fields have changed since the last task, by the page's events and by looking at lengths; that each is told
 * once per task. Must never look into a password field, nor keep a text: of a field only its length is remembered.
 */
import { postTask } from "../tasks.mjs";
import { controlText, inputType, isConnected, isEditable, ownerOf, timeOf, unixNow } from "./natives.mjs";
import { textAround } from "./text.mjs";

/** @typedef {import("./fields.mjs").Fields} Fields */
/** @typedef {import("./focus.mjs").Focus} Focus */
/** @typedef {import("./roots.mjs").Roots} Roots */
/** @typedef {import("../protocol.mjs").PageMessage} PageMessage */

/** Events behind which a field may hold something else. Editors that handle keys themselves make no `input` event. */
export const EDITS = ["input", "change", "keyup", "paste", "drop", "compositionend"];

/** Fields that are told of in one task; the others follow in the next. */
const MOST_IN_A_TASK = 32;

/** Fields of a page whose lengths are looked at. */
const MOST_WATCHED = 400;

export class Edits {
  /** @type {{roots: Roots, fields: Fields, focus: Focus, contextId: string, post: (message: PageMessage) => void, signal: AbortSignal}} */
  #parts;
  /** Fields that have changed, and when. @type {Map<Element, number>} */
  #changed = new Map();
  /** Those that were filled without having the focus. @type {Set<Element>} */
  #filled = new Set();
  #scheduled = false;
  /** Characters in fields, when they were last looked at. @type {WeakMap<Element, number>} */
  #lengths = new WeakMap();

  /** @param {{roots: Roots, fields: Fields, focus: Focus, contextId: string, post: (message: PageMessage) => void, signal: AbortSignal}} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {Event} event */
  edited(event) {
    const target = this.#parts.roots.targetOf(event);
    if (target === null) return;
    const isFill = event.type === "input" || event.type === "change";
    // A script's event may be as old as the script likes.
    this.#note(target, event.isTrusted ? timeOf(event) : performance.now(), isFill);
  }

  /**
   * @param {Element} element
   * @param {number} at
   * @param {boolean} isFill
   */
  #note(element, at, isFill) {
    if (!this.#changed.has(element)) this.#changed.set(element, at);
    if (isFill && element !== this.#parts.focus.field) this.#filled.add(element);
    if (this.#scheduled) return;
    this.#scheduled = true;
    postTask(() => {
      this.#scheduled = false;
      if (!this.#parts.signal.aborted) this.flush();
    });
  }

  /** Tells what has changed. @param {boolean} [all]  however much it is */
  flush(all = false) {
    let left = all ? Infinity : MOST_IN_A_TASK;
    for (const [element, at] of this.#changed) {
      if (left <= 0) return this.#again();
      left -= 1;
      this.#changed.delete(element);
      this.#tell(element, at, this.#filled.delete(element));
    }
  }

  #again() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    postTask(() => {
      this.#scheduled = false;
      if (!this.#parts.signal.aborted) this.flush();
    });
  }

  /**
   * @param {Element} element
   * @param {number} at
   * @param {boolean} wasFilled
   */
  #tell(element, at, wasFilled) {
    const { fields, focus, contextId: context_id, post } = this.#parts;
    const isPassword = fields.isPassword(element);
    if (!isPassword) this.#lengths.set(element, controlText(element)?.value.length ?? 0);
    if (wasFilled) focus.filled(element, at);
    if (isPassword || fields.settings.detectValues === false) return;
    const text = textAround(element);
    if (text === null) return;
    const field = fields.numberOf(focus.field !== null && isWithin(element, focus.field) ? focus.field : element);
    const event_age_ms = Math.max(0, performance.now() - at);
    post({ kind: "text_seen", context_id, field, text, event_age_ms, posted_at_ms: unixNow() });
  }

  /**
   * Looks whether scripts have changed what is in fields. Of each only the length is compared; what is in one when it is
   * first met, a record that was opened, is no news.
   */
  poll() {
    let left = MOST_WATCHED;
    for (const document of this.#parts.roots.documents) {
      for (const name of ["input", "textarea"]) {
        for (const element of Document.prototype.getElementsByTagName.call(document, name)) {
          if (left <= 0) return;
          left -= 1;
          this.#compare(element);
        }
      }
    }
  }

  /** @param {Element} element */
  #compare(element) {
    const type = inputType(element);
    if (type === "hidden" || type === "checkbox" || type === "radio" || this.#parts.fields.isPassword(element)) return;
    const length = controlText(element)?.value.length ?? 0;
    const before = this.#lengths.get(element);
    this.#lengths.set(element, length);
    if (before !== undefined && length !== before && length > 0 && isConnected(element)) this.#note(element, performance.now(), true);
  }
}

/**
 * @param {Element} element
 * @param {Element} whole
 * @returns {boolean} whether it is what is edited there
 */
function isWithin(element, whole) {
  return element === whole || (isEditable(element) && ownerOf(element) === ownerOf(whole) && (whole.contains(element) || element.contains(whole)));
}
