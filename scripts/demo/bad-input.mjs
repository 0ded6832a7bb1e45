// @ts-check
/**
 * The two ways in which a demo run can end before its call: bad input (status 2) and a missing prerequisite (3).
 */

/** What the user gave cannot be used; the message names the place. */
export class BadInput extends Error {}

/** Something outside the project is missing; the message says what to do. */
export class Missing extends Error {}
