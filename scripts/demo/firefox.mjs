// @ts-check
/**
 * Debian's Firefox for the demo and the tests, driven by Playwright over WebDriver BiDi.
 *
 * Owns: its preferences, its sound card, and what Playwright asks that this Firefox does not know. Must never: let the browser
 * fetch anything by itself.
 */
import { firefox } from "playwright-core";
import { findProgram } from "../lib/project.mjs";
import { Missing } from "./bad-input.mjs";
import { startSoundServer } from "./sound-server.mjs";

/** As the switches of Chromium in `browser.mjs`: a microphone without a question, sound without a gesture, no own traffic. */
const PREFERENCES = {
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  // Both ends are on this machine, which may have no network at all.
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  // Sound is fetched in pieces of 85 ms: on a busy machine smaller ones come too late, and what is late is a gap.
  "media.cubeb_latency_mtg_frames": 4096,
  "app.normandy.enabled": false,
  "browser.newtabpage.activity-stream.asrouter.providers.cfr": "null",
  "browser.newtabpage.activity-stream.asrouter.providers.message-groups": "null",
  "datareporting.policy.dataSubmissionEnabled": false,
  "services.settings.server": "data:,",
};

/** Commands of WebDriver BiDi that Playwright sends always and ESR 153 does not know; what they set is its default here. */
const UNKNOWN = new Set(["emulation.setMediaFeaturesOverride"]);

/** @typedef {{method: string, id: number}} Command */
/** @typedef {{send: (command: Command) => void, onmessage?: (answer: object) => void}} Transport */

let filledIn = false;

/**
 * Answers such commands in Firefox's place. Playwright has no public way to do so; its version is pinned.
 * @throws {Error} if this version of Playwright is built in another way
 */
function fillIn() {
  if (filledIn) return;
  const inside = /** @type {any} */ (firefox)._connection?.toImpl?.(firefox)?._bidiFirefox;
  const connect = inside?.connectToTransport;
  if (typeof connect !== "function") throw new Error("playwright-core is built otherwise than scripts/demo/firefox.mjs knows; see fillIn there");
  inside.connectToTransport = (/** @type {Transport} */ transport, /** @type {unknown} */ options) => {
    const send = transport.send.bind(transport);
    transport.send = (command) => {
      if (!UNKNOWN.has(command.method)) return send(command);
      queueMicrotask(() => transport.onmessage?.({ type: "success", id: command.id, result: {} }));
    };
    return connect.call(inside, transport, options);
  };
  filledIn = true;
}

/**
 * What both ways to launch need.
 * @param {{microphone?: string | undefined, colorScheme?: "light" | "dark"}} options
 * @throws {Missing} if there is no Firefox
 */
async function prepare({ microphone, colorScheme = "light" }) {
  const executablePath = findProgram("firefox-esr");
  if (executablePath === null) throw new Missing("There is no Firefox. On Debian: apt-get install firefox-esr");
  fillIn();
  const sound = await startSoundServer(microphone);
  const firefoxUserPrefs = {
    ...PREFERENCES,
    // Without a file the fake microphone beeps, as Chromium's.
    "media.navigator.streams.fake": microphone === undefined,
    "layout.css.prefers-color-scheme.content-override": colorScheme === "dark" ? 0 : 1,
  };
  const env = /** @type {Record<string, string>} */ ({ ...process.env, ...sound.env });
  // By this channel Playwright takes the browser as it is published, and speaks WebDriver BiDi with it.
  return { sound, options: { channel: "moz-firefox", executablePath, headless: true, firefoxUserPrefs, env } };
}

/**
 * A Firefox whose profile is kept in a folder.
 * @param {import("./browser.mjs").LaunchOptions} wanted
 * @returns {Promise<import("playwright-core").BrowserContext>}
 * @throws {Missing} if there is no Firefox or no PulseAudio
 */
export async function launchFirefoxProfile({ microphone, profile, colorScheme, viewport }) {
  const { sound, options } = await prepare({ microphone, ...(colorScheme && { colorScheme }) });
  try {
    const context = await firefox.launchPersistentContext(profile, { ...options, ...(viewport && { viewport }) });
    context.on("close", () => sound.stop());
    return context;
  } catch (error) {
    sound.stop();
    throw error;
  }
}

/**
 * A Firefox for many contexts that leave nothing behind.
 * @param {{display?: string}} [options]  the X server on which its windows are; without one it has none
 * @returns {Promise<import("playwright-core").Browser>}
 * @throws {Missing} if there is no Firefox or no PulseAudio
 */
export async function launchFirefox({ display } = {}) {
  const { sound, options } = await prepare({});
  try {
    const window = display === undefined ? {} : { headless: false, env: { ...options.env, DISPLAY: display } };
    const browser = await firefox.launch({ ...options, ...window });
    browser.on("disconnected", () => sound.stop());
    return browser;
  } catch (error) {
    sound.stop();
    throw error;
  }
}
