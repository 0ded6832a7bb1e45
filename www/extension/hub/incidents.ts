/**
 * What happened that should not: a page that removed our frame, or fell silent.
 *
 * Owns the shape. A call that was touched has it in its own ledger too. Must never hold an address of a page or anything of
 * a person: the code and the time, no more.
 */

/** One of them. */
export interface Incident {
  readonly code: string;
  readonly at_unix_ms: number;
}
