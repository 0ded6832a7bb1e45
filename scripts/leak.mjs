// @ts-check
/**
 * The leak test at full length: whole calls in compressed time with every fault 400 times and more, then ten real calls with
 * more than 200 pauses. The short form is part of `npm test`.
 *
 * Must never: hide a failure behind a later success.
 *
 *     npm run leak [-- --runs 20 --calls 10]
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { ROOT, toolEnvironment } from "./lib/project.mjs";

const { values } = parseArgs({ options: { runs: { type: "string", default: "20" }, calls: { type: "string", default: "10" } } });

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 */
function run([program = "", ...words], env) {
  console.log(`$ ${Object.entries(env).map(([name, value]) => `${name}=${value}`).join(" ")} ${program} ${words.join(" ")}`);
  const { status } = spawnSync(program, words, { cwd: ROOT, stdio: "inherit", env: { ...toolEnvironment(), ...env } });
  if (status !== 0) process.exit(status ?? 1);
}

run(["cargo", "test", "--release", "--package", "callseal", "--test", "leak", "--", "--nocapture"], { CALLSEAL_LEAK_RUNS: values.runs });
run(["node", "scripts/build.mjs"], {});
run(["node", "--test", "--test-reporter=spec", "tests/e2e/leak.test.mjs"], { CALLSEAL_LEAK_CALLS: values.calls });
