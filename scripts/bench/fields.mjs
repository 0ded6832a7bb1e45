// @ts-check
/**
 * The field classifier's figures (docs/detection.md): every field of a set of labelled pages, described in a real browser.
 *
 * Owns the way from a page to descriptors: each page is opened in headless Chromium with its scripts switched off and
 * nothing fetched, its fields are numbered as the labels number them, `pkg/describe.mjs` describes each, and
 * `examples/field_figures.rs` classifies and counts. Pages go into two halves by a hash of their names, so that what was
 * learnt on one can be checked on the other. Skips with a sentence where the set is not there. Must never: let a page
 * reach the network, or name a page to the classifier.
 *
 * What the labels can judge: `cc-*`, `bday*` and `password`. Password fields of accounts have no label in the set (its
 * purpose is addresses and cards), so the type stands for it; a password field that is found to be a card code or the
 * like is left out of both figures, since nobody labelled which it is. Pages on which no field has a label count only for
 * "not hit". Names and ids that the set replaced by `x` (long words) are put back from the labels first.
 *
 *     npm run bench:fields [-- --misses] [--forms ../shared/data/forms]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { ROOT, STATUS_MISSING_PREREQUISITE, findProgram, toolEnvironment } from "../lib/project.mjs";

/** Bytes a program may print. */
const MAX_BUFFER = 1 << 30;
const PAGE = "http://page.invalid/";

/**
 * @typedef {object} Label  of one field, in the order of the page
 * @property {string} name
 * @property {string} id
 * @property {string} label
 * @property {boolean} visible
 * @property {string | null} truth
 */

/** Builds the Rust half, as tests are built: it takes seconds. @returns {string} its path */
function buildFigures() {
  const args = ["build", "--example", "field_figures", "--message-format=json"];
  const options = { encoding: /** @type {const} */ ("utf8"), env: toolEnvironment(), maxBuffer: MAX_BUFFER, cwd: ROOT };
  for (const line of execFileSync("cargo", args, options).split("\n")) {
    if (!line.startsWith("{")) continue;
    const message = JSON.parse(line);
    if (message.target?.name === "field_figures" && typeof message.executable === "string") return message.executable;
  }
  throw new Error("cargo names no executable for field_figures");
}

/**
 * What runs in the page. The module is put in as text: a page without scripts imports nothing.
 * @param {string} module
 * @param {Label[]} labels
 */
const script = (module, labels) => `(() => {
  ${module.replace(/^export /gm, "")}
  const labels = ${JSON.stringify(labels)};
  const fields = [...document.querySelectorAll("input, select, textarea")].filter(isField);
  const restored = labels.map((label, index) =>
    ["name", "id"].filter((key) => fields[index]?.getAttribute(key) === "x" && label[key] !== "x"));
  restored.forEach((keys, index) => keys.forEach((key) => fields[index].setAttribute(key, labels[index][key])));
  const times = [];
  const descriptors = fields.map((field) => {
    const began = performance.now();
    const descriptor = describe(field);
    times.push(performance.now() - began);
    return descriptor;
  });
  // Labels point at ids that are not there any more.
  restored.forEach((keys, index) => { if (keys.includes("id")) descriptors[index].label = labels[index].label; });
  return { descriptors, times };
})()`;

/**
 * @param {string} forms
 * @param {string} executablePath
 */
async function describeAll(forms, executablePath) {
  /** @type {Record<string, {fields: Label[]}>} */
  const labels = JSON.parse(readFileSync(join(forms, "labels.json"), "utf8"));
  const module = readFileSync(join(ROOT, "pkg/describe.mjs"), "utf8");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const lines = [];
  /** @type {number[]} */
  const times = [];
  try {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    let body = Buffer.alloc(0);
    await page.route("**/*", (route) =>
      route.request().url() === PAGE ? route.fulfill({ body, contentType: "text/html; charset=utf-8" }) : route.abort());
    for (const name of readdirSync(join(forms, "pages")).sort()) {
      const fields = labels[name]?.fields ?? [];
      body = readFileSync(join(forms, "pages", name));
      await page.goto(PAGE, { waitUntil: "domcontentloaded" });
      const found = await page.evaluate(script(module, fields));
      if (found.descriptors.length !== fields.length) throw new Error(`${name} has other fields than its labels`);
      const half = (createHash("sha256").update(name).digest()[3] ?? 0) & 1;
      for (const [index, descriptor] of found.descriptors.entries()) {
        const label = fields[index];
        if (label === undefined || label.name.slice(0, 200) !== descriptor.name.slice(0, 200)) throw new Error(`${name} has its fields in another order`);
        lines.push(JSON.stringify({ page: name, half, truth: label.truth, visible: label.visible, descriptor }));
      }
      times.push(...found.times);
    }
  } finally {
    await browser.close();
  }
  return { lines, times: times.sort((a, b) => a - b) };
}

const { values } = parseArgs({
  options: { misses: { type: "boolean", default: false }, forms: { type: "string", default: join(ROOT, "../shared/data/forms") } },
});
const forms = resolve(values.forms);
if (!existsSync(join(forms, "labels.json"))) {
  process.stdout.write("There are no labelled pages in ../shared/data/forms; nothing is measured.\n");
  process.exit(0);
}
const browserPath = findProgram("chromium");
if (browserPath === null) {
  process.stderr.write("There is no Chromium. On Debian: apt-get install chromium\n");
  process.exit(STATUS_MISSING_PREREQUISITE);
}
const figures = buildFigures();
const { lines, times } = await describeAll(forms, browserPath);
const at = (/** @type {number} */ share) => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(2);
process.stdout.write(`described in the page: median ${at(0.5)} ms, 99 % within ${at(0.99)} ms\n`);
const result = spawnSync(figures, values.misses ? ["--misses"] : [], { input: lines.join("\n"), maxBuffer: MAX_BUFFER });
process.stdout.write(result.stdout);
process.stderr.write(result.stderr);
process.exitCode = result.status ?? 1;
