// @ts-check
/**
 * From the engine's account of a call to the demo's report.
 *
 * Owns: what the command-line tools add to it, and its short form for people. Must never: correct the engine's account.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { storedObjects } from "./store.mjs";

/**
 * @typedef {{ok: boolean, level: string | null, errors: {code: string, object: string | null}[]}} Verification
 * @typedef {{name: string, size_bytes: number, sha256: string}} StoredObject
 * @typedef {import("../../pkg/protocol.mjs").CallReport & {verification: Verification}} Report
 */

/**
 * Opens and verifies what was stored.
 * @param {import("../../pkg/protocol.mjs").CallReport} account  of the engine
 * @param {{command: string, store: string, privateKey: string, recording: string}} options
 * @returns {{report: Report, problems: string[]}}
 */
export function completeReport(account, { command, store, privateKey, recording }) {
  const objects = storedObjects(store, account.call_id);
  /** @type {string[]} */
  const problems = differences(account.objects, objects);
  /** @type {Verification} */
  let verification = { ok: true, level: null, errors: [] };
  if (objects.length > 0) {
    const folder = join(store, account.call_id);
    verification = verify(command, folder, privateKey);
    const opened = spawnSync(command, ["open", folder, "--key", privateKey, "--out", recording], { encoding: "utf8" });
    if (opened.status !== 0) problems.push(`callseal open ended with status ${opened.status}: ${opened.stderr.trim()}`);
  }
  return { report: { ...account, objects, verification }, problems };
}

/**
 * Nothing lost, nothing twice: the engine's list is what lies in the store, but for the server's countersignatures
 * and timestamps, which are made of the ledger's end and so behind the list.
 * @param {readonly StoredObject[]} listed
 * @param {readonly StoredObject[]} stored
 * @returns {string[]}
 */
function differences(listed, stored) {
  /** @param {StoredObject} object */
  const key = ({ name, size_bytes: size, sha256 }) => `${name} ${size} ${sha256}`;
  const inStore = new Set(stored.map(key));
  const inList = new Set(listed.map(key));
  return [
    ...listed.filter((object) => !inStore.has(key(object))).map(({ name }) => `${name} is listed by the engine, but not so in the store`),
    ...stored
      .filter((object) => !inList.has(key(object)) && !/\.(?:head\.jws|tst)$/u.test(object.name))
      .map(({ name }) => `${name} is in the store, but not so listed by the engine`),
    ...(inList.size === listed.length ? [] : ["the engine lists an object twice"]),
  ];
}

/**
 * @param {string} command @param {string} folder @param {string} privateKey
 * @returns {Verification}
 */
export function verify(command, folder, privateKey) {
  const { stdout, stderr, status } = spawnSync(command, ["verify", folder, "--key", privateKey, "--json"], { encoding: "utf8" });
  try {
    const { ok, level, errors } = JSON.parse(stdout);
    const named = /** @type {{code: string, object?: string | null}[]} */ (errors).map(({ code, object }) => ({ code, object: object ?? null }));
    return { ok, level: level ?? null, errors: named };
  } catch {
    throw new Error(`callseal verify ended with status ${status} and without a result: ${stderr.trim()}`);
  }
}

/**
 * What in the report is not as the script demands.
 * @param {Report} report
 * @param {readonly string[]} demanded  outcomes
 * @param {string} recording            path of the opened recording
 * @returns {string[]}
 */
export function shortfalls(report, demanded, recording) {
  const problems = [];
  if (!demanded.includes(report.outcome)) problems.push(`the outcome is ${report.outcome}, demanded is ${demanded.join(" or ")}`);
  if (!report.verification.ok) problems.push(`verification failed: ${report.verification.errors.map(({ code, object }) => `${code} ${object ?? ""}`).join(", ")}`);
  const kept = report.outcome === "recorded" || report.outcome === "withdrawn";
  if (kept && report.objects.length === 0) problems.push("nothing was stored");
  if (kept && !existsSync(recording)) problems.push("there is no recording");
  if (!kept && report.objects.length > 0) problems.push(`${report.objects.length} objects were stored without consent`);
  return problems;
}

/**
 * The report for people.
 * @param {Report} report
 * @param {string} out
 * @param {readonly string[]} problems
 */
export function summary(report, out, problems) {
  const seconds = (/** @type {number} */ ms) => `${(ms / 1000).toFixed(1)} s`;
  const spans = report.redaction_spans.map(({ from_sample: from, to_sample: to, class: kind }) => `${seconds(from / 48)} – ${seconds(to / 48)} ${kind}`);
  const bytes = report.objects.reduce((sum, { size_bytes: size }) => sum + size, 0);
  const lines = [
    `call        ${report.call_id}`,
    `outcome     ${report.outcome}`,
    `duration    ${seconds(report.call_duration_ms)}, of it ${seconds(report.recording_duration_ms)} recorded${report.recording_origin_ms === null ? "" : ` from ${seconds(report.recording_origin_ms)} on`}`,
    `disclosure  ${report.disclosure === null ? "none" : `${report.disclosure.prompt_id} v${report.disclosure.version} (${report.disclosure.language}), ${report.disclosure.fraction_delivered === null ? "read by the agent" : `${Math.round(report.disclosure.fraction_delivered * 100)} % delivered`}`}`,
    `left out    ${spans.length === 0 ? "nothing" : spans.join("; ")}`,
    `gaps        ${report.gaps.length}`,
    `stored      ${report.objects.length} objects, ${bytes} bytes`,
    `verified    ${report.objects.length === 0 ? "nothing to verify" : report.verification.ok ? `good (${report.verification.level ?? "no level"})` : "FAILED"}`,
    `written to  ${out}`,
    ...problems.map((problem) => `PROBLEM     ${problem}`),
  ];
  return `${lines.join("\n")}\n`;
}
