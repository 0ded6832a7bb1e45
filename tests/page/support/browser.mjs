// @ts-check
/**
 * A real headless browser for one test file: Chromium, or Firefox where `CALLSEAL_BROWSER=firefox` is in the environment.
 *
 * Owns: its start and end, and that no error of a page goes unnoticed.
 */
import { chromium } from "playwright-core";
import { BROWSER, CHROMIUM_SWITCHES } from "../../../scripts/demo/browser.mjs";
import { launchFirefox } from "../../../scripts/demo/firefox.mjs";
import { serve } from "./server.mjs";

export { BROWSER };

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */

/** The scripts of an ordinary page with the tap before everything. */
export const TAPPED = ["/pkg/tap.mjs", "/pages/lab.mjs"];

/**
 * @typedef {object} Stage
 * @property {string} url
 * @property {(scripts?: string[], body?: string, context?: BrowserContext) => Promise<Page>} open
 *   a fresh page, with `lab` ready; with a context, beside what its pages left on the disk
 * @property {() => Promise<BrowserContext>} context  a fresh one, for what has to be done before its first page
 * @property {() => Promise<void>} close
 */

/**
 * @param {string[]} [connect]  further origins that pages may speak to
 * @returns {Promise<Stage>}
 */
export async function stage(connect = []) {
  const server = await serve(connect);
  const browser =
    BROWSER === "firefox"
      ? await launchFirefox()
      : await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: CHROMIUM_SWITCHES });
  // Firefox asks nobody, by its preferences.
  const newContext = () => browser.newContext(BROWSER === "firefox" ? {} : { permissions: ["microphone"] });
  return {
    url: server.url,
    context: newContext,
    async open(scripts = TAPPED, body = "", context) {
      const own = context ?? (await newContext());
      const page = await own.newPage();
      page.on("pageerror", (error) => {
        process.stderr.write(`page error: ${error.stack ?? error.message}\n`);
      });
      page.on("console", (message) => {
        if (message.type() === "error") process.stderr.write(`page console: ${message.text()}\n`);
      });
      const query = new URLSearchParams([...scripts.map((source) => ["script", source]), ["body", body]]);
      await page.goto(`${server.url}/page?${query}`);
      await page.waitForFunction(() => "lab" in globalThis);
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
