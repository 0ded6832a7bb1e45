// @ts-check
/**
 * A browser with a real window, on a screen that nobody looks at (Xvfb), in which tabs are hidden, throttled and frozen as
 * on a desk. Playwright keeps every page visible; this goes without it.
 *
 * Owns screen and browser. Must never switch off what a browser does to tabs in the background.
 */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { findProgram } from "../../../scripts/lib/project.mjs";

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
  const screen = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  try {
    const display = await new Promise((resolve, reject) => {
      screen.on("error", reject);
      screen.on("exit", (status) => reject(new Error(`Xvfb ended with status ${status}`)));
      screen.stdio[3]?.once("data", (/** @type {Buffer} */ data) => resolve(`:${data.toString().trim()}`));
    });
    const browser = await puppeteer.launch({
      executablePath: findProgram("chromium") ?? "chromium",
      headless: false,
      pipe: true,
      env: { ...process.env, DISPLAY: display },
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
    screen.removeAllListeners("exit");
    screen.kill();
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
