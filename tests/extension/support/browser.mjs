// @ts-check
/**
 * Chromium with the built extension in it, and the extension's own pages.
 *
 * Owns the copy of the extension whose manifest grants the test's site, as an administrator's package does. Must never change
 * anything else of it.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM_SWITCHES } from "../../../scripts/demo/browser.mjs";
import { findProgram, ROOT } from "../../../scripts/lib/project.mjs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */

/** The sites that are granted: the desk's, and another origin's. */
export const GRANTED = "http://127.0.0.1/*";
export const GRANTED_TOO = "http://payments.test/*";

/**
 * @param {string[]} sites
 * @param {string} [key]  from which its id follows, base64; without one it follows from the folder
 * @returns {string} a folder with the extension, for these sites
 */
export function packageFor(sites, key) {
  const folder = mkdtempSync(join(tmpdir(), "callseal-extension-"));
  cpSync(join(ROOT, "dist/extension-chrome"), folder, { recursive: true });
  const path = join(folder, "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...manifest, ...(sites.length > 0 && { host_permissions: sites }), ...(key !== undefined && { key }) }));
  return folder;
}

/**
 * @param {{sites?: string[], key?: string, microphone?: string, extension?: boolean, colorScheme?: "light" | "dark"}} [options]
 */
export async function browse({ sites = [GRANTED, GRANTED_TOO], key, microphone, extension = true, colorScheme = "light" } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "callseal-profile-"));
  const folder = packageFor(sites, key);
  const fake = microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}%noloop`];
  const load = extension ? [`--disable-extensions-except=${folder}`, `--load-extension=${folder}`] : [];
  const executablePath = findProgram("chromium");
  if (executablePath === null) throw new Error("There is no Chromium.");
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [...CHROMIUM_SWITCHES, "--host-resolver-rules=MAP payments.test 127.0.0.1", ...fake, ...load],
    permissions: ["microphone"],
    colorScheme,
  });
  return new Browser(context, [profile, folder]);
}

/** A running browser. */
export class Browser {
  #folders;
  /** What pages of sites wrote to the console as errors, and what they threw. @type {string[]} */
  complaints = [];

  /**
   * @param {BrowserContext} context
   * @param {string[]} folders
   */
  constructor(context, folders) {
    this.context = context;
    this.#folders = folders;
  }

  /** @returns {Promise<import("playwright-core").Worker>} the extension's service worker */
  async background() {
    return this.context.serviceWorkers()[0] ?? (await this.context.waitForEvent("serviceworker"));
  }

  /** @returns {Promise<string>} */
  async id() {
    return new URL((await this.background()).url()).host;
  }

  /**
   * @param {string} file
   * @returns {Promise<Page>} a page of the extension, in a tab
   */
  async own(file) {
    const page = await this.context.newPage();
    await page.goto(`chrome-extension://${await this.id()}/${file}`);
    return page;
  }

  /**
   * @param {string} url
   * @returns {Promise<Page>}
   */
  async open(url) {
    const page = await this.context.newPage();
    page.on("console", (message) => message.type() === "error" && this.complaints.push(message.text()));
    page.on("pageerror", (error) => this.complaints.push(error.message));
    await page.goto(url);
    return page;
  }

  /**
   * Sets the extension up as a user does: by the options page.
   * @param {object} configuration
   */
  async configure(configuration) {
    const page = await this.own("options.html");
    await page.fill("#configuration", JSON.stringify(configuration));
    await page.click("#configuration-form button[type=submit]");
    await page.waitForFunction(() => /^(Saved|The|This)/u.test(document.querySelector("#configuration-result")?.textContent ?? ""), null, { timeout: 30_000 });
    const words = await page.textContent("#configuration-result");
    await page.close();
    return words ?? "";
  }

  /** Makes the engine's Worker report that it has failed, as the browser does when one crashes. */
  async failEngine() {
    const session = await this.context.browser()?.newBrowserCDPSession();
    if (session === undefined) throw new Error("there is no way to the browser itself");
    const { targetInfos } = await session.send("Target.getTargets");
    const hub = targetInfos.find(({ url }) => url.endsWith("/hub.html"));
    if (hub === undefined) throw new Error("there is no hub");
    const { sessionId } = await session.send("Target.attachToTarget", { targetId: hub.targetId, flatten: false });
    let id = 0;
    /** @param {string} method @param {object} params @returns {Promise<any>} */
    const ask = (method, params) =>
      new Promise((resolve) => {
        id += 1;
        const own = id;
        session.on("Target.receivedMessageFromTarget", ({ message }) => {
          const answer = JSON.parse(message);
          if (answer.id === own) resolve(answer.result);
        });
        void session.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id: own, method, params }) });
      });
    const { result: prototype } = await ask("Runtime.evaluate", { expression: "Worker.prototype" });
    const { objects } = await ask("Runtime.queryObjects", { prototypeObjectId: prototype.objectId });
    await ask("Runtime.callFunctionOn", {
      objectId: objects.objectId,
      functionDeclaration: "function () { for (const worker of this) worker.dispatchEvent(new ErrorEvent('error', { filename: 'worker', lineno: 1 })); }",
    });
  }

  /** Sites' scripts are registered when the browser has told the extension that it is there. */
  async ready() {
    const worker = await this.background();
    for (let tries = 0; tries < 100; tries += 1) {
      const count = await worker.evaluate("chrome.scripting.getRegisteredContentScripts().then((scripts) => scripts.length)");
      if (count === 2) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the extension registered no scripts");
  }

  async close() {
    await this.context.close();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
