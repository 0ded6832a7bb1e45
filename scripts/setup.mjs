// @ts-check
/**
 * Installs what is missing to build, demonstrate or test Callseal: `npm run setup`.
 *
 * Owns: carrying out the plan of setup/plan.mjs, with a line of progress per step on stderr.
 * Must never: use anything but Node's own modules (it runs before `npm ci`), or touch the machine when a
 * prerequisite is missing that it cannot install.
 *
 * Exit status: 0 everything is there, 3 something is missing and one sentence says what to run.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pinnedToolchain, STATUS_MISSING_PREREQUISITE } from "./lib/project.mjs";
import { CommandFailed, progress, runQuietly } from "./lib/run.mjs";
import { plan } from "./setup/plan.mjs";
import { NPM_STAMP, npmFingerprint, probe } from "./setup/probe.mjs";

/** Something is missing and could not be installed; the message says what to run. */
export class MissingPrerequisite extends Error {}

/**
 * Makes sure that everything needed for a purpose is there.
 * @param {import("./setup/plan.mjs").Purpose} purpose
 * @param {{dryRun?: boolean}} [options] dryRun: only show what would be done
 * @returns {Promise<void>}
 * @throws {MissingPrerequisite}
 */
export async function setup(purpose, { dryRun = false } = {}) {
  const say = progress("setup");
  const findings = await probe();
  const { steps, problems } = plan(findings, purpose);
  if (problems.length > 0) throw new MissingPrerequisite(problems.join("\n"));
  // Every cargo and rustc that follows, in this process's children too, is of this toolchain.
  if (findings.toolchain !== pinnedToolchain()) process.env["RUSTUP_TOOLCHAIN"] = findings.toolchain;
  for (const [index, step] of steps.entries()) {
    const place = `${index + 1}/${steps.length}`;
    if (dryRun) {
      say(`${place} would install ${step.title}: ${step.command.join(" ")}`);
      continue;
    }
    say(`${place} ${step.title}`);
    try {
      await runQuietly(step.command, { log: `setup-${step.id}`, say, ...(step.env && { env: step.env }) });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      if (step.mayFail !== true) throw new MissingPrerequisite(`${error.message}\n${step.onFailure}`);
      say(`${error.message}\n${step.onFailure}`);
    }
    if (step.id === "npm-ci") writeFileSync(NPM_STAMP, npmFingerprint());
  }
  if (!dryRun && steps.length > 0) await confirm(purpose);
  say(dryRun ? "nothing was changed" : "everything is there");
}

/**
 * What was installed must be found afterwards, or a later step fails with a riddle.
 * @param {import("./setup/plan.mjs").Purpose} purpose
 */
async function confirm(purpose) {
  const left = plan(await probe(), purpose).steps.find(({ mayFail }) => mayFail !== true);
  if (left !== undefined) {
    throw new MissingPrerequisite(`Installed, but still not found: ${left.title}. ${left.onFailure}`);
  }
}

/**
 * For the scripts: set up, or end with status 3 and the sentence.
 * @param {import("./setup/plan.mjs").Purpose} purpose
 * @param {{dryRun?: boolean}} [options]
 */
export async function setupOrExit(purpose, options) {
  try {
    await setup(purpose, options);
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(STATUS_MISSING_PREREQUISITE);
  }
}

/** @param {string[]} words @returns {{purpose: import("./setup/plan.mjs").Purpose, dryRun: boolean}} */
function options(words) {
  const wanted = words.find((word) => !word.startsWith("--")) ?? "test";
  if ((wanted !== "build" && wanted !== "demo" && wanted !== "test") || words.some((word) => word.startsWith("--") && word !== "--dry-run")) {
    process.stderr.write("usage: node scripts/setup.mjs [build|demo|test] [--dry-run]\n");
    process.exit(2);
  }
  return { purpose: wanted, dryRun: words.includes("--dry-run") };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { purpose, dryRun } = options(process.argv.slice(2));
  await setupOrExit(purpose, { dryRun });
}
