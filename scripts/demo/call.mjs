// @ts-check
/**
 * One scripted call from start to end.
 *
 * Owns: server, browser and clock of the run. Must never: leave a process behind.
 */
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { Desktop } from "./desktop.mjs";
import { ensureKey, startServer } from "./store.mjs";

/** The engine drains its hold-back ring and seals, once the call has ended; in milliseconds. */
const CLOSE_LIMIT_MS = 60_000;
/** The last objects' way to a store on the same machine, in milliseconds. */
const STORED_LIMIT_MS = 60_000;

/**
 * @typedef {object} CallOptions
 * @property {string} command     the native command
 * @property {string} site        folder of the built pages
 * @property {string} out
 * @property {string} store
 * @property {string} microphone  the agent's WAV, 48 kHz mono 16-bit
 * @property {string} customer    the customer's WAV
 * @property {string} profile
 * @property {import("./script.mjs").Script} script
 * @property {(text: string) => void} say
 */

/**
 * @param {CallOptions} options
 * @returns {Promise<{account: import("../../pkg/protocol.mjs").CallReport, heard: import("./wav.mjs").Sound, problems: string[], privateKey: string}>}
 */
export async function runCall({ command, site, out, store, microphone, customer, profile, script, say }) {
  const { privateKey, publicKey } = ensureKey(command, join(out, "key"));
  const server = await startServer({ command, store, site, publicKey });
  const context = await launch({ microphone, profile }).catch(async (error) => {
    await server.stop();
    throw error;
  });
  try {
    say(`the page is at ${server.url}`);
    const desktop = await Desktop.open(context, server.url, { customerFile: customer });
    const call = await desktop.callIn();
    say("both ends are connected");
    const problems = await playScript(desktop, script, call.connectedAtMs, say);
    say("waiting for the recording to be sealed and stored");
    const { account, problem } = await finish(desktop);
    if (problem !== null) problems.push(problem);
    const heard = await desktop.heard(call);
    return { account, heard, problems, privateKey };
  } finally {
    await context.close();
    await server.stop();
  }
}

/**
 * @param {Desktop} desktop
 * @param {import("./script.mjs").Script} script
 * @param {number} connectedAtMs
 * @param {(text: string) => void} say
 * @returns {Promise<string[]>} steps that were not possible
 */
export async function playScript(desktop, script, connectedAtMs, say) {
  /** @type {string[]} */
  const problems = [];
  let locked = false;
  for (const [index, step] of script.steps.entries()) {
    await untilTime(connectedAtMs + step.at_s * 1000);
    const name = `${step.at_s} s: ${step.do}${step.do === "consent" ? ` ${step.answer}` : ""}`;
    try {
      await desktop.perform(step);
      say(name);
      // After a no nobody can start a recording: were the answer accepted, that would be the fault.
      if (step.do === "consent" && locked) problems.push(`$.steps[${index}]: an answer was possible after the no`);
    } catch (error) {
      if (step.do === "consent" && locked) say(`${name}: refused, as it must be after a no`);
      else problems.push(`$.steps[${index}] (${name}): ${firstLine(error)}`);
    }
    if (step.do === "consent" && step.answer === "no") locked = true;
  }
  return problems;
}

/**
 * @param {Desktop} desktop
 * @returns {Promise<{account: import("../../pkg/protocol.mjs").CallReport, problem: string | null}>}
 */
async function finish(desktop) {
  const closed = await desktop.event(({ type }) => type === "closed", "the engine's account of the call", CLOSE_LIMIT_MS);
  const { callId, report: account } = /** @type {{callId: string, report: import("../../pkg/protocol.mjs").CallReport}} */ (closed.detail);
  if (account.objects.length === 0) return { account, problem: null };
  /** @param {import("./desktop.mjs").HostEvent} event */
  const stored = ({ type, detail }) => type === "stored" && /** @type {{callId: string}} */ (detail).callId === callId;
  try {
    await desktop.event(stored, "the last object to be stored", STORED_LIMIT_MS);
    return { account, problem: null };
  } catch (error) {
    return { account, problem: firstLine(error) };
  }
}

/** @param {number} atMs Unix time */
function untilTime(atMs) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - Date.now())));
}

/** @param {unknown} error */
function firstLine(error) {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
