// @ts-check
/**
 * Where the focus is.
 *
 * Owns: which field is reported as in use. A script of the page can begin that but not end it: only the user's own focus
 * changes, and the browser's own account of where the focus is, end it. Must never read a field's content.
 */
import { postTask } from "../tasks.mjs";
import { timeOf, unixNow } from "./natives.mjs";

/** @typedef {import("./fields.mjs").Fields} Fields */
/** @typedef {import("./roots.mjs").Roots} Roots */
/** @typedef {import("../protocol.mjs").PageMessage} PageMessage */

export class Focus {
  /** @type {{roots: Roots, fields: Fields, contextId: string, post: (message: PageMessage) => void, signal: AbortSignal}} */
  #parts;
  /** What is reported to have the focus. @type {Element | null} */
  #field = null;
  /** Since when it has it, performance.now() time. */
  #since = 0;
  /** As it was described last. */
  #descriptor = "";
  /** Something was reported because a script said so. */
  #pretended = false;
  /** For how long nobody has looked, milliseconds. */
  #unseenMs = 0;
  /** When the focus was last seen to leave, performance.now() time. @type {number | null} */
  #leftAt = null;

  /** @param {{roots: Roots, fields: Fields, contextId: string, post: (message: PageMessage) => void, signal: AbortSignal}} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** What is reported to have the focus. */
  get field() {
    return this.#field;
  }

  /** @param {Event} event */
  focused(event) {
    const target = this.#parts.roots.targetOf(event);
    if (event.isTrusted) this.reconcile(timeOf(event), true);
    else if (target !== null) this.#pretend(target);
  }

  /** @param {Event} event */
  left(event) {
    if (!event.isTrusted || this.#field === null) return;
    this.#leftAt = timeOf(event);
    this.look();
  }

  /** Whether the focus went to another field, out of the document, into a frame, or the window lost it, shows right after. */
  look() {
    postTask(() => {
      if (!this.#parts.signal.aborted) this.reconcile(performance.now(), true);
    });
  }

  /** Something in the page has changed: notices at once when the field is gone. */
  changed() {
    if (this.#field !== null && this.#parts.roots.active() !== this.#field) this.reconcile(performance.now());
  }

  /**
   * Brings the report in line with where the focus is.
   * @param {number} at
   * @param {boolean} [byUser]  the user changed the focus: ends also what a script pretended
   */
  reconcile(at, byUser = false) {
    const active = this.#parts.roots.active();
    const described = active === null ? null : this.#parts.fields.describe(active);
    if (active === null || described === null) {
      if (this.#field !== null || (this.#pretended && byUser)) this.end(this.#leftAt ?? at);
      return;
    }
    const stays = active === this.#field;
    this.#leftAt = null;
    if (stays && described.descriptor === this.#descriptor && !(this.#pretended && byUser)) return;
    this.#field = active;
    this.#descriptor = described.descriptor;
    this.#pretended = false;
    // What shows only now that it is sensitive was in use all the time.
    if (!stays) this.#since = at;
    this.#begin(described, "focus", this.#since);
  }

  /**
   * A script says that an element has the focus, which the browser does not.
   * @param {Element} target
   */
  #pretend(target) {
    if (target === this.#parts.roots.active()) return this.reconcile(performance.now());
    const described = this.#parts.fields.describe(target);
    if (described === null) return;
    this.#pretended = true;
    this.#begin(described, "pretended", performance.now());
  }

  /**
   * A field was filled that has not the focus.
   * @param {Element} target
   * @param {number} at
   */
  filled(target, at) {
    const described = this.#parts.fields.describe(target);
    if (described !== null) this.#begin(described, "filled", at);
  }

  /**
   * @param {import("./fields.mjs").Described} described
   * @param {import("../protocol.mjs").How} how
   * @param {number} at
   */
  #begin(described, how, at) {
    const { contextId: context_id, post } = this.#parts;
    const event_age_ms = Math.max(0, performance.now() - at);
    post({ kind: "field_begin", context_id, how, ...described, event_age_ms, posted_at_ms: unixNow() - this.#unseenMs });
  }

  /** Reports what has the focus when the sensor begins: since when it has is not known, so it counts from the page's start. */
  begin() {
    this.#unseenMs = performance.now();
    this.reconcile(performance.now());
    this.#unseenMs = 0;
  }

  /** Nothing has the focus any more. @param {number} at */
  end(at) {
    const { contextId: context_id, post } = this.#parts;
    this.#field = null;
    this.#descriptor = "";
    this.#pretended = false;
    this.#leftAt = null;
    post({ kind: "field_end", context_id, event_age_ms: Math.max(0, performance.now() - at) });
  }

  /** Says again what is in use, to an engine that may not know. */
  repeat() {
    this.#descriptor = "";
    this.reconcile(performance.now());
  }
}
