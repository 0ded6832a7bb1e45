/**
 * What the hub has done for it by whoever may use the rest of the browser's interface.
 *
 * Owns reading the settings, the button and the list of incidents. Must never keep anything in memory: the service worker is
 * evicted at any time.
 */
import type { Badge } from "../shared/badge";
import { KEYS, readStored, type Settings, settingsFrom } from "../shared/settings";
import type { Incident } from "../hub/incidents";

/** For the hub; in Chrome it asks by message (`hub/outside.ts`). */
export const service = {
  async settings(): Promise<Settings> {
    return settingsFrom(await readStored());
  },

  async badge({ text, colour, title }: Badge): Promise<void> {
    await chrome.action.setBadgeText({ text });
    await chrome.action.setBadgeBackgroundColor({ color: colour });
    await chrome.action.setBadgeTextColor?.({ color: "#ffffff" });
    await chrome.action.setTitle({ title });
  },

  async incident(incident: Incident): Promise<void> {
    const { [KEYS.incidents]: present } = await chrome.storage.local.get(KEYS.incidents);
    const list = Array.isArray(present) ? present : [];
    await chrome.storage.local.set({ [KEYS.incidents]: [...list, incident].slice(-KEPT_INCIDENTS) });
  },
};

/** The newest are kept. */
const KEPT_INCIDENTS = 100;

/** What the hub may ask for. */
export type Service = typeof service;
