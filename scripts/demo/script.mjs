// @ts-check
/**
 * The script of a demo call: what the agent does, and when.
 *
 * Owns: the script's shape, its faults with their paths, and the default script. Must never: act.
 */
import { readFileSync } from "node:fs";
import { BadInput } from "./bad-input.mjs";

/**
 * `at_s` is in seconds from the moment both ends were connected.
 * @typedef {{at_s: number, do: "consent", answer: "yes" | "no" | "withdraw"}
 *   | {at_s: number, do: "focus", selector: string}
 *   | {at_s: number, do: "type", selector: string, text: string}
 *   | {at_s: number, do: "blur"}
 *   | {at_s: number, do: "hangup"}
 * } Step
 * @typedef {{version: 1, steps: Step[]}} Script
 */

/** @type {Script} */
export const DEFAULT_SCRIPT = {
  version: 1,
  steps: [
    { at_s: 2.5, do: "consent", answer: "yes" },
    { at_s: 6, do: "focus", selector: "#card-number" },
    { at_s: 7, do: "type", selector: "#card-number", text: "4111 1111 1111 1111" },
    { at_s: 13, do: "blur" },
    { at_s: 17, do: "hangup" },
  ],
};

const ANSWERS = ["yes", "no", "withdraw"];

/** A longer call is what `npm start` is for. */
const LONGEST_CALL_S = 3_600;

/** Members of each step beside `at_s` and `do`, each with what it must be. @type {Record<string, Record<string, (value: unknown) => string | null>>} */
const STEPS = {
  consent: { answer: (value) => (ANSWERS.includes(String(value)) ? null : `must be one of ${ANSWERS.join(", ")}`) },
  focus: { selector: nonEmptyText },
  type: { selector: nonEmptyText, text: (value) => (typeof value === "string" ? null : "must be a text") },
  blur: {},
  hangup: {},
};

/** @param {unknown} value */
function nonEmptyText(value) {
  return typeof value === "string" && value.trim() !== "" ? null : "must be a text that is not empty";
}

/**
 * @param {string} path
 * @returns {Script}
 * @throws {BadInput} with the path of every fault
 */
export function readScript(path) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new BadInput(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const faults = faultsOf(value);
  if (faults.length > 0) throw new BadInput(faults.map((fault) => `${path}: ${fault}`).join("\n"));
  return /** @type {Script} */ (value);
}

/**
 * @param {unknown} value
 * @returns {string[]} `path: what is wrong`, empty for a good script
 */
export function faultsOf(value) {
  if (!isRecord(value)) return ["$: must be an object"];
  const faults = unknownKeys(value, ["version", "steps"], "$");
  if (value["version"] !== 1) faults.push("$.version: must be 1");
  const steps = value["steps"];
  if (!Array.isArray(steps)) return [...faults, "$.steps: must be a list"];
  steps.forEach((step, index) => faults.push(...stepFaults(step, `$.steps[${index}]`)));
  if (faults.length === 0) faults.push(...orderFaults(/** @type {Step[]} */ (steps)));
  return faults;
}

/**
 * @param {unknown} step
 * @param {string} path
 * @returns {string[]}
 */
function stepFaults(step, path) {
  if (!isRecord(step)) return [`${path}: must be an object`];
  const kind = step["do"];
  const members = typeof kind === "string" && Object.hasOwn(STEPS, kind) ? STEPS[kind] : undefined;
  if (members === undefined) return [`${path}.do: must be one of ${Object.keys(STEPS).join(", ")}`];
  const faults = unknownKeys(step, ["at_s", "do", ...Object.keys(members)], path);
  const at = step["at_s"];
  if (typeof at !== "number" || !(at >= 0 && at <= LONGEST_CALL_S)) faults.push(`${path}.at_s: must be a number from 0 to ${LONGEST_CALL_S}`);
  for (const [name, check] of Object.entries(members)) {
    const problem = check(step[name]);
    if (problem !== null) faults.push(`${path}.${name}: ${problem}`);
  }
  return faults;
}

/**
 * @param {readonly Step[]} steps
 * @returns {string[]}
 */
function orderFaults(steps) {
  const faults = steps.flatMap((step, index) => {
    const before = steps[index - 1];
    return before !== undefined && step.at_s < before.at_s ? [`$.steps[${index}].at_s: must not be earlier than the step before it`] : [];
  });
  const hangups = steps.filter((step) => step.do === "hangup").length;
  if (hangups !== 1 || steps.at(-1)?.do !== "hangup") faults.push("$.steps: must end with its only hangup");
  return faults;
}

/**
 * @param {Record<string, unknown>} value
 * @param {readonly string[]} known
 * @param {string} path
 */
function unknownKeys(value, known, path) {
  return Object.keys(value).filter((key) => !known.includes(key)).map((key) => `${path}.${key}: is not known here`);
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What the answers of a script must lead to.
 * @param {Script} script
 * @returns {import("../../pkg/protocol.mjs").Outcome[]} the outcomes that are as demanded
 */
export function demandedOutcomes(script) {
  const answers = script.steps.flatMap((step) => (step.do === "consent" ? [step.answer] : []));
  const [first] = answers;
  // Nobody said yes: whether that is called declined or failed is the engine's to say, but nothing may be recorded.
  if (first === undefined || first === "withdraw") return ["declined", "failed"];
  if (first === "no") return ["declined"];
  return answers.includes("withdraw") ? ["withdrawn"] : ["recorded"];
}
