// @ts-check
/**
 * The text around the caret, for the value detectors.
 *
 * Owns: how much of what is in a field is read, and how text in a document becomes lines. The one place where the sensor
 * reads what somebody typed. Must never read a password field, nor keep anything.
 */
import { controlText, inputType, isEditable, nameOf, ownerOf } from "./natives.mjs";

/** Characters of a field that are looked at: a value is within a few dozen of where it was typed. */
export const MOST_CHARACTERS = 4_096;

/** Nodes of an edited document that are visited on either side of the caret. */
const MOST_NODES = 1_000;

/** Types that hold text. */
const TEXTUAL = new Set(["text", "search", "tel", "url", "email", "number"]);

/** What begins a line of its own. */
const LINES = new Set([
  "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
  "p", "pre", "section", "table", "td", "th", "tr", "ul",
]);

const ELEMENT_AND_TEXT = 0x1 | 0x4;
const TEXT_NODE = 3;

/**
 * @param {Element} element
 * @returns {string | null} null of what holds no text
 */
export function textAround(element) {
  const name = nameOf(element);
  if (name === "input" && !TEXTUAL.has(inputType(element))) return null;
  const control = controlText(element);
  if (control !== null) return around(control.value, control.caret);
  if (isEditable(element)) return editedText(element);
  return name.includes("-") ? ownText(element) : null;
}

/**
 * @param {string} text
 * @param {number | null} caret
 */
function around(text, caret) {
  if (text.length <= MOST_CHARACTERS) return text;
  const from = Math.max(0, Math.min((caret ?? text.length) - MOST_CHARACTERS / 2, text.length - MOST_CHARACTERS));
  return text.slice(from, from + MOST_CHARACTERS);
}

/** What a custom element gives out as its value. @param {Element} element */
function ownText(element) {
  try {
    const { value } = /** @type {{value?: unknown}} */ (/** @type {unknown} */ (element));
    return typeof value === "string" ? around(value, null) : null;
  } catch {
    return null;
  }
}

/** @param {Element} element  in an edited document @returns {string} */
function editedText(element) {
  const owner = ownerOf(element);
  if (owner === null) return "";
  let whole = element;
  while (whole.parentElement !== null && isEditable(whole.parentElement)) whole = whole.parentElement;
  const anchor = owner.getSelection()?.anchorNode ?? null;
  const start = anchor !== null && whole.contains(anchor) ? anchor : lastIn(whole);
  const half = MOST_CHARACTERS / 2;
  const own = start.nodeType === TEXT_NODE ? String(start.nodeValue) : "";
  const middle = around(own, anchor === start ? (owner.getSelection()?.anchorOffset ?? null) : null);
  const room = Math.max(0, half - Math.ceil(middle.length / 2));
  const before = walk(owner, whole, start, room, "previousNode");
  const after = walk(owner, whole, start, room, "nextNode");
  return before.slice(Math.max(0, before.length - room)) + middle + after.slice(0, room);
}

/** @param {Node} node @returns {Node} */
function lastIn(node) {
  let last = node;
  while (last.lastChild !== null) last = last.lastChild;
  return last;
}

/**
 * @param {Document} owner
 * @param {Element} whole
 * @param {Node} start
 * @param {number} room
 * @param {"previousNode" | "nextNode"} step
 * @returns {string}
 */
function walk(owner, whole, start, room, step) {
  const walker = owner.createTreeWalker(whole, ELEMENT_AND_TEXT);
  walker.currentNode = start;
  /** @type {string[]} */
  const pieces = [];
  let length = 0;
  let line = lineOf(start, whole);
  for (let visited = 0; visited < MOST_NODES && length < room; visited += 1) {
    const node = walker[step]();
    if (node === null) break;
    const isText = node.nodeType === TEXT_NODE;
    if (!isText && nameOf(/** @type {Element} */ (node)) !== "br") continue;
    const own = lineOf(node, whole);
    const text = (own === line ? "" : "\n") + (isText ? String(node.nodeValue) : "\n");
    line = own;
    // Backwards the break comes behind the text.
    pieces.push(step === "nextNode" ? text : text.startsWith("\n") ? text.slice(1) + "\n" : text);
    length += text.length;
  }
  return (step === "nextNode" ? pieces : pieces.reverse()).join("");
}

/** @param {Node} node @param {Element} whole @returns {Node} the block whose line a text is on */
function lineOf(node, whole) {
  let at = node;
  while (at !== whole && at.parentNode !== null && (at.nodeType === TEXT_NODE || !LINES.has(at.nodeName.toLowerCase()))) at = at.parentNode;
  return at;
}
