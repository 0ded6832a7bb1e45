// @ts-check
/**
 * What the engine says of calls, in the words of the host's interface.
 *
 * Owns the names of events and of their members. Must never leave out or change what was said.
 */
import { exposuresForHost } from "./exposures.mjs";
import { papersOf } from "./papers.mjs";

/**
 * @param {import("./protocol.mjs").EngineMessage} message
 * @param {import("./emitter.mjs").Emitter} events
 */
export function tellHost(message, events) {
  switch (message.kind) {
    case "decision":
      return events.emit("decision", { callId: message.call_id, decision: message.decision });
    case "consent_event":
      return events.emit("consent", { callId: message.call_id, event: message.event });
    case "call_closed":
      return events.emit("closed", { callId: message.call_id, report: message.report });
    case "call_papers":
      return events.emit("papers", papersOf(message));
    case "call_stored":
      return events.emit("stored", { callId: message.call_id });
    case "call_shredded":
      return events.emit("shredded", { callId: message.call_id, confirmation: message.confirmation });
    case "exposures":
      return events.emit("exposure", { callId: message.call_id, exposures: exposuresForHost(message.exposures) });
    case "call_recovered":
      return events.emit("recovered", { callId: message.call_id, objects: message.objects });
    default:
  }
}
