// @ts-check
/**
 * The command line of the scripted demo.
 *
 * Owns: its options and their defaults. Must never: touch a file.
 */
import { parseArgs } from "node:util";
import { join, resolve } from "node:path";
import { ROOT } from "../lib/project.mjs";
import { BadInput } from "./bad-input.mjs";

export const USAGE = `usage: npm run --silent demo -- [options]

A whole scripted call in headless Chromium: disclosed, consented, recorded, sealed, stored, opened, verified.

  --agent A.wav     what the agent says (default: the sample clip; any rate, mono or stereo)
  --customer B.wav  what the customer says (default: the sample clip)
  --script S.json   what the agent does and when (default: yes, card number, hang up; see docs/demo.md)
  --out DIR         where everything is written (default: artifacts/demo)
  --json            print the report on standard output

Exit status: 0 as the script demands, 1 not, 2 bad input, 3 a prerequisite is missing.
`;

/**
 * @typedef {object} Arguments
 * @property {string} agent     path of a WAV file
 * @property {string} customer  path of a WAV file
 * @property {string | null} script path of the script, or null for the default one
 * @property {string} out       folder
 * @property {boolean} json
 */

/**
 * @param {readonly string[]} words
 * @returns {Arguments | "help"}
 * @throws {BadInput}
 */
export function readArguments(words) {
  const values = parse(words);
  if (values.help === true) return "help";
  // npm starts scripts in the checkout; paths are meant from where the user stands.
  const from = process.env["INIT_CWD"] ?? process.cwd();
  /** @param {string | undefined} path @param {string} otherwise */
  const file = (path, otherwise) => (path === undefined ? join(ROOT, otherwise) : resolve(from, path));
  return {
    agent: file(values.agent, "www/demo/media/agent.wav"),
    customer: file(values.customer, "www/demo/media/customer.wav"),
    script: values.script === undefined ? null : resolve(from, values.script),
    out: file(values.out, "artifacts/demo"),
    json: values.json === true,
  };
}

/** @param {readonly string[]} words */
function parse(words) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        agent: { type: "string" },
        customer: { type: "string" },
        script: { type: "string" },
        out: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new BadInput(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}
