// @ts-check
/**
 * A browser with a real window, on a screen that nobody looks at (Xvfb), in which tabs are hidden, throttled and frozen as
 * on a desk. Playwright keeps every page visible; this goes without it.
 *
 * Owns the browser. Must never switch off what a browser does to tabs in the background.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { findProgram } from "../../../scripts/lib/project.mjs";
import { startScreen } from "../../support/screen.mjs";

/** What Puppeteer would switch off of a browser's care for the background. */
const KEPT = ["--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding"];

/**
 * @typedef {import("puppeteer-core").Page} Page
 * @typedef {import("puppeteer-core").Browser} Browser
 * @typedef {import("./desk.mjs").Installation} Installation
 */

/**
 * Runs `work` with such a browser; its microphone plays `agent` once.
 * @param {Installation} installation
 * @param {string} agent  WAV file
 * @param {(browser: Browser) => Promise<void>} work
 */
export async function withWindow(installation, agent, work) {
  const microphone = join(installation.folder, "window-microphone.wav");
  execFileSync("ffmpeg", ["-v", "error", "-y", "-i", agent, "-ac", "1", "-ar", "48000", "-c:a", "pcm_s16le", microphone]);
  const screen = await startScreen();
  try {
    const browser = await puppeteer.launch({
      executablePath: findProgram("chromium") ?? "chromium",
      headless: false,
      pipe: true,
      env: { ...process.env, DISPLAY: screen.display },
      userDataDir: join(installation.folder, "window-profile"),
      defaultViewport: null,
      ignoreDefaultArgs: KEPT,
      args: [
        ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        ...["--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection"],
        `--use-file-for-fake-audio-capture=${microphone}%noloop`,
      ],
    });
    try {
      await work(browser);
    } finally {
      await browser.close();
    }
  } finally {
    screen.stop();
  }
}

/**
 * Freezes a page as a browser does with one that was long in the background, and thaws it again.
 * @param {Page} page
 * @param {number} forMs
 */
export async function freeze(page, forMs) {
  const session = await page.createCDPSession();
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await new Promise((resolve) => setTimeout(resolve, forMs));
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await session.detach();
}

/** @param {Page} page @returns {Promise<string>} */
export const visibility = (page) => page.evaluate(() => document.visibilityState);
