/**
 * The background of Firefox: an event page, which is a document and may have the engine's Worker itself.
 *
 * Owns bringing the hub into it, and that it is not put to sleep while a call runs or is sent. Must never hold what is not
 * written down at other times: then it may be put to sleep.
 */
import "./background";
import { service } from "./background/service";
import { startHub } from "./hub/start";

/** Firefox puts an event page to sleep after 30 s without an event or a call of its interface, milliseconds. */
const AWAKE_EVERY_MS = 10_000;

const hub = startHub(service);
chrome.storage.onChanged.addListener(() => hub.settingsChanged());
chrome.commands.onCommand.addListener((command) => hub.command(command, Date.now()));
setInterval(() => {
  if (hub.isBusy()) void chrome.runtime.getPlatformInfo();
}, AWAKE_EVERY_MS);

/** Of Firefox alone. */
declare const browser: { sidebarAction: { open(): Promise<void> } };

chrome.action.onClicked.addListener(() => void browser.sidebarAction.open());
