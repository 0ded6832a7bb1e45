// @ts-check
/**
 * A whole scripted call, no hands: `npm run --silent demo -- --help`.
 *
 * Owns: the order of things — input checked, everything built, call made, result opened, verified and written — and the
 * exit status: 0 as the script demands, 1 not, 2 bad input, 3 a prerequisite is missing.
 * Must never: print anything but the result on standard output; progress goes to standard error.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, NATIVE_COMMAND } from "./build.mjs";
import { readArguments, USAGE } from "./demo/arguments.mjs";
import { BadInput, Missing } from "./demo/bad-input.mjs";
import { DEFAULT_SCRIPT, demandedOutcomes, readScript } from "./demo/script.mjs";
import { ROOT, STATUS_MISSING_PREREQUISITE } from "./lib/project.mjs";
import { progress } from "./lib/run.mjs";
import { setupOrExit } from "./setup.mjs";

/** Rate of the fake microphone's file. */
const MICROPHONE_RATE_HZ = 48_000;

const say = progress("demo");

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof BadInput ? 2 : error instanceof Missing ? STATUS_MISSING_PREREQUISITE : 1;
}

/** @returns {Promise<number>} the exit status */
async function main() {
  const wanted = readArguments(process.argv.slice(2));
  if (wanted === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  for (const [option, path] of /** @type {const} */ ([["--agent", wanted.agent], ["--customer", wanted.customer]])) {
    if (!existsSync(path)) throw new BadInput(`${option}: there is no file ${path}`);
  }
  const script = wanted.script === null ? DEFAULT_SCRIPT : readScript(wanted.script);
  await setupOrExit("demo");

  // Packages are there only after setup.
  const { readWav, resample, writeWav } = await import("./demo/wav.mjs");
  const agent = resample(readWav(wanted.agent), MICROPHONE_RATE_HZ);
  readWav(wanted.customer);
  const paths = prepareFolder(wanted.out);
  await build();

  const { runCall } = await import("./demo/call.mjs");
  const { completeReport, shortfalls, summary } = await import("./demo/report.mjs");
  const temporary = mkdtempSync(join(tmpdir(), "callseal-demo-"));
  try {
    const microphone = join(temporary, "agent.wav");
    writeWav(microphone, agent);
    const { account, heard, problems, privateKey } = await runCall({
      ...{ command: NATIVE_COMMAND, site: join(ROOT, "dist/www"), out: wanted.out, store: paths.store },
      ...{ microphone, customer: wanted.customer, profile: join(temporary, "profile"), script, say },
    });
    writeWav(paths.heard, heard);
    const { report, problems: faults } = completeReport(account, {
      ...{ command: NATIVE_COMMAND, store: paths.store, privateKey, recording: paths.recording },
    });
    problems.push(...faults, ...shortfalls(report, demandedOutcomes(script), paths.recording));
    const text = `${JSON.stringify(report, null, 2)}\n`;
    writeFileSync(paths.report, text);
    for (const problem of problems) say(`PROBLEM: ${problem}`);
    process.stdout.write(wanted.json ? text : summary(report, wanted.out, problems));
    return problems.length === 0 ? 0 : 1;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * Results of an earlier run must not be taken for this one's; its store and key stay.
 * @param {string} out
 */
function prepareFolder(out) {
  const paths = {
    store: join(out, "store"),
    recording: join(out, "recording.ogg"),
    heard: join(out, "customer-heard.wav"),
    report: join(out, "report.json"),
  };
  try {
    mkdirSync(paths.store, { recursive: true });
    for (const file of [paths.recording, paths.heard, paths.report]) rmSync(file, { force: true });
  } catch (error) {
    throw new BadInput(`--out: ${error instanceof Error ? error.message : String(error)}`);
  }
  return paths;
}
