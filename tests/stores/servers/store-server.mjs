// @ts-check
/**
 * What every tested store is to a test: started, killed, read by a way of its own, and named to the page or to
 * `callseal serve`. Must never: read an object through Callseal.
 *
 * @typedef {object} StoredObject
 * @property {string} name    as the format names it
 * @property {Buffer} bytes
 *
 * @typedef {object} StoreServer
 * @property {string} title
 * @property {boolean} checksContent        whether it refuses bytes that are not those that were announced
 * @property {boolean} [through]            whether `callseal serve` takes the bytes for it
 * @property {boolean} [isBelieved]         it neither checks what it gets nor lets a page read it back
 * @property {boolean} [mayDouble]          an object may lie there twice, with the same bytes, after a lost answer
 * @property {number} port                  where browsers reach it
 * @property {() => Promise<void>} start
 * @property {() => Promise<void>} stop
 * @property {() => Promise<void>} kill      as a power failure would
 * @property {(callId: string) => Promise<StoredObject[]>} objects  of a call, by name
 * @property {(() => Promise<string[]>)} calls  ids of calls that have an object
 * @property {(origin: string) => object} [page]  the page's `store`, if it speaks to the store by itself; `origin`: of a proxy before it
 * @property {(origin: string) => void} [allow]  the page's origin, before the start, where a store must know it
 * @property {(origin: string) => {store: string, env: NodeJS.ProcessEnv, options?: string[]}} [serve]  how `callseal serve` is told of it
 */

/** Folder, bucket or container of the recordings. */
export const RECORDINGS = "recordings";

/** The origins that browsers may come from: a test's page has a port of its own. */
export const ANY_ORIGIN = "*";

/** @param {StoredObject[]} objects @returns {StoredObject[]} by name */
export function byName(objects) {
  return objects.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** @param {string} name @returns {boolean} whether it is an object of a call */
export function isOfCall(name) {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}\//.test(name);
}

/** @param {string[]} names @returns {string[]} the calls they belong to */
export function callsOf(names) {
  return [...new Set(names.filter(isOfCall).map((name) => name.slice(0, 36)))].sort();
}
