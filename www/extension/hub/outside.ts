/**
 * The way from the hub to the background, by message: an offscreen document may use nothing of the browser's interface but
 * `chrome.runtime`.
 *
 * Owns the messages. The background answers them only to the extension's own documents. Must never fail into a call: what the
 * background does not answer is left as it was.
 */
import type { Service } from "../background/service";
import type { Badge } from "../shared/badge";
import type { Settings } from "../shared/settings";
import type { Incident } from "./incidents";

/** What the hub asks of the background. */
export type ServiceCall = { kind: "settings_wanted" } | { kind: "badge"; badge: Badge } | { kind: "incident"; incident: Incident };

/** The background, asked by message. */
export const remoteService: Service = {
  settings: () => ask<Settings>({ kind: "settings_wanted" }),
  badge: (badge) => ask<void>({ kind: "badge", badge }),
  incident: (incident) => ask<void>({ kind: "incident", incident }),
};

function ask<Answer>(call: ServiceCall): Promise<Answer> {
  return chrome.runtime.sendMessage(call);
}
