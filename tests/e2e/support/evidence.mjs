// @ts-check
/**
 * What a call left behind, opened with the recipient's key by the native command, and read.
 *
 * Owns the reading. Must never take the page's word for what is stored.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What of an installation is needed: where the objects lie, and the key.
 * @typedef {Pick<import("./desk.mjs").Installation, "command" | "callFolder" | "folder" | "privateKey">} Installation
 * @typedef {import("../../../pkg/protocol.mjs").CallReport} CallReport
 * @typedef {{kind: string, body: any}} LedgerEntry
 */

/**
 * @param {Installation} installation
 * @param {string[]} words
 */
function callseal(installation, ...words) {
  return execFileSync(installation.command, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/**
 * What `callseal verify` says of a call, which must be good.
 * @param {Installation} installation
 * @param {string} callId
 * @returns {{segments: number, ledger_head: string}}
 */
export function verified(installation, callId) {
  const words = ["verify", installation.callFolder(callId), "--key", installation.privateKey, "--json"];
  const verdict = JSON.parse(callseal(installation, ...words));
  assert.equal(verdict.ok, true, JSON.stringify(verdict));
  return verdict;
}

/**
 * The call's vCon, of a call that verifies.
 * @param {Installation} installation
 * @param {CallReport} report
 * @returns {any}
 */
export function vconOf(installation, report) {
  verified(installation, report.call_id);
  const folder = installation.callFolder(report.call_id);
  const record = join(installation.folder, `${report.call_id}.vcon.json`);
  callseal(installation, "vcon", folder, "--key", installation.privateKey, "--out", record);
  return JSON.parse(readFileSync(record, "utf8"));
}

/**
 * The call's recording in two channels, and its vCon, both opened with the recipient's key; the call verifies.
 * @param {Installation} installation
 * @param {CallReport} report
 */
export function opened(installation, report) {
  const vcon = vconOf(installation, report);
  const sound = join(installation.folder, `${report.call_id}.ogg`);
  callseal(installation, "open", installation.callFolder(report.call_id), "--key", installation.privateKey, "--out", sound);
  return { sound, vcon };
}

/**
 * What the vCon says that each party agreed to, by which means; answers and withdrawals in their order.
 * @param {any} vcon
 * @returns {[party: number, basis: string, granted: boolean][]}
 */
export function lawfulBasis(vcon) {
  const attachments = vcon.attachments.filter((/** @type {any} */ one) => one.purpose === "lawful_basis");
  return attachments.map((/** @type {any} */ { party, body }) => {
    const { lawful_basis: basis, purpose_grants: grants } = typeof body === "string" ? JSON.parse(body) : body;
    return [party, basis, grants.every((/** @type {any} */ { granted }) => granted)];
  });
}

/**
 * The entries of a stored call's ledger, as they lie in the store.
 * @param {Installation} installation
 * @param {string} callId
 * @returns {LedgerEntry[]}
 */
export function ledger(installation, callId) {
  const folder = join(installation.callFolder(callId), "ledger");
  const chunks = readdirSync(folder).filter((name) => name.endsWith(".jsonl")).sort();
  const lines = chunks.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean));
  return lines.map((line) => JSON.parse(line));
}

/**
 * @param {CallReport} report
 * @param {string} kind
 */
export function eventOf(report, kind) {
  const event = report.consent_events.find((one) => one.kind === kind);
  assert.ok(event, `there is no event ${kind}`);
  return event;
}
