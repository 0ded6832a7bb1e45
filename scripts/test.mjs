// @ts-check
/**
 * Proves the whole of Callseal from nothing: `npm test`; one stage: `npm run test:<stage>`.
 *
 * Owns: the order of the stages, their count and times, and the last line `N passed, N failed`.
 * Must never: report a stage as passed whose runner reported no tests, leave one out in silence, or leave the checkout
 * changed unnoticed.
 *
 * usage: node scripts/test.mjs [stage …] [--keep-going]
 * Exit status: 0 all passed, 1 something failed, 2 bad usage, 3 a prerequisite is missing.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { ARTIFACTS } from "./lib/project.mjs";
import { ask, runLoudly } from "./lib/run.mjs";
import { countTests } from "./lib/summaries.mjs";
import { setupOrExit } from "./setup.mjs";
import { STAGES } from "./test/stages.mjs";

/** @typedef {import("./lib/summaries.mjs").Count & {title: string, seconds: number, problems: string[]}} Result */

/** In continuous integration a run must end within the hour; at a desk everything is run. */
const CI = process.env["CI"] !== undefined;

const words = process.argv.slice(2);
const keepGoing = words.includes("--keep-going");
const wanted = words.filter((word) => word !== "--keep-going");
const unknown = wanted.filter((word) => !STAGES.some(({ name }) => name === word));
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(", ")}; stages: ${STAGES.map(({ name }) => name).join(", ")}; option: --keep-going\n`);
  process.exit(2);
}

const begun = performance.now();
await setupOrExit("test");
const treeBefore = await changes();
/** @type {Result[]} */
const results = [];
/** Stages that a first run on an empty machine had no time for. @type {string[]} */
const leftOut = [];
for (const stage of STAGES) {
  if (wanted.length > 0 && !wanted.includes(stage.name)) continue;
  if (wanted.length === 0 && CI && isTooLate(stage)) {
    process.stdout.write(`\n=== ${stage.name}: LEFT OUT, ${minutes(performance.now() - begun)} since the start; \`npm run test:${stage.name}\` runs it\n`);
    leftOut.push(stage.name);
    continue;
  }
  const result = await runStage(stage);
  results.push(result);
  if (result.failed > 0 && !keepGoing) break;
}
results.push(await checkTree(treeBefore));
report(results);

/** @param {import("./test/stages.mjs").Stage} stage */
function isTooLate({ startsBeforeMin = Infinity }) {
  return performance.now() - begun > startsBeforeMin * 60_000;
}

/**
 * @param {import("./test/stages.mjs").Stage} stage
 * @returns {Promise<Result>}
 */
async function runStage(stage) {
  process.stdout.write(`\n=== ${stage.name}: ${stage.title} (${minutes(performance.now() - begun)} since the start)\n`);
  const started = performance.now();
  const log = `test-${stage.name}`;
  rmSync(join(ARTIFACTS, `${log}.log`), { force: true });
  const result = { title: stage.name, passed: 0, failed: 0, seconds: 0, problems: /** @type {string[]} */ ([]) };
  /** @param {string} problem @param {number} [failed] */
  const fail = (problem, failed = 1) => {
    process.stdout.write(`FAILED: ${problem}\n`);
    result.problems.push(problem);
    result.failed += failed;
  };
  try {
    if (stage.needsBuild === true) await build();
    for (const job of stage.jobs()) {
      const { status, reason, output } = await runLoudly(job.command, {
        log,
        timeoutMs: stage.limitMin * 60_000,
        ...(job.env && { env: job.env }),
      });
      const shown = job.command.join(" ");
      const count = job.runner === "check" ? { passed: status === 0 ? 1 : 0, failed: 0 } : countTests(job.runner, output);
      result.passed += count.passed;
      if (status !== 0) fail(`\`${shown}\` ${reason}`, Math.max(1, count.failed));
      else if (count.failed > 0) fail(`\`${shown}\` ended with status 0 but reported failures`, count.failed);
      else if (count.passed === 0 && job.mayBeEmpty !== true) fail(`\`${shown}\` reported no tests`);
    }
    for (const { name, problem } of (await stage.checks?.()) ?? []) {
      if (problem === null) {
        process.stdout.write(`ok: ${name}\n`);
        result.passed += 1;
      } else fail(`${name}: ${problem}`);
    }
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
  result.seconds = (performance.now() - started) / 1000;
  return result;
}

/** @returns {Promise<string | null>} what git sees as changed; null outside a git checkout */
function changes() {
  return ask(["git", "status", "--porcelain"]);
}

/**
 * A run must leave nothing behind that git can see.
 * @param {string | null} before
 * @returns {Promise<Result>}
 */
async function checkTree(before) {
  const after = await changes();
  const known = new Set((before ?? "").split("\n"));
  const fresh = (after ?? "").split("\n").filter((line) => line !== "" && !known.has(line));
  const problems = fresh.length === 0 ? [] : [`the run changed the checkout: ${fresh.join(", ")}`];
  for (const problem of problems) process.stdout.write(`\nFAILED: ${problem}\n`);
  return { title: "clean tree", passed: 1 - problems.length, failed: problems.length, seconds: 0, problems };
}

/** @param {Result[]} rows */
function report(rows) {
  process.stdout.write(`\n${"stage".padEnd(12)}${"passed".padStart(8)}${"failed".padStart(8)}${"time".padStart(10)}\n`);
  for (const { title, passed, failed, seconds } of rows) {
    process.stdout.write(`${title.padEnd(12)}${`${passed}`.padStart(8)}${`${failed}`.padStart(8)}${`${seconds.toFixed(1)} s`.padStart(10)}\n`);
  }
  for (const { title, problems } of rows) for (const problem of problems) process.stdout.write(`${title}: ${problem}\n`);
  if (leftOut.length > 0) process.stdout.write(`left out, for want of time: ${leftOut.join(", ")}\n`);
  const missed = STAGES.filter(({ name }) => !leftOut.includes(name) && (wanted.length === 0 || wanted.includes(name)) && !rows.some(({ title }) => title === name));
  if (missed.length > 0) process.stdout.write(`not run after the failure: ${missed.map(({ name }) => name).join(", ")}\n`);
  const passed = rows.reduce((total, row) => total + row.passed, 0);
  const failed = rows.reduce((total, row) => total + row.failed, 0);
  process.stdout.write(`in ${minutes(performance.now() - begun)}\n${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** @param {number} milliseconds */
function minutes(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
