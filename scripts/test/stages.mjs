// @ts-check
/**
 * The stages of `npm test`, cheap ones first, each with the commands it runs and how their tests are counted.
 * Must never: hold a stage back because a file it needs is missing; that is a failure.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findProgram, ROOT } from "../lib/project.mjs";
import { checkBuild } from "../build.mjs";

/**
 * A command whose tests its runner counts; `check`: the command as a whole is one check.
 * @typedef {object} Job
 * @property {string[]} command
 * @property {import("../lib/summaries.mjs").Runner | "check"} runner
 * @property {NodeJS.ProcessEnv} [env]
 * @property {boolean} [mayBeEmpty] a report of no tests at all is fine
 */

/**
 * @typedef {object} Stage
 * @property {string} name         as in `npm run test:<name>`
 * @property {string} title
 * @property {number} limitMin     a command of the stage is stopped after so many minutes
 * @property {number} [startsBeforeMin]  in continuous integration it is left out, which is said, if the run has taken longer
 * @property {boolean} [needsBuild]
 * @property {() => Job[]} jobs
 * @property {() => Promise<{name: string, problem: string | null}[]>} [checks] further checks, done in this process
 */

const WASM = ["--target", "wasm32-unknown-unknown", "--package", "callseal"];

/**
 * Node's test runner. A file that hangs is ended and named long before the stage is.
 * @param {number} fileLimitMin
 * @param {number} [atOnce]  files that run beside each other: most start a browser, and calls in them last as in life
 */
const nodeTest = (fileLimitMin, atOnce = 1) =>
  ["node", "--test", "--test-reporter=spec", `--test-concurrency=${atOnce}`, `--test-timeout=${fileLimitMin * 60_000}`];

/**
 * @param {string} folder
 * @returns {string[]} the test files in it
 */
function testFiles(folder) {
  if (!existsSync(join(ROOT, folder))) return [`${folder}/`];
  const files = readdirSync(join(ROOT, folder)).sort();
  return files.filter((file) => /\.(test|spec)\.mjs$/.test(file)).map((file) => `${folder}/${file}`);
}

/** Which browser the demo and the tests start (scripts/demo/browser.mjs). */
const IN_FIREFOX = { CALLSEAL_BROWSER: "firefox" };

/** The end-to-end specs in which a browser's own doing counts; docs/browsers.md says why not the others. */
export const FIREFOX_SPECS = [
  ...["recorded", "declined", "consent", "pausing", "detection", "crash"],
  ...["outage", "papers", "parallel", "parties", "screens"],
];

/** @returns {Job} nextest where it is there: it runs tests side by side and stops those that hang */
function nativeTests() {
  return findProgram("cargo-nextest") === null
    ? { command: ["cargo", "test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"], runner: "cargo" }
    : { command: ["cargo", "nextest", "run", "--workspace", "--no-fail-fast"], runner: "nextest" };
}

/** @type {Stage[]} */
export const STAGES = [
  {
    name: "format",
    title: "rustfmt",
    limitMin: 2,
    jobs: () => [{ command: ["cargo", "fmt", "--all", "--check"], runner: "check" }],
  },
  {
    name: "lint",
    title: "eslint",
    limitMin: 5,
    jobs: () => [{ command: ["eslint", "--max-warnings", "0", "."], runner: "check" }],
  },
  {
    name: "scripts",
    title: "tests of the scripts, and of what needs neither a build nor a browser",
    limitMin: 5,
    jobs: () => [{ command: [...nodeTest(3), ...testFiles("tests/scripts"), ...testFiles("tests/recorders")], runner: "node" }],
  },
  {
    name: "clippy",
    title: "clippy, native and wasm32",
    limitMin: 30,
    jobs: () => [
      { command: ["cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], runner: "check" },
      { command: ["cargo", "clippy", ...WASM, "--all-targets", "--", "-D", "warnings"], runner: "check" },
    ],
  },
  {
    name: "native",
    title: "native tests and documentation tests",
    limitMin: 30,
    jobs: () => [
      nativeTests(),
      { command: ["cargo", "test", "--workspace", "--doc"], runner: "cargo", mayBeEmpty: true },
    ],
  },
  {
    name: "web",
    title: "engine tests in Chromium",
    limitMin: 20,
    jobs: () => [
      {
        command: [
          ...["wasm-pack", "test", "--headless", "--chrome", "--chromedriver", findProgram("chromedriver") ?? "chromedriver"],
          ...["--mode", "no-install", "--", "--lib", "--test", "web", "--test", "web_worker"],
        ],
        runner: "cargo",
        // Seconds for each binary, and for the driver's start on a busy machine; the defaults are 20 and 5.
        env: { WASM_BINDGEN_TEST_TIMEOUT: "120", WASM_BINDGEN_TEST_DRIVER_TIMEOUT: "60" },
      },
    ],
  },
  {
    name: "build",
    title: "build, size table, content-security-policy",
    limitMin: 20,
    needsBuild: true,
    jobs: () => [],
    checks: checkBuild,
  },
  {
    name: "types",
    title: "TypeScript",
    limitMin: 5,
    // pkg/dist, whose types pkg/worker.mjs is checked against, comes out of the build.
    needsBuild: true,
    jobs: () => [
      { command: ["tsc", "--project", "tsconfig.json"], runner: "check" },
      { command: ["tsc", "--project", "tsconfig.worker.json"], runner: "check" },
      { command: ["tsc", "--project", "tsconfig.worklet.json"], runner: "check" },
      // The tests of stores have packages of their own.
      { command: ["node", "tests/stores/prepare.mjs"], runner: "check" },
      { command: ["tsc", "--project", "tsconfig.node.json"], runner: "check" },
    ],
  },
  {
    name: "interop",
    title: "other implementations: a reader written from the document, Google's Tink, jose, standardwebhooks",
    limitMin: 15,
    needsBuild: true,
    jobs: () => [
      { command: [...nodeTest(5), ...testFiles("tests/decoder")], runner: "node" },
      { command: ["node", "tests/interop/run.mjs"], runner: "plain" },
    ],
  },
  {
    name: "package",
    title: "the packed npm package in fresh projects",
    limitMin: 10,
    needsBuild: true,
    jobs: () => [{ command: [...nodeTest(8), "tests/package/run.mjs"], runner: "node" }],
  },
  {
    name: "page",
    title: "the page's side in Chromium",
    limitMin: 10,
    needsBuild: true,
    jobs: () => [{ command: [...nodeTest(4, 2), ...testFiles("tests/page")], runner: "node" }],
  },
  {
    name: "player",
    title: "the player, with calls that were really sealed",
    limitMin: 12,
    needsBuild: true,
    jobs: () => [{ command: [...nodeTest(10), ...testFiles("tests/player")], runner: "node" }],
  },
  {
    name: "adapters",
    title: "softphone libraries as they are published, in Chromium",
    limitMin: 10,
    needsBuild: true,
    jobs: () => [{ command: [...nodeTest(5), ...testFiles("tests/adapters")], runner: "node" }],
  },
  {
    name: "e2e",
    title: "end to end in Chromium",
    limitMin: 25,
    needsBuild: true,
    jobs: () => {
      // It keeps the machine busy on purpose: nothing else is to be measured beside it.
      const [rough = [], others = []] = [true, false].map((isRough) => testFiles("tests/e2e").filter((file) => file.includes("/rough.") === isRough));
      return [
        { command: [...nodeTest(8, 2), ...others], runner: "node" },
        { command: [...nodeTest(8), ...rough], runner: "node" },
      ];
    },
  },
  {
    name: "extension",
    title: "the browser extension: its packages, and calls on pages that know nothing of it",
    limitMin: 30,
    needsBuild: true,
    jobs: () => [
      ...["chrome", "firefox"].map((browser) => ({
        command: ["node", "tests/extension/lint.mjs", browser],
        runner: /** @type {const} */ ("check"),
      })),
      { command: [...nodeTest(10), ...testFiles("tests/extension")], runner: "node" },
    ],
  },
  {
    name: "stores",
    title: "real stores, reached by a real browser through faults and kills",
    limitMin: 15,
    needsBuild: true,
    jobs: () => [
      { command: ["node", "tests/stores/prepare.mjs"], runner: "check" },
      { command: [...nodeTest(14, 2), ...testFiles("tests/stores")], runner: "node" },
    ],
  },
  {
    name: "soak",
    title: "an hour in compressed time through the engine's Worker",
    limitMin: 20,
    needsBuild: true,
    jobs: () => [{ command: [...nodeTest(18), "tests/soak/soak.test.mjs"], runner: "node", env: { CALLSEAL_SOAK_MINUTES: "60" } }],
  },
  {
    name: "deny",
    title: "licences, bans and sources of crates",
    limitMin: 5,
    jobs: () => [{ command: ["cargo", "deny", "--all-features", "check", "bans", "licenses", "sources"], runner: "check" }],
  },
  {
    name: "fuzz",
    title: "every parser with inputs that nobody thought of, a minute each",
    limitMin: 30,
    startsBeforeMin: 30,
    jobs: () => [{ command: ["node", "scripts/fuzz.mjs", "--seconds", "60"], runner: "plain" }],
  },
  {
    name: "phones",
    title: "real telephones: kamailio, rtpengine, baresip and Janus, with the browser's own WebRTC",
    limitMin: 40,
    startsBeforeMin: 30,
    needsBuild: true,
    // One after the other: what is heard is measured, and a starved jitter buffer is none of Callseal's.
    jobs: () => [{ command: [...nodeTest(10), ...testFiles("tests/phones")], runner: "node" }],
  },
  {
    name: "firefox",
    title: "the page's side and the end-to-end specs again, in Firefox",
    limitMin: 35,
    startsBeforeMin: 30,
    needsBuild: true,
    jobs: () => [
      { command: [...nodeTest(6, 2), ...testFiles("tests/page"), ...testFiles("tests/firefox")], runner: "node", env: IN_FIREFOX },
      { command: [...nodeTest(8, 2), ...FIREFOX_SPECS.map((name) => `tests/e2e/${name}.test.mjs`)], runner: "node", env: IN_FIREFOX },
    ],
  },
];

