// @ts-check
/**
 * What a report means for the agent, as the name of a line and its parameters.
 *
 * Owns: this mapping. Must never hold words: those are in the panel's strings.
 */

/** @typedef {import("../recorders.d.ts").RecorderReport} RecorderReport */
/** @typedef {import("../recorders.d.ts").ReportDescription} ReportDescription */

/**
 * @param {RecorderReport} report
 * @returns {ReportDescription}
 */
export function describeReport(report) {
  const id = lineOf(report);
  return {
    id,
    urgent: id === "pause_failed" || id === "resume_failed",
    parameters: { recorder: report.recorder, latency: Math.round(report.latencyMs ?? 0), code: report.code ?? "" },
    exposed: report.exposed,
  };
}

/**
 * @param {RecorderReport} report
 * @returns {ReportDescription["id"]}
 */
function lineOf({ wanted, state, code, proof, ended }) {
  if (code === "recorder/stopped") return "stopped";
  if (wanted === "paused") {
    if (state === "requested") return "pausing";
    if (state === "failed") return "pause_failed";
    if (code === "recorder/held") return "held";
    return proof === "read_back" ? "paused" : "paused_by_answer";
  }
  if (state === "requested") return "resuming";
  if (state === "confirmed") return "resumed";
  return ended ? "left_paused" : "resume_failed";
}
