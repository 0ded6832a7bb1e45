/**
 * Starts the hub in its document, and keeps it as it is set.
 *
 * Owns the lines that come in, the settings' changes, and the button. A new configuration waits until no call runs: a running
 * one keeps the rules under which its parties have agreed. Must never start two hubs.
 */
import { sensorSettings } from "../../../pkg/sensor/settings.mjs";
import { codeOf } from "../../../pkg/errors.mjs";
import type { Service } from "../background/service";
import { badgeOf } from "../shared/badge";
import { isTime } from "../shared/check";
import type { Settings } from "../shared/settings";
import { isCommand } from "./commands";
import { Hub } from "./hub";

/** The running hub's one outside control. */
export interface HubControl {
  /** What was set may be another. */
  settingsChanged(): void;
  /** Whether a call runs, is being closed, or waits to be sent. */
  isBusy(): boolean;
  /** A shortcut was pressed. @param atUnixMs when the background heard of it */
  command(command: unknown, atUnixMs: unknown): void;
}

/** @param service of the background */
export function startHub(service: Service): HubControl {
  let shown = "";
  let pending: Settings | null = null;
  let applied = "";
  let configured = "";
  const quietly = (work: Promise<unknown>): void => void work.catch(() => undefined);

  const hub = new Hub(
    (code) => quietly(service.incident({ code, at_unix_ms: Date.now() })),
    () => {
      const badge = badgeOf(hub.recorder.state, hub.recorder.snapshots.values());
      if (JSON.stringify(badge) !== shown) {
        shown = JSON.stringify(badge);
        quietly(service.badge(badge));
      }
      if (pending !== null && hub.isIdle) apply(pending);
    },
  );
  chrome.runtime.onConnect.addListener((port) => hub.connected(port));

  const apply = (settings: Settings): void => {
    pending = null;
    applied = JSON.stringify(settings);
    const { configuration, floating, problem } = settings;
    try {
      const { automatic = true, furtherTracks = "party" } = configuration?.tap ?? {};
      hub.settings = { find: { automatic, furtherTracks }, sensor: sensorSettings(configuration?.detection), floating };
      // What is the panel's alone does not start the engine anew.
      const wanted = JSON.stringify([configuration, problem]);
      if (wanted === configured) return;
      configured = wanted;
      if (problem === null) hub.recorder.configure(configuration);
      else hub.recorder.refuse(problem);
    } catch (error) {
      configured = "";
      hub.recorder.refuse(codeOf(error, "config/invalid"));
    }
  };
  const look = async (): Promise<void> => {
    const settings = await service.settings();
    if (JSON.stringify(settings) === applied) return;
    if (hub.isIdle) apply(settings);
    else pending = settings;
  };
  quietly(look());
  return {
    settingsChanged: () => quietly(look()),
    isBusy: () => !hub.isIdle || (hub.recorder.storage?.waiting ?? 0) > 0,
    command: (command, atUnixMs) => {
      if (isCommand(command)) hub.command(command, isTime(atUnixMs) ? Math.max(0, Date.now() - atUnixMs) : 0);
    },
  };
}
