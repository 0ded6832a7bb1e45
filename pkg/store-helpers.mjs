// @ts-check
/**
 * What the Worker's script does for the engine's uploads: asks the page for grants, and uploads by tus.
 *
 * Owns: requests to the page that wait for an answer, and the loading of tus where it is used. Must never decide what an
 * answer means, nor keep or repeat a grant.
 */

/** @typedef {import("./protocol.mjs").EngineMessage} EngineMessage */
/** @typedef {import("./protocol.mjs").GrantAnswer} GrantAnswer */

/** How long the host's function may take, in milliseconds: as long as a request to a grant endpoint. */
const GRANT_WITHIN_MS = 30_000;

export class StoreHelpers {
  /** @type {(message: EngineMessage) => void} */
  #post;
  #requests = 0;
  /** @type {Map<number, (answer: GrantAnswer | null) => void>} */
  #asked = new Map();

  /** @param {(message: EngineMessage) => void} post */
  constructor(post) {
    this.#post = post;
  }

  /**
   * @param {string} store
   * @param {string} name
   * @param {number} sizeBytes
   * @param {string} sha256
   * @returns {Promise<string | null>} the answer as JSON, null if there is none
   */
  async grant(store, name, sizeBytes, sha256) {
    this.#requests += 1;
    const id = this.#requests;
    /** @type {GrantAnswer | null} */
    const answer = await new Promise((resolve) => {
      const timer = setTimeout(() => this.answered(id, null), GRANT_WITHIN_MS);
      this.#asked.set(id, (given) => {
        clearTimeout(timer);
        resolve(given);
      });
      this.#post({ kind: "grant_wanted", request_id: id, store, name, size_bytes: sizeBytes, sha256 });
    });
    return answer === null ? null : JSON.stringify(answer);
  }

  /**
   * @param {number} id
   * @param {GrantAnswer | null} answer
   */
  answered(id, answer) {
    this.#asked.get(id)?.(answer);
    this.#asked.delete(id);
  }

  /**
   * @param {string} url
   * @param {Record<string, string>} headers
   * @param {string} name
   * @param {string} sha256
   * @param {Blob} content
   * @returns {Promise<string | number | null>} the upload's address; or the status code of a refusal; or null
   */
  async tus(url, headers, name, sha256, content) {
    const { upload } = await import("./dist/tus.mjs");
    return upload(url, headers, name, sha256, content);
  }
}
