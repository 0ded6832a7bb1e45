// @ts-check
/**
 * Which trees belong to the page: its document, those of same-origin frames, and open shadow roots.
 *
 * Owns: finding them as they come and go, and where in them the focus is. Must never reach into a frame of another origin
 * or a closed root: of those the element that holds them is what has the focus.
 */
import { activeIn, documentOf, FRAME_NAMES, isEditable, isElement, isShadowRoot, nameOf, pathOf, shadowRootOf } from "./natives.mjs";

/** Documents that are listened to. A page with more is not vouched for. */
const MOST_DOCUMENTS = 256;

/** How deep trees may lie in one another. */
const MOST_LEVELS = 64;

export class Roots {
  /** @type {(root: Document | ShadowRoot) => void} */
  #found;
  /** @type {WeakSet<Node>} */
  #known = new WeakSet();
  /** @type {Document[]} */
  #documents = [];
  /** There is a document that is not listened to. */
  crowded = false;

  /** @param {(root: Document | ShadowRoot) => void} found  called once for each tree */
  constructor(found) {
    this.#found = found;
  }

  /** Documents that are shown now. @returns {readonly Document[]} */
  get documents() {
    return this.#documents;
  }

  /** @param {Document | ShadowRoot} root */
  add(root) {
    if (this.#known.has(root)) return;
    if (!isShadowRoot(root)) {
      if (this.#documents.length >= MOST_DOCUMENTS) {
        this.crowded = true;
        return;
      }
      this.#documents.push(root);
    }
    this.#known.add(root);
    this.#found(root);
    if (!isShadowRoot(root)) this.#look(root);
  }

  /** Looks for frames that have come, or show another document now. */
  scan() {
    this.#documents = this.#documents.filter((one) => one === document || one.defaultView !== null);
    for (const one of [...this.#documents]) this.#look(one);
  }

  /** @param {Document} within */
  #look(within) {
    for (const name of FRAME_NAMES) {
      for (const frame of Document.prototype.getElementsByTagName.call(within, name)) {
        const inner = documentOf(frame);
        if (inner !== null) this.add(inner);
      }
    }
  }

  /**
   * @param {Event} event
   * @returns {Element | null} what it is about, as deep as can be seen
   */
  targetOf(event) {
    const path = pathOf(event);
    for (const node of path) if (isShadowRoot(node)) this.add(node);
    return isElement(path[0]) ? path[0] : null;
  }

  /** @returns {Element | null} what has the focus */
  active() {
    /** @type {Document | ShadowRoot} */
    let root = document;
    /** What holds the tree that is looked at. @type {Element | null} */
    let holder = null;
    for (let level = 0; level < MOST_LEVELS; level += 1) {
      const element = activeIn(root);
      if (element === null) return holder;
      const shadow = shadowRootOf(element);
      const inner = shadow ?? documentOf(element);
      if (inner === null) {
        const isPage = ["body", "html"].includes(nameOf(element)) && !isEditable(element);
        return isPage ? null : element;
      }
      this.add(inner);
      // In a frame without a focus of its own nothing is in use.
      holder = shadow === null ? null : element;
      root = inner;
    }
    return holder;
  }
}
