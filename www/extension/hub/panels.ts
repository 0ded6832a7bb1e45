/**
 * The panels that are open, of the side and in pages.
 *
 * Owns what they are told, and the engine messages that become of what the agent does there. A panel is the extension's own
 * document; one that lies in a page has shown the nonce of that page's isolated world and sees that page's calls only. Must
 * never take an action from anywhere else: these are the only ones that permit.
 */
import type { Snapshot, StorageSnapshot } from "callseal";
import type { PageMessage } from "../../../pkg/protocol.mjs";
import type { EngineState, HubToPanel, PanelAction } from "../shared/wire";
import { type OpenDocument, send } from "./documents";

interface Panel {
  readonly port: chrome.runtime.Port;
  /** In whose page it lies; null for one that is the extension's alone. */
  readonly document: OpenDocument | null;
}

/** All panels. */
export class Panels {
  readonly #panels = new Set<Panel>();

  add(port: chrome.runtime.Port, document: OpenDocument | null, now: { state: EngineState; snapshots: Iterable<Snapshot>; storage: StorageSnapshot | null }): void {
    const panel = { port, document };
    this.#panels.add(panel);
    port.onDisconnect.addListener(() => this.#panels.delete(panel));
    send(port, { kind: "engine", state: now.state } satisfies HubToPanel);
    for (const snapshot of now.snapshots) if (mayShow(panel, snapshot.call_id)) send(port, { kind: "state", snapshot } satisfies HubToPanel);
    if (now.storage !== null && document === null) send(port, { kind: "storage", storage: now.storage } satisfies HubToPanel);
  }

  /** @param callId of which call it is; null: of none in particular */
  tell(message: HubToPanel, callId: string | null): void {
    for (const panel of this.#panels) {
      const isOfStores = message.kind === "storage" && panel.document !== null;
      if (!isOfStores && (callId === null || mayShow(panel, callId))) send(panel.port, message);
    }
  }
}

/** Whether a panel may show a call, and act on it. */
function mayShow({ document }: Pick<Panel, "document">, callId: string): boolean {
  return document === null || document.shown.has(callId);
}

/** What the agent did, for the engine. The panel has seen to it that it was a real click. */
export function actionMessage(action: PanelAction, document: OpenDocument | null): PageMessage | null {
  if (action.kind === "retry") return document === null ? { kind: "store_retry", call_id: null } : null;
  const { call_id } = action;
  if (!mayShow({ document }, call_id)) return null;
  const { event_age_ms } = action.kind === "replay" ? { event_age_ms: 0 } : action;
  switch (action.kind) {
    case "answer": {
      const { answer, party, words } = action;
      return { kind: "consent", call_id, party, answer, method: "agent_button", words, trusted: true, event_age_ms };
    }
    case "answered":
      return { kind: "call_answered", call_id, answered_age_ms: event_age_ms, by: "agent", trusted: true };
    case "read":
      return { kind: "disclosure_read", call_id, trusted: true, event_age_ms };
    case "pause":
      return { kind: "pause", call_id, by: "agent_button", class: null, trusted: true, event_age_ms, posted_at_ms: Date.now() };
    case "resume":
      return { kind: "resume", call_id, by: "agent_button", trusted: true, event_age_ms };
    case "replay":
      return { kind: "disclosure_replay", call_id };
  }
}
