// @ts-check
/**
 * Tells the engine when the agent is in a sensitive field, and vouches for the time in between.
 *
 * Owns: following the focus of this document and answering the engine's challenges. Must never read a field's
 * content, and never vouch for a moment whose input events it may not have seen yet.
 *
 * A script of the page can begin a span but not end one: only the user's own focus changes, and the document's own
 * account of where the focus is, end it.
 */
import { sensitivityOf } from "./sensitivity.mjs";
import { postTask } from "./tasks.mjs";

/** @typedef {import("./sensitivity.mjs").Sensitivity} Sensitivity */
/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */

/** How often an answer may be put off because the browser says that input is waiting. */
const INPUT_DEFERRALS = 20;

export class Sensor {
  /** @type {(message: PageMessage) => void} */
  #post;
  /** @readonly */
  contextId = crypto.randomUUID();
  /** The sensitive element the agent is in. @type {Element | null} */
  #field = null;
  /** @type {Sensitivity | null} */
  #sensitivity = null;
  /** It had the focus indeed; a script's pretended focus has not. */
  #wasActive = false;
  /** When the focus was last seen to leave, performance.now() time. @type {number | null} */
  #leftAt = null;
  /** Newest challenge without an answer. @type {string | null} */
  #nonce = null;
  #answering = false;
  #signedOff = false;
  #stopped = new AbortController();
  /** @type {WeakSet<Node>} */
  #roots = new WeakSet();
  #mutations = new MutationObserver(() => this.#reconcile(performance.now()));

  /** @param {(message: PageMessage) => void} post */
  constructor(post) {
    this.#post = post;
  }

  /** Joins, and reports a sensitive field that has the focus already. */
  start() {
    this.#post({ kind: "sensor_join", context_id: this.contextId });
    this.#listen(document);
    document.addEventListener("visibilitychange", () => this.#visibilityChanged(), { signal: this.#stopped.signal });
    this.#reconcile(performance.now());
    this.#visibilityChanged();
  }

  /** Ends everything; the engine gets no answers any more. */
  stop() {
    this.#stopped.abort();
    this.#mutations.disconnect();
    this.#nonce = null;
  }

  /**
   * Answers that nothing sensitive happened up to when this challenge was made, other than what was reported.
   * @param {string} nonce
   */
  challenge(nonce) {
    this.#nonce = nonce;
    if (this.#answering || this.#stopped.signal.aborted) return;
    this.#answering = true;
    this.#defer(INPUT_DEFERRALS);
  }

  /** @param {number} left */
  #defer(left) {
    // Events that happened before the challenge are queued before it; a task later they have been dispatched.
    postTask(() => {
      const { scheduling } = /** @type {{scheduling?: {isInputPending(options?: object): boolean}}} */ (
        /** @type {unknown} */ (navigator)
      );
      if (left > 0 && scheduling?.isInputPending({ includeContinuous: false })) return this.#defer(left - 1);
      this.#answering = false;
      const nonce = this.#nonce;
      this.#nonce = null;
      if (nonce === null || this.#stopped.signal.aborted || this.#signedOff) return;
      this.#reconcile(performance.now());
      this.#post({ kind: "sensor_answer", context_id: this.contextId, nonce });
    });
  }

  #visibilityChanged() {
    const hidden = document.visibilityState === "hidden";
    if (hidden === this.#signedOff) return;
    this.#reconcile(performance.now());
    this.#signedOff = hidden;
    this.#post({ kind: hidden ? "sensor_sign_off" : "sensor_sign_on", context_id: this.contextId });
  }

  /**
   * A focus change within one shadow root is not seen outside of it, so each root is listened to.
   * @param {Document | ShadowRoot} root
   */
  #listen(root) {
    if (this.#roots.has(root)) return;
    this.#roots.add(root);
    const options = { capture: true, signal: this.#stopped.signal };
    root.addEventListener("focusin", (event) => this.#focused(event), options);
    root.addEventListener("focusout", (event) => this.#left(event), options);
  }

  /** @param {Event} event */
  #focused(event) {
    const path = event.composedPath();
    for (const node of path) if (node instanceof ShadowRoot) this.#listen(node);
    const target = path[0];
    if (!(target instanceof Element)) return;
    const sensitivity = sensitivityOf(target);
    if (sensitivity !== null) this.#begin(target, sensitivity, event.timeStamp, event.isTrusted);
    else if (event.isTrusted) this.#reconcile(event.timeStamp, true);
  }

  /** @param {Event} event */
  #left(event) {
    if (!event.isTrusted || this.#field === null) return;
    this.#leftAt = event.timeStamp;
    // Whether the focus went to another field, out of the document, or the whole window lost it, shows right after.
    postTask(() => {
      if (this.#stopped.signal.aborted) return;
      this.#reconcile(performance.now(), true);
    });
  }

  /**
   * Brings the report in line with where the focus is.
   * @param {number} at
   * @param {boolean} [byUser]  the user changed the focus: ends also what a script pretended
   */
  #reconcile(at, byUser = false) {
    const active = this.#activeElement();
    const sensitivity = active === null ? null : sensitivityOf(active);
    if (active !== null && active === this.#field) {
      // Still there, be it that the window lost the focus. A field once sensitive stays so: passwords get revealed.
      this.#leftAt = null;
      this.#wasActive = true;
    } else if (active !== null && sensitivity !== null) {
      this.#begin(active, sensitivity, at, true);
    } else if (this.#field !== null && (this.#wasActive || byUser)) {
      this.#end(this.#leftAt ?? at);
    }
  }

  /**
   * @param {Element} field
   * @param {Sensitivity} sensitivity
   * @param {number} at
   * @param {boolean} trusted
   */
  #begin(field, sensitivity, at, trusted) {
    if (field === this.#field) {
      this.#leftAt = null;
      return;
    }
    // From one sensitive field to the next the span goes on; only another class is news.
    const isNews = this.#field === null || this.#sensitivity?.class !== sensitivity.class;
    this.#field = field;
    this.#sensitivity = sensitivity;
    this.#wasActive = trusted && field === this.#activeElement();
    this.#leftAt = null;
    this.#observe(field);
    if (isNews) {
      this.#post({
        kind: "sensitive_begin",
        context_id: this.contextId,
        trigger: sensitivity.trigger,
        class: sensitivity.class,
        event_age_ms: age(at),
      });
    }
  }

  /** @param {number} at */
  #end(at) {
    this.#field = null;
    this.#sensitivity = null;
    this.#wasActive = false;
    this.#leftAt = null;
    this.#mutations.disconnect();
    this.#post({ kind: "sensitive_end", context_id: this.contextId, event_age_ms: age(at) });
  }

  /**
   * Notices at once when the field is removed; what else a script does to it shows at the next challenge.
   * @param {Element} field
   */
  #observe(field) {
    this.#mutations.disconnect();
    for (let root = field.getRootNode(); ; root = root.host.getRootNode()) {
      this.#mutations.observe(root, { subtree: true, childList: true });
      if (!(root instanceof ShadowRoot)) break;
    }
  }

  /** @returns {Element | null} what has the focus, looked up through open shadow roots */
  #activeElement() {
    let element = document.activeElement;
    while (element?.shadowRoot) {
      this.#listen(element.shadowRoot);
      const inner = element.shadowRoot.activeElement;
      if (inner === null) break;
      element = inner;
    }
    return element === document.body || element === document.documentElement ? null : element;
  }
}

/**
 * @param {number} at  performance.now() time
 * @returns {number} how long ago that is, in milliseconds
 */
function age(at) {
  return Math.max(0, performance.now() - at);
}
