// @ts-check
/**
 * Tells the engine what is in use in this page, and vouches for the time in between.
 *
 * Owns: bringing the parts of `sensor/` together: focus, edits, address, visibility and the answers to the engine's
 * challenges. It collects and decides nothing: which field or text is sensitive, the engine says. Must never vouch for a
 * moment whose events it may not have seen yet, nor give out what is in a field but to the engine's value detectors.
 */
import { randomId } from "./random-id.mjs";
import { Answers } from "./sensor/answers.mjs";
import { EDITS, Edits } from "./sensor/edits.mjs";
import { Fields } from "./sensor/fields.mjs";
import { Focus } from "./sensor/focus.mjs";
import { Location } from "./sensor/location.mjs";
import { isHidden, unixNow } from "./sensor/natives.mjs";
import { Roots } from "./sensor/roots.mjs";

/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("./sensor/fields.mjs").Settings} Settings */

export class Sensor {
  /** @readonly */
  contextId = randomId();
  /** @type {(message: PageMessage, asker?: string) => void} */
  #post;
  #stopped = new AbortController();
  #signedOff = false;
  #fields = new Fields();
  #roots = new Roots((root) => this.#listen(root));
  #mutations = new MutationObserver((records) => this.#mutated(records));
  /** @type {Focus} */
  #focus;
  /** @type {Edits} */
  #edits;
  /** @type {Answers} */
  #answers;
  /** @type {Location} */
  #location;

  /**
   * @param {(message: PageMessage, asker?: string) => void} post  `asker`: for which engine an answer is
   * @param {Settings} [settings]
   */
  constructor(post, settings = {}) {
    this.#post = post;
    this.#fields.settings = settings;
    const parts = {
      roots: this.#roots,
      fields: this.#fields,
      contextId: this.contextId,
      post,
      signal: this.#stopped.signal,
    };
    this.#focus = new Focus(parts);
    this.#edits = new Edits({ ...parts, focus: this.#focus });
    this.#location = new Location((url) => {
      if (this.#fields.settings.watchLocation === true) post({ kind: "page_location", context_id: this.contextId, url, posted_at_ms: unixNow() });
    });
    this.#answers = new Answers({
      before: () => this.#catchUp(),
      answer: (nonce, asker) => this.#answer(nonce, asker),
      signal: this.#stopped.signal,
    });
  }

  /** Joins, and reports what is in use already. */
  start() {
    const { signal } = this.#stopped;
    this.#post({ kind: "sensor_join", context_id: this.contextId });
    this.#roots.add(document);
    document.addEventListener("visibilitychange", () => this.#visibilityChanged(), { signal });
    // A frame that gets the focus is seen by the window's losing it.
    window.addEventListener("blur", (event) => event.isTrusted && this.#focus.look(), { signal });
    window.addEventListener("focus", (event) => event.isTrusted && this.#focus.look(), { signal });
    this.#location.start(signal);
    this.#edits.poll();
    this.#focus.begin();
    this.#visibilityChanged();
  }

  /** Ends everything; the engine gets no answers any more. */
  stop() {
    this.#stopped.abort();
    this.#mutations.disconnect();
  }

  /** The page goes away: what was in use in it is not any more, and it need not answer. */
  leave() {
    if (this.#stopped.signal.aborted) return;
    this.#edits.flush(true);
    this.#focus.end(performance.now());
    this.#post({ kind: "sensor_leave", context_id: this.contextId });
    this.stop();
  }

  /** What the engine's configuration asks for. @param {Settings} settings */
  set settings(settings) {
    const watched = this.#fields.settings.watchLocation === true;
    this.#fields.settings = settings;
    if (!watched && settings.watchLocation === true) this.#location.repeat();
  }

  /** Says everything again, to an engine that has begun after this sensor. */
  announce() {
    if (this.#stopped.signal.aborted) return;
    this.#post({ kind: "sensor_join", context_id: this.contextId });
    this.#location.repeat();
    this.#focus.repeat();
    if (this.#signedOff) this.#post({ kind: "sensor_sign_off", context_id: this.contextId });
  }

  /**
   * Answers that nothing sensitive happened up to when this challenge was made, other than what was reported.
   * @param {string} nonce
   * @param {string} [asker]  which engine asks, if there may be several
   */
  challenge(nonce, asker = "") {
    this.#answers.challenge(nonce, asker);
  }

  /** Looks at everything that may have changed without an event. */
  #catchUp() {
    if (this.#signedOff) return;
    // What is known by its events is told first, so that it is no news of a script's.
    this.#edits.flush(true);
    this.#roots.scan();
    this.#focus.reconcile(performance.now());
    this.#location.check();
    this.#edits.poll();
    this.#edits.flush(true);
  }

  /**
   * @param {string} nonce
   * @param {string} asker
   */
  #answer(nonce, asker) {
    // For a document that is not listened to nobody vouches.
    if (this.#signedOff || this.#roots.crowded) return;
    this.#post({ kind: "sensor_answer", context_id: this.contextId, nonce }, asker);
  }

  #visibilityChanged() {
    const hidden = isHidden();
    if (hidden === this.#signedOff) return;
    this.#edits.flush(true);
    this.#focus.reconcile(performance.now());
    this.#signedOff = hidden;
    this.#post({ kind: hidden ? "sensor_sign_off" : "sensor_sign_on", context_id: this.contextId });
  }

  /**
   * A focus change within one shadow root or frame is not seen outside of it, so each tree is listened to.
   * @param {Document | ShadowRoot} root
   */
  #listen(root) {
    const options = { capture: true, signal: this.#stopped.signal };
    const following = /** @type {const} */ ([["focusin", "focused"], ["focusout", "left"]]);
    for (const [type, follow] of following) {
      root.addEventListener(type, (event) => {
        // What was typed is told while the field it was typed into is the one in use.
        this.#edits.flush(true);
        this.#focus[follow](event);
      }, options);
    }
    for (const type of EDITS) root.addEventListener(type, (event) => this.#edits.edited(event), options);
    root.addEventListener("load", () => this.#roots.scan(), options);
    this.#mutations.observe(root, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["type"],
      attributeOldValue: true,
    });
  }

  /** @param {MutationRecord[]} records */
  #mutated(records) {
    for (const { type, oldValue, target } of records) {
      if (type === "attributes" && oldValue?.trim().toLowerCase() === "password") this.#fields.wasPassword(target);
    }
    this.#focus.changed();
    if (records.some(({ addedNodes }) => addedNodes.length > 0)) this.#roots.scan();
  }
}
