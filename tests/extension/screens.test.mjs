// @ts-check
/** The extension's pages in light, dark and narrow: contrast and names by axe-core, and pictures to look at. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { ARTIFACTS } from "../../scripts/lib/project.mjs";
import { withInstallation } from "./support/installation.mjs";
import { until, untilPhase } from "./support/panel.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = join(ARTIFACTS, "extension");
mkdirSync(PICTURES, { recursive: true });

/** @param {import("playwright-core").Page | import("playwright-core").Frame} surface */
async function faults(surface) {
  await surface.evaluate(AXE);
  const found = await surface.evaluate(async () => {
    const { violations } = await /** @type {any} */ (globalThis).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] });
    return violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ { target }) => target.join(" ")).join(", ")}`);
  });
  return found;
}

test("options page, side panel and floating panel have no accessibility faults in light and dark, wide and narrow", async () => {
  await withInstallation({}, async (installation) => {
    const { browser } = installation.parts;
    const options = await browser.own("options.html");
    const panel = await installation.panel();
    const desk = await installation.desk();
    await installation.call(desk);
    await untilPhase(panel, "asking");
    /** @type {import("playwright-core").Frame | undefined} */
    let floating;
    await until(() => (floating = desk.frames().find((frame) => frame.url().endsWith("floating.html"))) !== undefined, "the floating panel");
    if (floating === undefined) return;
    await untilPhase(floating, "asking");
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      for (const width of [1100, 360]) {
        for (const [name, page] of /** @type {const} */ ([["options", options], ["panel", panel], ["desk", desk]])) {
          await page.bringToFront();
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 900 });
          await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}-${width}.png`), fullPage: name === "options" });
          if (name !== "desk") assert.deepEqual(await faults(page), [], `${name} ${colorScheme} ${width}`);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
          assert.equal(overflow, false, `${name} is wider than ${width}`);
        }
        assert.deepEqual(await faults(floating), [], `floating ${colorScheme} ${width}`);
      }
    }
  });
});
