// @ts-check
/**
 * The stores at full length: 25 kills of the browser and 84 faults at each of seven stores, then their table. The short
 * form is part of `npm test`.
 *
 * Must never: hide a failure behind a later success.
 *
 *     npm run soak [-- --only nginx,tus] [-- --seed N]
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { ROOT, toolEnvironment } from "./lib/project.mjs";

const { values } = parseArgs({ options: { only: { type: "string" }, seed: { type: "string" } } });

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 */
function run([program = "", ...words], env) {
  const { status } = spawnSync(program, words, { cwd: ROOT, stdio: "inherit", env: { ...toolEnvironment(), ...env } });
  if (status !== 0) process.exit(status ?? 1);
}

run(["node", "scripts/build.mjs"], {});
run(["node", "--test", "--test-concurrency=1", "--test-reporter=spec", "tests/stores/stores.test.mjs"], {
  CALLSEAL_STORES: "full",
  ...(values.only !== undefined && { CALLSEAL_STORES_ONLY: values.only }),
  ...(values.seed !== undefined && { CALLSEAL_STORES_SEED: values.seed }),
});
