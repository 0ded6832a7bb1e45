// @ts-check
/**
 * Who the other party is, from what signalling says.
 *
 * Owns: telling telephone numbers from other names, and whether two say the same. Must never: guess a country.
 */

/** @typedef {import("./softphone.d.ts").Party} Party */

/** A telephone number in international form (ITU-T E.164: at most 15 digits), after its separators are gone. */
const INTERNATIONAL = /^\+[1-9]\d{6,14}$/;

/** Digits at the end that make two ways to write a number the same: shorter ones may be extensions of different places. */
const SAME_DIGITS = 7;

/**
 * @param {Party} party
 * @returns {string | null} the number in international form; null where it is none, since a wrong place is worse than none
 */
export function telephoneNumber({ number, user }) {
  const written = (number ?? user ?? "").replace(/[\s().-]/g, "");
  return INTERNATIONAL.test(written) ? written : null;
}

/**
 * @param {Party} one
 * @param {Party} other
 * @returns {boolean} whether both are certainly the same; `030 1234567` and `+49 30 1234567` are
 */
export function sameParty(one, other) {
  const [left, right] = [one, other].map(({ number, user }) => (user ?? number ?? "").toLowerCase());
  if (left === undefined || right === undefined || left === "" || right === "") return false;
  if (left === right) return true;
  const [short, long] = [left, right].map((text) => text.replace(/^(\+|0+)/, "").replace(/[\s().-]/g, "")).sort((a, b) => a.length - b.length);
  return short !== undefined && long !== undefined && /^\d+$/.test(short) && short.length >= SAME_DIGITS && long.endsWith(short);
}

/**
 * The identity that a SIP network vouches for (RFC 3325 §9.1).
 * @param {string | undefined | null} header  a P-Asserted-Identity or Remote-Party-ID header
 * @returns {Party | null}
 */
export function assertedParty(header) {
  const found = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<?(?:sips?|tel):([^@;>,\s]+)/i.exec(header ?? "");
  if (found === null) return null;
  const name = (found[1] ?? found[2] ?? "").trim();
  const user = decode(found[3] ?? "");
  return { user, ...(name !== "" && { name }) };
}

/** @param {string} text @returns {string} */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
