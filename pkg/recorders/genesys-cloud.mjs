// @ts-check
/**
 * Genesys Cloud: secure pause of a call's conversation, by an endpoint of the host that stands in for the platform API.
 *
 * Owns: the request and how the state is read. Must never: take a recording that is paused for a hold as securely paused:
 * that one goes on by itself when the hold ends.
 *
 * Source: developer.genesys.cloud/forum, "Conversation API change for Secure Pause State" (24290): secure pause is asked for
 * by `recordingState` `PAUSED`, ended by `ACTIVE`, with `PATCH /api/v2/conversations/calls/{conversationId}` or
 * `PUT …/recordingstate`; `securePause` tells it apart from a hold. "Secure Pause Recordings without being a conversation's
 * Participant" (14779) for the `PUT`. Models `CallConversation`, `Conversation`, `SetRecordingState` of the platform SDKs.
 */
import { endpointOf, exchange, idOf, jsonObject } from "./http.mjs";

/** @typedef {import("../recorders.d.ts").GenesysCloudOptions} GenesysCloudOptions */
/** @typedef {import("../recorders.d.ts").RecorderAnswer} RecorderAnswer */
/** @typedef {import("../recorders.d.ts").RecorderControl} RecorderControl */
/** @typedef {import("../recorders.d.ts").RecorderRequest} RecorderRequest */
/** @typedef {import("../recorders.d.ts").RecorderState} RecorderState */

/** Of a participant who is no longer part of the call. */
const GONE = new Set(["disconnected", "terminated"]);

/**
 * @param {GenesysCloudOptions} options
 * @returns {Required<RecorderControl>}
 * @throws {import("../errors.mjs").CallsealError} `recorder/config`
 */
export function genesysCloud(options) {
  const endpoint = endpointOf(options.endpoint, "endpoint");
  const { others = false, name = "Genesys Cloud" } = options;

  /** @param {RecorderRequest} request */
  const address = ({ ids }) => `${endpoint}/api/v2/conversations/calls/${encodeURIComponent(idOf(ids, "conversationId"))}`;

  /**
   * @param {RecorderRequest} request
   * @param {"PAUSED" | "ACTIVE"} recordingState
   * @param {RecorderState} wanted
   * @param {AbortSignal} signal
   * @returns {Promise<RecorderAnswer>}
   */
  const set = async (request, recordingState, wanted, signal) => {
    const change = { contentType: "application/json", body: JSON.stringify({ recordingState }) };
    const url = others ? `${address(request)}/recordingstate` : address(request);
    const body = await exchange(url, { method: others ? "PUT" : "PATCH", ...change }, options, signal);
    // What the PUT answers is not documented. The PATCH answers the conversation, perhaps as it was a moment ago: only what
    // is wanted is taken from it, everything else is found out by looking.
    if (others) return { state: "unknown" };
    return { state: stateOf(jsonObject(body)) === wanted ? wanted : "unknown" };
  };

  return {
    name,
    pause: (request, { signal }) => set(request, "PAUSED", "paused", signal),
    resume: (request, { signal }) => set(request, "ACTIVE", "recording", signal),
    state: async (request, { signal }) => ({
      state: stateOf(jsonObject(await exchange(address(request), { method: "GET" }, options, signal))),
    }),
  };
}

/**
 * @param {Record<string, unknown>} conversation
 * @returns {RecorderState}
 */
function stateOf(conversation) {
  const own = secureStateOf(conversation);
  if (own !== "unknown") return own;
  // Older answers tell it of each participant. One that is not paused is enough to record what is said.
  const { participants } = conversation;
  if (!Array.isArray(participants)) return "unknown";
  const present = participants.filter((one) => typeof one === "object" && one !== null && !GONE.has(String(one.state).toLowerCase()));
  const told = present.map(secureStateOf).filter((state) => state !== "unknown");
  if (told.includes("recording")) return "recording";
  return told.includes("paused") ? "paused" : told.includes("stopped") ? "stopped" : "unknown";
}

/**
 * @param {{securePause?: unknown, recordingState?: unknown}} carrier  a conversation or a participant
 * @returns {RecorderState}
 */
function secureStateOf({ securePause, recordingState }) {
  if (securePause === true) return "paused";
  if (securePause !== false) return "unknown";
  return String(recordingState).toUpperCase() === "NONE" ? "stopped" : "recording";
}
