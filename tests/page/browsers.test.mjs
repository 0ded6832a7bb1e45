// @ts-check
/**
 * What docs/browsers.md says that this browser can do is what it does, and a page that lacks what Callseal cannot do without
 * is told so before anything starts.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { missingIn } from "../../pkg/browser.mjs";
import { ROOT } from "../../scripts/lib/project.mjs";
import { BROWSER, stage, TAPPED } from "./support/browser.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let browser;
before(async () => {
  browser = await stage();
});
after(() => browser.close());

/** Rows of the measured table: the first cell, and those of the browsers. @returns {{what: string, chromium: string, firefox: string}[]} */
function documented() {
  const [, section = ""] = readFileSync(join(ROOT, "docs/browsers.md"), "utf8").split("<!-- measured -->");
  const rows = section.split("\n").filter((line) => line.startsWith("| ")).map((line) => line.split("|").map((cell) => cell.trim()));
  return rows.slice(1).map(([, what = "", , chromium = "", firefox = ""]) => ({ what, chromium, firefox }));
}

test("docs/browsers.md says of this browser what is measured in it", async () => {
  const page = await browser.open(["/pages/lab.mjs"]);
  const measured = await page.evaluate(async () => {
    const { PROBES } = await import(/** @type {string} */ ("/pages/probes.mjs"));
    /** @type {[string, string][]} */
    const found = [];
    for (const [what, probe] of Object.entries(PROBES)) {
      found.push([what, await probe().catch((/** @type {Error} */ { name, message }) => `${name}: ${message}`)]);
    }
    return found;
  });
  assert.deepEqual(Object.fromEntries(documented().map((row) => [row.what, row[BROWSER]])), Object.fromEntries(measured));
  await page.context().close();
});

test("a page that lacks what Callseal cannot do without is told what, and no engine is started", async () => {
  /** @type {[string, string][]} */
  const cases = [
    ["delete globalThis.AudioEncoder", "WebCodecs AudioEncoder"],
    ["delete globalThis.AudioWorkletNode; delete globalThis.WebAssembly", "Web Audio with AudioWorklet, WebAssembly"],
    ["Object.defineProperty(globalThis, 'isSecureContext', { value: false })", "a secure context (https)"],
  ];
  for (const [taken, lacking] of cases) {
    const context = await browser.context();
    await context.addInitScript(taken);
    const page = await browser.open(TAPPED, "", context);
    const { code, message, workers } = await page.evaluate(async () => {
      const { Callseal } = await import(/** @type {string} */ ("/pkg/index.mjs"));
      let workers = 0;
      globalThis.Worker = class extends Worker {
        constructor(/** @type {string | URL} */ url, /** @type {WorkerOptions} */ options = {}) {
          super(url, options);
          workers += 1;
        }
      };
      const { code, message } = await Callseal.start({}).catch((/** @type {unknown} */ error) => error);
      return { code, message, workers };
    });
    assert.deepEqual([code, workers], ["browser/unsupported", 0]);
    assert.ok(message.includes(`it lacks ${lacking}. `), message);
    await context.close();
  }
});

test("everything that is looked for is named when it is missing", () => {
  assert.deepEqual(missingIn({}), ["a secure context (https)"]);
  assert.equal(missingIn({ isSecureContext: true }).length, 7);
});
