// @ts-check
/**
 * Debian's Firefox with the built extension in it, and a loudspeaker that leads nowhere: without a sound card its audio graphs
 * never run.
 *
 * Owns the browser's life. Must never touch anything of the extension but the sites that it is granted.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { startSoundServer } from "../../../scripts/demo/sound-server.mjs";
import { findProgram, ROOT } from "../../../scripts/lib/project.mjs";

/** @typedef {import("puppeteer-core").Page} Page */

/** Of the extension's own pages; Firefox makes one up for each profile unless it is set. */
const UUID = "b1b0a6f4-3a53-4c39-9b5f-9d2b7c8f1a11";
const OWN = `moz-extension://${UUID}`;

/** Firefox's own commands never say that such a page has loaded, milliseconds. */
const OWN_PAGE_MS = 4_000;

/** @param {string[]} sites */
export async function browseFirefox(sites) {
  const folder = mkdtempSync(join(tmpdir(), "callseal-firefox-"));
  const extension = join(folder, "extension");
  cpSync(join(ROOT, "dist/extension-firefox"), extension, { recursive: true });
  const path = join(extension, "manifest.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), host_permissions: sites }));

  const sound = await startSoundServer();
  const browser = await puppeteer.launch({
    browser: "firefox",
    protocol: "webDriverBiDi",
    executablePath: program("firefox-esr"),
    headless: true,
    // The extension's own pages may be opened by a test only with this.
    args: ["--remote-allow-system-access"],
    env: { ...process.env, ...sound.env },
    extraPrefsFirefox: {
      "media.navigator.streams.fake": true,
      "media.navigator.permission.disabled": true,
      "media.autoplay.default": 0,
      "media.peerconnection.ice.loopback": true,
      "media.peerconnection.ice.obfuscate_host_addresses": false,
      "extensions.webextensions.uuids": JSON.stringify({ "callseal@callseal.example": UUID }),
    },
  });
  await browser.installExtension(extension);
  return {
    /** @param {string} file */
    async own(file) {
      const page = await browser.newPage();
      await page.goto(`${OWN}/${file}`, { timeout: OWN_PAGE_MS }).catch(() => undefined);
      return page;
    },
    /** @param {string} url @param {string[]} complaints of the page */
    async open(url, complaints) {
      const page = await browser.newPage();
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(String(error)));
      await page.goto(url);
      return page;
    },
    async close() {
      await browser.close();
      sound.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** @param {string} name */
function program(name) {
  const found = findProgram(name);
  if (found === null) throw new Error(`There is no ${name}. On Debian: apt-get install ${name}`);
  return found;
}
