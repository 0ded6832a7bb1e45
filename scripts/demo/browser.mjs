// @ts-check
/**
 * The demo's browser: headless, with a fake microphone that plays one WAV file once. Chromium, or Firefox where
 * `CALLSEAL_BROWSER=firefox` is in the environment (`firefox.mjs`).
 *
 * Owns: which browser, and Chromium's switches. Must never: let the browser fetch anything by itself.
 */
import { chromium } from "playwright-core";
import { findProgram } from "../lib/project.mjs";
import { Missing } from "./bad-input.mjs";
import { launchFirefoxProfile } from "./firefox.mjs";

/** Which browser runs. @type {"chromium" | "firefox"} */
export const BROWSER = process.env["CALLSEAL_BROWSER"] === "firefox" ? "firefox" : "chromium";

/** Each is there for a reason that `docs/demo.md` or Chromium's own list of switches gives. Tests start theirs with the same. */
export const CHROMIUM_SWITCHES = [
  "--no-sandbox", // as root there is none
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  // Both ends are on this machine, which may have no network at all.
  "--allow-loopback-in-peer-connection",
];

/**
 * @typedef {object} LaunchOptions
 * @property {string} [microphone] WAV file, 48 kHz mono 16-bit, played once; without it the fake microphone beeps
 * @property {string} profile      folder of the browser's profile; OPFS lives in it
 * @property {"light" | "dark"} [colorScheme]
 * @property {{width: number, height: number}} [viewport]
 * @property {boolean} [loops] the microphone's file is played over and over
 */

/**
 * @param {LaunchOptions} options
 * @returns {Promise<import("playwright-core").BrowserContext>}
 * @throws {Missing} if there is no such browser
 */
export async function launch({ microphone, profile, colorScheme = "light", viewport = { width: 1280, height: 960 }, loops = false }) {
  if (BROWSER === "firefox") return launchFirefoxProfile({ ...(microphone !== undefined && { microphone }), profile, colorScheme, viewport });
  const executablePath = findProgram("chromium");
  if (executablePath === null) throw new Missing("There is no Chromium. On Debian: apt-get install chromium");
  const fake = microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}${loops ? "" : "%noloop"}`];
  return chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [...CHROMIUM_SWITCHES, ...fake],
    permissions: ["microphone"],
    colorScheme,
    viewport,
  });
}
