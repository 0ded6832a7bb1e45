/**
 * The background: a service worker in Chrome, an event page in Firefox.
 *
 * Owns the sites' scripts, the hub's document, the button and the panel's opening. It is evicted whenever it is idle and holds
 * nothing. Must never take part in a call: the lines of calls go past it.
 */
import { ensureHub } from "./background/hub-document";
import { service } from "./background/service";
import { registerScripts } from "./background/sites";
import type { ServiceCall } from "./hub/outside";
import { unread } from "./shared/check";

const own = chrome.runtime.getURL("");

/** Whether a message comes from one of the extension's own documents, and not from a script in a page. */
function isOwn(sender: chrome.runtime.MessageSender): boolean {
  return sender.id === chrome.runtime.id && sender.url?.startsWith(own) === true;
}

chrome.runtime.onMessage.addListener((message: unknown, sender, respond) => {
  if (sender.id !== chrome.runtime.id) return undefined;
  const { kind } = unread(message);
  // This alone may be asked by a script in a page; it tells nothing.
  if (kind === "hub_wanted") return answer(ensureHub().then(() => true), respond);
  if (!isOwn(sender)) return undefined;
  const call = message as ServiceCall;
  switch (call.kind) {
    case "settings_wanted":
      return answer(service.settings(), respond);
    case "badge":
      return answer(service.badge(call.badge), respond);
    case "incident":
      return answer(service.incident(call.incident), respond);
    default:
      return undefined;
  }
});

/** @returns true: the answer comes later */
function answer(work: Promise<unknown>, respond: (value: unknown) => void): true {
  work.then(respond, () => respond(null));
  return true;
}

const quietly = (work: Promise<unknown>): void => void work.catch(() => undefined);

for (const event of [chrome.permissions.onAdded, chrome.permissions.onRemoved]) event.addListener(() => quietly(registerScripts()));
chrome.runtime.onInstalled.addListener(() => quietly(registerScripts()));
// What waits on the disk from yesterday is sent without a call.
chrome.runtime.onStartup.addListener(() => quietly(Promise.all([registerScripts(), ensureHub()])));
chrome.storage.onChanged.addListener((_changes, area) => {
  if (area !== "session") quietly(chrome.runtime.sendMessage({ kind: "settings_changed" }));
});

chrome.commands.onCommand.addListener((command) => quietly(chrome.runtime.sendMessage({ kind: "command", command, at_unix_ms: Date.now() })));

if (BROWSER === "chrome") quietly(chrome.sidePanel.setPanelBehavior({ openPanelOnActionClick: true }));
