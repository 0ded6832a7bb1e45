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
  if (sender.id !== chrome.runtime.id || sender.tab !== undefined) return undefined;
  const { kind, command, at_unix_ms: at } = unread(message);
  if (kind === "settings_changed") control.settingsChanged();
  else if (kind === "command") control.command(command, at);
  return undefined;
});
