// @ts-check
/**
 * Amazon Connect: SuspendContactRecording and ResumeContactRecording, by callbacks of the host.
 *
 * Owns: the request and what counts as its answer. Must never: see AWS credentials; the host signs.
 *
 * Source: docs.aws.amazon.com/connect/latest/APIReference, API_SuspendContactRecording and API_ResumeContactRecording:
 * `InstanceId`, `ContactId`, `InitialContactId`, optional `ContactRecordingType`; success is "HTTP 200 response with an empty
 * HTTP body"; errors 400, 404 and 500. No operation tells whether a contact is suspended: `RecordingInfo.Status` is
 * `AVAILABLE` or `DELETED`. So there is no `state` here, and a confirmation rests on the answer alone.
 */
import { CallsealError } from "../errors.mjs";
import { checkStatus, idOf, invalid, refused, unavailable } from "./http.mjs";

/** @typedef {import("../recorders.d.ts").AmazonConnectOptions} AmazonConnectOptions */
/** @typedef {import("../recorders.d.ts").ContactRecordingCall} ContactRecordingCall */
/** @typedef {import("../recorders.d.ts").RecorderControl} RecorderControl */
/** @typedef {import("../recorders.d.ts").RecorderRequest} RecorderRequest */
/** @typedef {import("../recorders.d.ts").RecorderState} RecorderState */

/** Status codes of the errors that the two operations document, where the SDK gives no `$metadata`. @type {Readonly<Record<string, number>>} */
const ERRORS = {
  InvalidRequestException: 400,
  InvalidActiveRegionException: 400,
  ResourceNotFoundException: 404,
  InternalServiceException: 500,
  ThrottlingException: 429,
};

/**
 * @param {AmazonConnectOptions} options
 * @returns {RecorderControl}
 * @throws {CallsealError} `recorder/config`
 */
export function amazonConnect(options) {
  const { suspend, resume, contactRecordingType, name = "Amazon Connect" } = options;
  if (typeof suspend !== "function" || typeof resume !== "function") {
    throw new CallsealError("recorder/config", "Amazon Connect needs the functions `suspend` and `resume`.");
  }

  /**
   * @param {ContactRecordingCall} operation
   * @param {RecorderRequest} request
   * @param {AbortSignal} signal
   * @param {RecorderState} state  what the operation brings about
   */
  const call = async (operation, { ids }, signal, state) => {
    const body = {
      InstanceId: idOf(ids, "InstanceId"),
      ContactId: idOf(ids, "ContactId"),
      InitialContactId: idOf(ids, "InitialContactId"),
      ...(contactRecordingType === undefined ? {} : { ContactRecordingType: contactRecordingType }),
    };
    /** @type {unknown} */
    let output;
    try {
      output = await operation(body, { signal });
    } catch (cause) {
      throw failureOf(cause);
    }
    await checkEmptySuccess(output);
    return { state };
  };

  return {
    name,
    pause: (request, { signal }) => call(suspend, request, signal, "paused"),
    resume: (request, { signal }) => call(resume, request, signal, "recording"),
  };
}

/**
 * Success has an empty body. Whatever else comes, and nothing at all, is not what the API documents: a proxy's page, an
 * error wrapped into a 200, a callback that forgot its `return`.
 * @param {unknown} output  a `Response`, or what the SDK gives: `{$metadata}`
 * @throws {CallsealError}
 */
async function checkEmptySuccess(output) {
  if (output instanceof Response) {
    checkStatus(output.status);
    const text = await output.text().catch((/** @type {unknown} */ cause) => {
      throw unavailable(cause);
    });
    // The SDKs show the empty answer as an empty object.
    if (output.status !== 200 || (text.trim() !== "" && text.trim() !== "{}")) throw invalid();
    return;
  }
  if (typeof output !== "object" || output === null) throw invalid();
  const { $metadata: metadata, ...further } = /** @type {{$metadata?: {httpStatusCode?: number}}} */ (output);
  if (Object.keys(further).length > 0) throw invalid();
  if (metadata?.httpStatusCode !== undefined) {
    checkStatus(metadata.httpStatusCode);
    if (metadata.httpStatusCode !== 200) throw invalid();
  }
}

/**
 * @param {unknown} cause
 * @returns {CallsealError}
 */
function failureOf(cause) {
  if (cause instanceof CallsealError) return cause;
  const { name, $metadata: metadata } = /** @type {{name?: string, $metadata?: {httpStatusCode?: number}}} */ (cause ?? {});
  const status = metadata?.httpStatusCode ?? ERRORS[name ?? ""] ?? 500;
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? refused(cause) : unavailable(cause);
}
