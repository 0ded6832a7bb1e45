// @ts-check
/**
 * The browser's own properties, out of reach of the page.
 *
 * Owns: the getters that the sensor goes by, taken before the page can put something in their place; they work for the
 * elements of same-origin frames too. Must never change anything, nor throw.
 */

const apply = Reflect.apply;
const ELEMENT = 1;
const FRAGMENT = 11;

/**
 * @param {object} prototype
 * @param {string} name
 * @returns {() => any}
 */
function getter(prototype, name) {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get ?? (() => null);
}

/**
 * @param {() => any} get
 * @param {unknown} owner
 * @returns {any} null where it is of another kind
 */
function read(get, owner) {
  try {
    return apply(get, owner, []);
  } catch {
    return null;
  }
}

const nodeType = getter(Node.prototype, "nodeType");
const connected = getter(Node.prototype, "isConnected");
const ownerDocument = getter(Node.prototype, "ownerDocument");
const localName = getter(Element.prototype, "localName");
const shadow = getter(Element.prototype, "shadowRoot");
const host = getter(ShadowRoot.prototype, "host");
const activeInDocument = getter(Document.prototype, "activeElement");
const activeInShadow = getter(ShadowRoot.prototype, "activeElement");
const designMode = getter(Document.prototype, "designMode");
const editable = getter(HTMLElement.prototype, "isContentEditable");
const frameDocument = getter(HTMLIFrameElement.prototype, "contentDocument");
const frameAddress = getter(HTMLIFrameElement.prototype, "src");
const attribute = Element.prototype.getAttribute;
const matching = Element.prototype.matches;

const INPUT = {
  type: getter(HTMLInputElement.prototype, "type"),
  value: getter(HTMLInputElement.prototype, "value"),
  caret: getter(HTMLInputElement.prototype, "selectionStart"),
};
const AREA = {
  value: getter(HTMLTextAreaElement.prototype, "value"),
  caret: getter(HTMLTextAreaElement.prototype, "selectionStart"),
};

/** @param {unknown} node @returns {node is Element} of whatever realm */
export function isElement(node) {
  return read(nodeType, node) === ELEMENT;
}

/** @param {unknown} node @returns {node is ShadowRoot} */
export function isShadowRoot(node) {
  return read(nodeType, node) === FRAGMENT && read(host, node) !== null;
}

/** @param {Node} node @returns {boolean} */
export const isConnected = (node) => read(connected, node) === true;

/** @param {Element} element @returns {string} */
export const nameOf = (element) => read(localName, element) ?? "";

/** @param {Element} element @param {string} name @returns {string | null} */
export const attributeOf = (element, name) => apply(attribute, element, [name]);

/** @param {Element} element @returns {ShadowRoot | null} an open one */
export const shadowRootOf = (element) => read(shadow, element);

/** @param {Document | ShadowRoot} root @returns {Element | null} */
export const activeIn = (root) => read(activeInDocument, root) ?? read(activeInShadow, root);

/** @param {Element} frame @returns {Document | null} of a frame that may be looked into */
export const documentOf = (frame) => (nameOf(frame) === "iframe" ? read(frameDocument, frame) : null);

/** @param {Node} node @returns {Document | null} */
export const ownerOf = (node) => read(ownerDocument, node);

/** @param {Element} element whether what is in it can be edited like a document */
export function isEditable(element) {
  return read(editable, element) === true || read(designMode, ownerOf(element)) === "on";
}

/**
 * @param {Element} element
 * @returns {string | null} the host that serves a frame that cannot be looked into; null of what is no such frame
 */
export function foreignHost(element) {
  if (nameOf(element) !== "iframe" || documentOf(element) !== null) return null;
  try {
    return new URL(read(frameAddress, element)).hostname;
  } catch {
    return "";
  }
}

/** @param {Element} element @param {string} selector @returns {boolean} */
export function matches(element, selector) {
  try {
    return apply(matching, element, [selector]);
  } catch {
    return false;
  }
}

/** @param {Element} element @returns {string} of an `input`, else empty */
export const inputType = (element) => (nameOf(element) === "input" ? read(INPUT.type, element) ?? "" : "");

/** @param {Element} element @returns {{value: string, caret: number | null} | null} of an input or a text area */
export function controlText(element) {
  const name = nameOf(element);
  const getters = name === "input" ? INPUT : name === "textarea" ? AREA : null;
  const value = getters === null ? null : read(getters.value, element);
  return getters === null || typeof value !== "string" ? null : { value, caret: read(getters.caret, element) };
}

/**
 * @param {Event} event
 * @returns {number} its time by this page's `performance.now()`; frames count from their own beginning
 */
export function timeOf(event) {
  const [target] = event.composedPath();
  const view = isElement(target) ? ownerOf(target)?.defaultView : null;
  const origin = view?.performance.timeOrigin ?? performance.timeOrigin;
  return event.timeStamp + origin - performance.timeOrigin;
}
