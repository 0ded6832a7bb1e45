// @ts-check
/**
 * The npm package as others get it: packed, installed into fresh projects, loaded in Chromium under the strict
 * content-security-policy of `callseal serve`, by the lines of the README as they stand.
 *
 * Must never: import anything of pkg/ directly, or forgive a word on the browser's console.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import webpack from "webpack";
import { NATIVE_COMMAND } from "../../scripts/build.mjs";
import { launch } from "../../scripts/demo/browser.mjs";
import { ensureKey, startServer } from "../../scripts/demo/store.mjs";
import { readProjectFile, ROOT } from "../../scripts/lib/project.mjs";
import { embedding, withAddresses } from "./readme.mjs";

/** How long a page may take to have its engine ready, in milliseconds. */
const READY_LIMIT_MS = 20_000;

/** What a module of the package may show to the world; more is a promise, less is a breach. */
const SURFACE = ["Callseal", "CallsealError"];

/** Tells the test what a page cannot otherwise show: the surface, and how a wrong configuration is refused. */
const REFUSAL = `
import * as surface from "callseal";
import { recordForQuality } from "callseal/prompts";
const served = await (await fetch("/callseal/config.json")).json();
const refused = await surface.Callseal.start({ ...served, disclosure: recordForQuality, holdBackMilliseconds: 5 }).then(
  () => ({ code: "started" }),
  (error) => ({ code: error.code, isError: error instanceof surface.CallsealError && error instanceof Error }),
);
globalThis.findings = { ...refused, surface: Object.keys(surface).sort() };
`;

/** @param {string} script */
const page = (script) => `<!doctype html>
<meta charset="utf-8" />
<title>Package test</title>
<link rel="icon" href="data:," />
<callseal-panel></callseal-panel>
<script type="module" src="${script}"></script>
`;

const work = mkdtempSync(join(tmpdir(), "callseal-package-"));
const shown = embedding(readProjectFile("README.md"));
/** @type {import("playwright-core").BrowserContext} */
let browser;
/** @type {string} */
let tarball;

before(async () => {
  const [packed] = JSON.parse(npm(["pack", join(ROOT, "pkg"), "--json", "--pack-destination", work], work));
  tarball = join(work, packed.filename);
  browser = await launch({ profile: join(work, "profile") });
});

after(async () => {
  await browser?.close();
  rmSync(work, { recursive: true, force: true });
});

test("the package's own README shows the same embedding", () => {
  assert.equal(embedding(readProjectFile("pkg/README.md")), shown);
});

test("the tarball holds what it exports and nothing of the workshop", () => {
  const folder = join(install("contents"), "node_modules/callseal");
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const target of Object.values(exports).flatMap((entry) => (typeof entry === "string" ? [entry] : Object.values(entry)))) {
    if (!target.includes("*")) readFileSync(join(folder, target));
  }
  const names = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "dist/callseal_bg.wasm"]) {
    assert.ok(names.includes(`package/${name}`), name);
  }
  assert.deepEqual(names.filter((name) => /\.(test|spec)\.|\.map$|\.rs$|\.wav\.json$|node_modules/.test(name)), []);
});

test("a webpack project", async () => {
  const project = install("webpack");
  mkdirSync(join(project, "src"));
  writeFileSync(join(project, "src/main.js"), shown);
  writeFileSync(join(project, "src/refusal.js"), REFUSAL);
  await bundle(project);
  await proveSite(join(project, "public"), work);
});

test("a plain page without a bundler", async () => {
  const project = install("plain");
  const site = join(project, "public");
  const installed = join(site, "vendor/callseal");
  cpSync(join(project, "node_modules/callseal"), installed, { recursive: true });
  for (const [name, code] of Object.entries({ main: shown, refusal: REFUSAL })) {
    writeFileSync(join(site, `${name}.js`), withAddresses(code, installed, "/vendor/callseal"));
    writeFileSync(join(site, `${name}.html`), page(`./${name}.js`));
  }
  await proveSite(site, work);
});

/**
 * Serves a site as `callseal serve` does and lets both pages run.
 * @param {string} site
 * @param {string} keys  folder for the recipient's key
 */
async function proveSite(site, keys) {
  const { publicKey } = ensureKey(NATIVE_COMMAND, keys);
  const server = await startServer({ command: NATIVE_COMMAND, store: join(work, "store"), site, publicKey });
  try {
    await onPage(`${server.url}/main.html`, async (tab) => {
      await tab.waitForFunction(
        () => /** @type {{callseal?: object} | null} */ (document.querySelector("callseal-panel"))?.callseal instanceof Object,
        undefined,
        { timeout: READY_LIMIT_MS },
      );
      const panel = await tab.evaluate(() => {
        const element = document.querySelector("callseal-panel");
        const defined = customElements.get("callseal-panel");
        return { isPanel: defined !== undefined && element instanceof defined, rendered: element?.shadowRoot !== null };
      });
      assert.deepEqual(panel, { isPanel: true, rendered: true });
      // What the first line of the embedding is there for.
      assert.equal(await tab.evaluate(() => new RTCPeerConnection() instanceof RTCPeerConnection), true);
    });
    await onPage(`${server.url}/refusal.html`, async (tab) => {
      await tab.waitForFunction(() => "findings" in globalThis, undefined, { timeout: READY_LIMIT_MS });
      const findings = await tab.evaluate(() => /** @type {{findings?: object}} */ (globalThis).findings);
      assert.deepEqual(findings, { code: "config/invalid", isError: true, surface: SURFACE });
    });
  } finally {
    await server.stop();
  }
}

/**
 * Opens a page, and fails if it wrote to the console, threw, or broke the content-security-policy.
 * @param {string} url
 * @param {(tab: import("playwright-core").Page) => Promise<void>} prove
 */
async function onPage(url, prove) {
  const tab = await browser.newPage();
  /** @type {string[]} */
  const complaints = [];
  tab.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  tab.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  try {
    await tab.goto(url);
    await prove(tab);
  } catch (error) {
    // What the page said is usually the reason.
    throw complaints.length === 0 ? error : new Error(`${url}: ${complaints.join("\n")}`, { cause: error });
  } finally {
    await tab.close();
  }
  assert.deepEqual(complaints, [], url);
}

/**
 * A fresh project with the packed package installed; no network is needed, since it depends on nothing.
 * @param {string} name
 * @returns {string} its folder
 */
function install(name) {
  const folder = join(work, name);
  mkdirSync(join(folder, "public"), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, version: "1.0.0" }));
  npm(["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", tarball], folder);
  return folder;
}

/**
 * What a webpack user has who configured nothing.
 * @param {string} project
 */
async function bundle(project) {
  const compiler = webpack({
    mode: "production",
    context: project,
    entry: { main: "./src/main.js", refusal: "./src/refusal.js" },
    output: { path: join(project, "public"), filename: "[name].js" },
    performance: { hints: false },
  });
  if (compiler === null) throw new Error("webpack made no compiler");
  /** @type {import("webpack").Stats} */
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => (result === undefined ? reject(error ?? new Error("no result")) : resolve(result)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  assert.ok(!stats.hasErrors() && !stats.hasWarnings(), stats.toString({ preset: "errors-warnings", colors: false }));
  for (const name of ["main", "refusal"]) writeFileSync(join(project, `public/${name}.html`), page(`./${name}.js`));
}

/**
 * @param {string[]} words
 * @param {string} cwd
 * @returns {string} standard output
 */
function npm(words, cwd) {
  return execFileSync("npm", words, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}
