// @ts-check
/**
 * Builds everything a page or a terminal runs: `npm run build`.
 *
 * Owns: the order of the steps — Wasm into pkg/dist, its checks, the web bundles, the native command — and that a step
 * whose inputs have not changed is skipped.
 * Must never: leave a result that its checks have refused marked as done.
 */
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { checkSizes } from "./build/size.mjs";
import { whenChanged } from "./build/stamp.mjs";
import { buildWasm, checkGlue, instantiate, wasmRecipe } from "./build/wasm.mjs";
import { ROOT } from "./lib/project.mjs";
import { CommandFailed, progress, runQuietly } from "./lib/run.mjs";
import { setupOrExit } from "./setup.mjs";

/** The native command, as the build leaves it. */
export const NATIVE_COMMAND = join(ROOT, "target/debug/callseal");

/**
 * Brings everything up to date. Setup must have run.
 * @returns {Promise<void>}
 * @throws {Error} with what failed
 */
export async function build() {
  const say = progress("build");
  const wasm = await whenChanged(ROOT, wasmRecipe, async () => {
    say("engine: Rust to Wasm, optimised (about 1 min)");
    await buildWasm(say);
    checkGlue();
    await instantiate();
  });
  // webpack is an npm package and there only after setup.
  const { buildWeb, webRecipe } = await import("./build/web.mjs");
  const web = await whenChanged(ROOT, webRecipe, async () => {
    say("panel, demo and extension: webpack");
    await buildWeb();
  });
  say("command: cargo build");
  await runQuietly(["cargo", "build", "--package", "callseal-cli"], { log: "build-command", say });
  const done = [wasm && "engine", web && "panel, demo and extension"].filter(Boolean).join(", ");
  say(done === "" ? "up to date" : `built: ${done}, command`);
}

/**
 * The checks of a finished build.
 * @returns {Promise<{name: string, problem: string | null}[]>} one row each
 */
export async function checkBuild() {
  return [
    await outcome("the optimised Wasm module instantiates", async () => {
      const names = await instantiate();
      process.stdout.write(`exports: ${names.join(", ")}\n`);
    }),
    await outcome("the glue evaluates no strings", async () => checkGlue()),
    await outcome("sizes are within budget", async () => {
      const { table, over } = checkSizes(ROOT);
      process.stdout.write(`${table}\n`);
      if (over.length > 0) throw new Error(over.join("\n"));
    }),
  ];
}

/**
 * @param {string} name
 * @param {() => Promise<void>} check
 * @returns {Promise<{name: string, problem: string | null}>}
 */
async function outcome(name, check) {
  try {
    await check();
    return { name, problem: null };
  } catch (error) {
    return { name, problem: error instanceof Error ? error.message : String(error) };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setupOrExit("build");
  try {
    await build();
  } catch (error) {
    process.stderr.write(`${error instanceof CommandFailed ? error.message : (error instanceof Error && error.stack) || error}\n`);
    process.exit(1);
  }
  const rows = await checkBuild();
  for (const { name, problem } of rows) process.stdout.write(problem === null ? `ok: ${name}\n` : `FAILED: ${name}: ${problem}\n`);
  process.exit(rows.every(({ problem }) => problem === null) ? 0 : 1);
}
