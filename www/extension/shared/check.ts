/**
 * The smallest checks that messages are made of.
 *
 * Owns these. Must never throw, whatever it is given.
 */

/** An object nothing is known of. */
export type Unread = Readonly<Record<string, unknown>>;

/** Longest name or code that is passed on, characters. */
const LONGEST_TOKEN = 128;

/** @returns the value as an object; an empty one for what is none */
export function unread(value: unknown): Unread {
  return typeof value === "object" && value !== null ? (value as Unread) : {};
}

/** An id as crypto.randomUUID() makes it. */
export function isUuid(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(value);
}

/** A finite number that is not negative. */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** A name or code: short, and nothing a text could be written with. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST_TOKEN && /^[A-Za-z0-9/_-]+$/u.test(value);
}
