// @ts-check
/** The page's end of the Worker: one promise for each question. Owns the Worker's life. */

/**
 * The address of the own Worker, also for pages that take scripts from trusted addresses only (Trusted Types): a page allows it
 * by `trusted-types callseal-player`.
 * @returns {URL}
 */
function ownWorker() {
  const url = new URL("./worker.mjs", import.meta.url);
  const { trustedTypes } = /** @type {{trustedTypes?: {createPolicy: (name: string, rules: object) => {createScriptURL: (url: string) => unknown}}}} */ (/** @type {unknown} */ (globalThis));
  policy ??= trustedTypes?.createPolicy("callseal-player", {
    createScriptURL(/** @type {string} */ asked) {
      if (asked !== url.href) throw new TypeError("The player loads no other script.");
      return asked;
    },
  });
  return /** @type {URL} */ (policy?.createScriptURL(url.href) ?? url);
}

/** @type {{createScriptURL: (url: string) => unknown} | undefined} */
let policy;

export class PlayerClient {
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  #last = 0;
  #worker;

  /** @param {(message: {kind: string, done: number, total: number}) => void} told */
  constructor(told) {
    this.#worker = new Worker(ownWorker(), { type: "module" });
    this.#worker.onmessage = ({ data }) => {
      if (data.id === undefined) return told(data);
      const { resolve, reject } = this.#waiting.get(data.id) ?? {};
      this.#waiting.delete(data.id);
      if (data.error === undefined) resolve?.(data.result);
      else reject?.(Object.assign(new Error(data.error.message), { name: "CallsealError", code: data.error.code }));
    };
    this.#worker.onerror = () => this.#fail("The player's Worker could not be started.");
  }

  /**
   * @param {string} kind
   * @param {object} [message]
   * @returns {Promise<any>}
   */
  ask(kind, message = {}) {
    const id = (this.#last += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...message, id, kind });
    });
  }

  /** Ends the Worker, and with it the key. */
  close() {
    this.#worker.terminate();
    this.#fail("The player was closed.");
  }

  /** @param {string} message */
  #fail(message) {
    for (const { reject } of this.#waiting.values()) reject(Object.assign(new Error(message), { code: "player/failed" }));
    this.#waiting.clear();
  }
}
