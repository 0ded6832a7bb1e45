// @ts-check
/**
 * What a page says around a field, for the classifier.
 *
 * Owns: the way from an element to the descriptor of `src/field/descriptor.rs`, at a bounded cost on any page. Collects
 * only and decides nothing. Must never: read what is in a field (no value, no text of a text area, a list's option or
 * anything editable), change the page, or trust a property that a page's own fields can hide (`<input name="id">`).
 */

/**
 * @typedef {object} Neighbour  another field of the same form
 * @property {string} type
 * @property {string} name
 * @property {string} id
 * @property {string} label  with what a screen reader says and the placeholder
 * @property {string} autocomplete
 */

/**
 * @typedef {object} FieldDescriptor
 * @property {string} tag
 * @property {string} type
 * @property {boolean} wasPassword
 * @property {boolean} decorative  read-only and kept from screen readers
 * @property {string} name
 * @property {string} id
 * @property {string} label
 * @property {string} aria
 * @property {string} placeholder
 * @property {string} title
 * @property {string} autocomplete
 * @property {string} formAutocomplete
 * @property {string} inputmode
 * @property {number | null} maxLength
 * @property {string} pattern
 * @property {string | null} mark           the nearest `data-recording-sensitive`
 * @property {string | null} selectorClass  given by the caller
 * @property {string} heading
 * @property {string} form
 * @property {string} near
 * @property {Neighbour[]} before  the nearest first
 * @property {Neighbour[]} after   the nearest first
 */

/**
 * @typedef {object} Known  what only the caller knows
 * @property {boolean} [wasPassword]           it was a password field before
 * @property {string | null} [selectorClass]   class of the first policy selector that matches
 */

/** Marks a field or everything below an element; the value may name the class, `false` takes the mark back. */
const MARK = "data-recording-sensitive";

/** Characters of a text; the engine cuts there too. */
const MOST_TEXT = 256;
/** Fields on either side. */
const MOST_NEIGHBOURS = 10;
/** Nodes that are visited on either side: a payment form is some hundred, a page of a shop some ten thousand. */
const MOST_STEPS = 400;
/** Nodes that are visited within one label. */
const MOST_LABEL_NODES = 100;
/** Levels up to a field set or a heading's container. */
const MOST_LEVELS = 64;
/** Labels of one field, and elements that it is said to be labelled by. */
const MOST_LABELS = 4;
/** Characters of the text before a field: the end of a sentence is what is about it. */
const MOST_NEAR = 80;

const ELEMENT = 1;
const TEXT = 3;
const FRAGMENT = 11;

/** Fields that hold text or a choice; what is pressed holds nothing. */
const PRESSED = new Set(["hidden", "submit", "button", "reset", "image", "file"]);
/** What is in these is the user's or not for reading. */
const UNREAD = new Set(["textarea", "select", "option", "datalist", "script", "style", "template", "noscript", "svg", "head"]);
const HEADING = /^h[1-6]$/;

// The browser's own, taken before any page can put something in their place: what a form's fields are called hides the
// form's own properties, and a page may replace a prototype's.
const apply = Reflect.apply;
const attributeOf = Element.prototype.getAttribute;
const nodeType = getter(Node.prototype, "nodeType");
const parentNode = getter(Node.prototype, "parentNode");
const firstChild = getter(Node.prototype, "firstChild");
const lastChild = getter(Node.prototype, "lastChild");
const nextSibling = getter(Node.prototype, "nextSibling");
const previousSibling = getter(Node.prototype, "previousSibling");
const rootOf = Node.prototype.getRootNode;
const localName = getter(Element.prototype, "localName");
const assignedSlot = getter(Element.prototype, "assignedSlot");
const shadowRoot = getter(Element.prototype, "shadowRoot");
const host = getter(ShadowRoot.prototype, "host");
const data = getter(CharacterData.prototype, "data");
const ownerDocument = getter(Node.prototype, "ownerDocument");
const designMode = getter(Document.prototype, "designMode");
const byIdInDocument = Document.prototype.getElementById;
const byIdInFragment = DocumentFragment.prototype.getElementById;

/** Getters that each kind of field has of its own. */
const CONTROLS = {
  input: controlGetters(HTMLInputElement.prototype),
  select: controlGetters(HTMLSelectElement.prototype),
  textarea: controlGetters(HTMLTextAreaElement.prototype),
};

/**
 * @param {object} prototype
 * @param {string} name
 * @returns {() => any}
 */
function getter(prototype, name) {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (get === undefined) throw new TypeError(`no getter of ${name}`);
  return get;
}

/** @param {object} prototype */
function controlGetters(prototype) {
  return { type: getter(prototype, "type"), labels: getter(prototype, "labels"), form: getter(prototype, "form") };
}

/**
 * Describes the field that an element is. Costs well under a millisecond on an ordinary page.
 * @param {Element} element
 * @param {Known} [known]
 * @returns {FieldDescriptor}
 */
export function describe(element, known = {}) {
  const tag = nameOf(element);
  const control = controlOf(tag);
  const form = control === undefined ? null : /** @type {Element | null} */ (apply(control.form, element, []));
  const { fields: before, near, heading } = look(element, form, preceding);
  const { fields: after } = look(element, form, following);
  const maxLength = Number.parseInt(attribute(element, "maxlength"), 10);
  return {
    tag,
    type: typeOf(element),
    wasPassword: known.wasPassword === true,
    decorative: has(element, "readonly") && attribute(element, "aria-hidden") === "true",
    name: attribute(element, "name"),
    id: attribute(element, "id"),
    label: labelsOf(element, control),
    aria: ariaOf(element),
    placeholder: attribute(element, "placeholder") || attribute(element, "aria-placeholder"),
    title: attribute(element, "title"),
    autocomplete: attribute(element, "autocomplete"),
    formAutocomplete: form === null ? "" : attribute(form, "autocomplete"),
    inputmode: attribute(element, "inputmode"),
    maxLength: maxLength >= 0 && maxLength <= 0xffff ? maxLength : null,
    pattern: attribute(element, "pattern"),
    mark: markOf(element),
    selectorClass: known.selectorClass ?? null,
    heading: cut(join([groupOf(element), heading])),
    form: form === null ? "" : cut(join([attribute(form, "name"), attribute(form, "id")])),
    near,
    before,
    after,
  };
}

/**
 * Whether an element is one that is described as a neighbour: a field that text is put into or chosen in.
 * @param {Element} element
 */
export function isField(element) {
  const tag = nameOf(element);
  if (tag === "input") return !PRESSED.has(typeOf(element));
  return tag === "select" || tag === "textarea";
}

/** @param {Element} element @returns {string} */
function nameOf(element) {
  return apply(localName, element, []);
}

/** @param {string} tag */
function controlOf(tag) {
  return tag === "input" || tag === "select" || tag === "textarea" ? CONTROLS[tag] : undefined;
}

/** @param {Element} element @returns {string} */
function typeOf(element) {
  const control = controlOf(nameOf(element));
  try {
    if (control !== undefined) return apply(control.type, element, []);
  } catch {
    // An element of that name which is none: in another name space.
  }
  return "";
}

/** @param {Element} element @param {string} name @returns {string} */
function attribute(element, name) {
  return cut(apply(attributeOf, element, [name]) ?? "");
}

/** @param {Element} element @param {string} name @returns {boolean} */
function has(element, name) {
  return apply(attributeOf, element, [name]) !== null;
}

/** @param {string} text */
function cut(text) {
  return text.length > MOST_TEXT ? text.slice(0, MOST_TEXT) : text;
}

/** @param {string[]} texts */
function join(texts) {
  return texts.filter((text) => text !== "").join(" ");
}

/** @param {string} text */
function tidy(text) {
  return text.replace(/\s+/g, " ").trim();
}

/**
 * @param {Element} element
 * @returns {Element | null} the one it is shown in, across shadow roots
 */
function composedParent(element) {
  const slot = apply(assignedSlot, element, []);
  if (slot !== null) return slot;
  const parent = /** @type {Node | null} */ (apply(parentNode, element, []));
  if (parent === null) return null;
  const type = apply(nodeType, parent, []);
  if (type === ELEMENT) return /** @type {Element} */ (parent);
  return type === FRAGMENT ? hostOf(parent) : null;
}

/** @param {Node} fragment @returns {Element | null} */
function hostOf(fragment) {
  try {
    return apply(host, fragment, []);
  } catch {
    return null; // a fragment that is no shadow root
  }
}

/** @param {Element} element @returns {string | null} */
function markOf(element) {
  for (let node = /** @type {Element | null} */ (element); node !== null; node = composedParent(node)) {
    const value = /** @type {string | null} */ (apply(attributeOf, node, [MARK]));
    // The nearest mark counts.
    if (value !== null) return cut(value.trim().toLowerCase());
  }
  return null;
}

/**
 * Text to read below a node, without what a user put in.
 * @param {Node} top
 * @returns {string}
 */
function textOf(top) {
  let text = "";
  let node = top;
  for (let visited = 0; visited < MOST_LABEL_NODES && text.length < MOST_TEXT; visited += 1) {
    const type = apply(nodeType, node, []);
    let next = /** @type {Node | null} */ (null);
    if (type === TEXT) text += ` ${cut(apply(data, node, []))}`;
    else if (isRead(node, type)) next = apply(firstChild, node, []);
    while (next === null) {
      if (node === top) return cut(tidy(text));
      next = apply(nextSibling, node, []);
      if (next === null) node = apply(parentNode, node, []);
      if (node === null) return cut(tidy(text));
    }
    node = next;
  }
  return cut(tidy(text));
}

/**
 * @param {Node} node
 * @param {number} type
 */
function isRead(node, type) {
  if (type !== ELEMENT) return type === FRAGMENT;
  const element = /** @type {Element} */ (node);
  return !UNREAD.has(nameOf(element)) && !isEditable(element);
}

/** By its own attribute: the browser's answer for the whole tree costs a layout. @param {Element} element @returns {boolean} */
function isEditable(element) {
  const value = /** @type {string | null} */ (apply(attributeOf, element, ["contenteditable"]));
  return value !== null && value.toLowerCase() !== "false";
}

/** The whole of what is edited, if an element is in the middle of it. @param {Element} element @returns {Element} */
function editedWhole(element) {
  let whole = element;
  for (let node = /** @type {Element | null} */ (element); node !== null; node = composedParent(node)) {
    if (isEditable(node)) whole = node;
  }
  return whole;
}

/** @param {Element} element */
function isDesigned(element) {
  return apply(designMode, apply(ownerDocument, element, []), []) === "on";
}

/**
 * @param {Element} element
 * @param {typeof CONTROLS.input | undefined} control
 * @returns {string}
 */
function labelsOf(element, control) {
  if (control === undefined) return "";
  const labels = /** @type {NodeListOf<Element> | null} */ (apply(control.labels, element, []));
  /** @type {string[]} */
  const texts = [];
  for (let index = 0; labels !== null && index < MOST_LABELS; index += 1) {
    const label = labels[index];
    if (label === undefined) break;
    texts.push(textOf(label));
  }
  // A label that is written outside and shown in a slot around the field belongs to the same tree, but a component that
  // draws `<label><slot></slot></label>` labels what is put into the slot too.
  for (let node = composedParent(element), level = 0; texts.length === 0 && node !== null && level < MOST_LEVELS; level += 1) {
    if (nameOf(node) === "label") texts.push(textOf(node));
    node = composedParent(node);
  }
  return cut(join(texts));
}

/** @param {Element} element @returns {string} */
function ariaOf(element) {
  const texts = [];
  const ids = attribute(element, "aria-labelledby").split(/\s+/).filter((id) => id !== "");
  if (ids.length > 0) {
    const root = apply(rootOf, element, []);
    const byId = apply(nodeType, root, []) === FRAGMENT ? byIdInFragment : byIdInDocument;
    for (const id of ids.slice(0, MOST_LABELS)) {
      const target = apply(nodeType, root, []) === ELEMENT ? null : apply(byId, root, [id]);
      if (target !== null && target !== element) texts.push(textOf(target));
    }
  }
  texts.push(tidy(attribute(element, "aria-label")));
  return cut(join(texts));
}

/** What the group a field is in is called: a field set's legend, a group's or dialog's name. @param {Element} element */
function groupOf(element) {
  let level = 0;
  for (let node = composedParent(element); node !== null && level < MOST_LEVELS; node = composedParent(node)) {
    level += 1;
    if (nameOf(node) === "fieldset") {
      let steps = 0;
      for (let child = apply(firstChild, node, []); child !== null && steps < MOST_LABEL_NODES; steps += 1) {
        if (apply(nodeType, child, []) === ELEMENT && nameOf(child) === "legend") return textOf(child);
        child = apply(nextSibling, child, []);
      }
    } else if (/^(group|radiogroup|dialog|region)$/.test(attribute(node, "role"))) {
      const name = ariaOf(node);
      if (name !== "") return name;
    }
  }
  return "";
}

/** @param {Node} node @returns {Node | null} the shadow tree of an open root counts as the first child */
function firstInside(node) {
  if (apply(nodeType, node, []) === ELEMENT) {
    const element = /** @type {Element} */ (node);
    if (UNREAD.has(nameOf(element)) || isEditable(element)) return null;
    const root = apply(shadowRoot, element, []);
    if (root !== null) return root;
  }
  return apply(firstChild, node, []);
}

/** @param {Node} node @returns {Node | null} */
function lastInside(node) {
  if (apply(nodeType, node, []) === ELEMENT) {
    const element = /** @type {Element} */ (node);
    if (UNREAD.has(nameOf(element)) || isEditable(element)) return null;
    return apply(lastChild, element, []) ?? apply(shadowRoot, element, []);
  }
  return apply(lastChild, node, []);
}

/** @param {Node} node @returns {Node | null} */
function hostOfShadow(node) {
  return apply(nodeType, node, []) === FRAGMENT ? hostOf(node) : null;
}

/**
 * The next node in the order of the page, shadow trees before what is slotted into them.
 * @param {Node} node
 * @param {Node} start        what is inside it is skipped
 * @param {Node | null} limit  its end is the end
 * @returns {Node | null}
 */
function following(node, start, limit) {
  const inside = node === start ? null : firstInside(node);
  if (inside !== null) return inside;
  for (let at = /** @type {Node | null} */ (node), level = 0; at !== null && at !== limit && level < MOST_STEPS; level += 1) {
    const owner = hostOfShadow(at);
    const next = owner === null ? apply(nextSibling, at, []) : apply(firstChild, owner, []);
    if (next !== null) return next;
    at = owner ?? apply(parentNode, at, []);
  }
  return null;
}

/** The node before, in the same order. @param {Node} node @returns {Node | null} */
function preceding(node) {
  const owner = hostOfShadow(node);
  if (owner !== null) return owner;
  let before = /** @type {Node | null} */ (apply(previousSibling, node, []));
  if (before === null) {
    const parent = /** @type {Node | null} */ (apply(parentNode, node, []));
    const root = parent !== null && apply(nodeType, parent, []) === ELEMENT ? apply(shadowRoot, parent, []) : null;
    if (root === null) return parent;
    before = root;
  }
  for (let level = 0; level < MOST_STEPS; level += 1) {
    const inside = lastInside(/** @type {Node} */ (before));
    if (inside === null) break;
    before = inside;
  }
  return before;
}

/**
 * Walks from a field in one direction: the other fields, and on the way the text next to it and the first heading.
 * @param {Element} element
 * @param {Element | null} form  where the walk ends
 * @param {(node: Node, start: Node, limit: Node | null) => Node | null} step
 * @returns {{fields: Neighbour[], near: string, heading: string}}
 */
function look(element, form, step) {
  /** @type {Neighbour[]} */
  const fields = [];
  /** Labels by the id they are for: those of neighbours. @type {Map<string, string>} */
  const labels = new Map();
  /** @type {[Neighbour, Element][]} */
  const unlabelled = [];
  let near = "";
  let heading = "";
  if (isDesigned(element)) return { fields, near, heading };
  const start = editedWhole(element);
  let node = step(start, start, form);
  for (let steps = 0; steps < MOST_STEPS && node !== null && node !== form; steps += 1) {
    const type = apply(nodeType, node, []);
    if (type === TEXT && fields.length === 0 && near.length < MOST_NEAR) {
      const text = tidy(/** @type {string} */ (apply(data, node, [])).slice(-MOST_TEXT));
      if (text !== "" && isShownText(node)) near = join([text, near]).slice(-MOST_NEAR);
    } else if (type === ELEMENT) {
      const found = /** @type {Element} */ (node);
      const tag = nameOf(found);
      if (tag === "label") {
        const target = attribute(found, "for");
        if (target !== "") labels.set(target, textOf(found));
      } else if (heading === "" && HEADING.test(tag)) {
        heading = textOf(found);
      } else if (isField(found) && fields.length < MOST_NEIGHBOURS) {
        const field = neighbour(found);
        fields.push(field);
        unlabelled.push([field, found]);
      }
    }
    node = step(node, start, form);
  }
  for (const [field, found] of unlabelled) {
    const label = labels.get(field.id) ?? wrappingLabel(found);
    field.label = cut(join([label, field.label]));
  }
  return { fields, near: cut(near), heading };
}

/** @param {Node} text */
function isShownText(text) {
  const parent = /** @type {Node | null} */ (apply(parentNode, text, []));
  return parent !== null && (apply(nodeType, parent, []) !== ELEMENT || isRead(parent, ELEMENT));
}

/** @param {Element} element @returns {Neighbour} */
function neighbour(element) {
  return {
    type: typeOf(element),
    name: attribute(element, "name"),
    id: attribute(element, "id"),
    label: cut(join([tidy(attribute(element, "aria-label")), attribute(element, "placeholder")])),
    autocomplete: attribute(element, "autocomplete"),
  };
}

/** @param {Element} element @returns {string} */
function wrappingLabel(element) {
  let level = 0;
  for (let node = composedParent(element); node !== null && level < 4; node = composedParent(node)) {
    if (nameOf(node) === "label") return textOf(node);
    level += 1;
  }
  return "";
}
