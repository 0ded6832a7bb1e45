/**
 * The offscreen document of Chrome: the hub's home.
 *
 * Owns nothing but starting it.
 */
import { unread } from "./shared/check";
import { remoteService } from "./hub/outside";
import { startHub } from "./hub/start";

const control = startHub(remoteService);

chrome.runtime.onMessage.addListener((message: unknown, sender) => {
  if (sender.id === chrome.runtime.id && sender.tab === undefined && unread(message).kind === "settings_changed") control.settingsChanged();
  return undefined;
});
