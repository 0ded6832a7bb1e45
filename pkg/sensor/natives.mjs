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
const visibility = getter(Document.prototype, "visibilityState");
const timeStamp = getter(Event.prototype, "timeStamp");
const eventPath = Event.prototype.composedPath;
const unixTime = Date.now;
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

/** What shows another document, by the element's name. Old desks are made of frames, and some of objects. */
const FRAMES = new Map([
  ["iframe", { document: getter(HTMLIFrameElement.prototype, "contentDocument"), address: getter(HTMLIFrameElement.prototype, "src") }],
  ["frame", { document: getter(HTMLFrameElement.prototype, "contentDocument"), address: getter(HTMLFrameElement.prototype, "src") }],
  ["object", { document: getter(HTMLObjectElement.prototype, "contentDocument"), address: getter(HTMLObjectElement.prototype, "data") }],
  ["embed", { document: () => null, address: getter(HTMLEmbedElement.prototype, "src") }],
]);

/** Names of these elements. */
export const FRAME_NAMES = [...FRAMES.keys()];

/** Milliseconds since 1970-01-01 UTC. */
export const unixNow = () => apply(unixTime, Date, []);

/** @returns {boolean} whether the page is out of sight */
export const isHidden = () => read(visibility, document) === "hidden";

/** @param {Event} event @returns {EventTarget[]} */
export const pathOf = (event) => apply(eventPath, event, []);

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
export function documentOf(frame) {
  const getters = FRAMES.get(nameOf(frame));
  return getters === undefined ? null : read(getters.document, frame);
}

/** @param {Node} node @returns {Document | null} */
export const ownerOf = (node) => read(ownerDocument, node);

/** @param {Element} element whether what is in it can be edited like a document */
export function isEditable(element) {
  return read(editable, element) === true || read(designMode, ownerOf(element)) === "on";
}

/**
 * @param {Element} element
 * @returns {string | null} the host that serves a frame that cannot be looked into, as far as its address tells; null of
 *   what is no such frame. Where the frame has no address, or one of this page's own host that led elsewhere, it is empty.
 */
export function foreignHost(element) {
  const getters = FRAMES.get(nameOf(element));
  if (getters === undefined || read(getters.document, element) !== null) return null;
  try {
    const { hostname } = new URL(read(getters.address, element));
    return hostname === window.location.hostname ? "" : hostname;
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
  const [target] = pathOf(event);
  const view = isElement(target) ? ownerOf(target)?.defaultView : null;
  const origin = view?.performance.timeOrigin ?? performance.timeOrigin;
  const at = Number(read(timeStamp, event)) + origin - performance.timeOrigin;
  return Number.isFinite(at) ? at : performance.now();
}
