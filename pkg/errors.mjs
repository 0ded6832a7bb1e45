// @ts-check
/**
 * The error every failing operation of the package rejects with or reports.
 *
 * Owns: the error's shape. Must never: carry audio, keys, digits or personal data; a message may be shown and logged.
 */

/** What the page's part of the package fails with; the engine's own codes are in `src/error.rs`. */
export class CallsealError extends Error {
  /**
   * @param {string} code       stable, `area/what`, for programs
   * @param {string} message    one sentence: what happened and what to do
   * @param {{retryable?: boolean, callId?: string | null, cause?: unknown}} [details]
   */
  constructor(code, message, details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "CallsealError";
    /** @readonly */
    this.code = code;
    /** Whether the same operation may succeed later. @readonly */
    this.retryable = details.retryable ?? false;
    /** The call it belongs to, or null. @readonly */
    this.callId = details.callId ?? null;
  }
}

/**
 * @param {unknown} error
 * @param {string} fallback
 * @returns {string} the error's code, or `fallback` for errors that are not ours
 */
export function codeOf(error, fallback) {
  return error instanceof CallsealError ? error.code : fallback;
}
