// @ts-check
/** What the ledger says of places on the timeline, for the waveform and for the list beside it. Owns nothing else. */

/** @typedef {{seq: number, at_ms: number, kind: string, body: any}} LedgerLine */
/** @typedef {{kind: string, from: number, to: number, text: string}} Mark positions in samples */
/** @typedef {import("./strings.en.mjs").Strings} Strings */

/** A code of the ledger as words: `card_number` becomes "card number". @param {string} code */
const words = (code) => code.replaceAll("_", " ");

/** @param {LedgerLine} line @param {Strings} strings @returns {string} */
function detail({ kind, body }, { parties }) {
  const party = (/** @type {number} */ index) => parties[index] ?? `party ${index}`;
  switch (kind) {
    case "redaction.span":
      return `${words(body.class)} (${words(body.trigger)}${body.channels === undefined || body.channels === "both" ? "" : `, ${body.channels} only`})`;
    case "exposure.found":
      return `${words(body.class)} (${words(body.effect)})`;
    case "gap":
      return words(body.reason);
    case "disclosure.played":
      return body.fraction_delivered === null ? `${body.language}, read out by the agent` : `${body.language}, ${Math.round(100 * body.fraction_delivered)} % delivered`;
    case "consent.answered":
      return `${party(body.party)}: ${body.answer} (${words(body.method)})`;
    case "consent.withdrawn":
      return `${party(body.party)} (${words(body.method)})`;
    case "consent.timed_out":
    case "party.joined":
    case "party.left":
      return party(body.party);
    default:
      return "";
  }
}

/**
 * @param {LedgerLine[]} ledger
 * @param {Strings} strings
 * @returns {Mark[]} in the order of the timeline
 */
export function marksOf(ledger, strings) {
  /** @type {Mark[]} */
  const marks = [];
  for (const line of ledger) {
    const name = /** @type {Record<string, string>} */ (strings.kinds)[line.kind];
    const from = line.body.from_sample ?? line.body.start_sample ?? line.body.sample;
    if (name === undefined || from === undefined) continue;
    const to = line.body.to_sample ?? line.body.end_sample ?? from;
    const more = detail(line, strings);
    marks.push({ kind: line.kind, from, to, text: more === "" ? name : `${name}: ${more}` });
  }
  return marks.sort((one, other) => one.from - other.from);
}

/** A place of the timeline as people read it. @param {number} sample @returns {string} */
export function clock(sample) {
  const seconds = Math.floor(sample / 48_000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
