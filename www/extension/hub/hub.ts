/**
 * The hub: brings the documents of all tabs, the panels and the one engine together.
 *
 * Owns which call is of which document, and which sensor's context is whose. Must never decide: what a page says is passed on
 * as a page's word, what the agent does on a panel as the agent's; the engine judges both.
 */
import type { EngineMessage, PageMessage } from "../../../pkg/protocol.mjs";
import { sensorMessage } from "../../../pkg/sensor/channel.mjs";
import type { Settings } from "../../../pkg/sensor/fields.mjs";
import { audioBlock, type EngineState, type FindSettings, hello, LINES, panelAction, type PageOrder, type PageReport, pageReport } from "../shared/wire";
import { isToken, unread } from "../shared/check";
import { type Command, commandMessages } from "./commands";
import { Nonces, OpenDocument } from "./documents";
import { actionMessage, Panels } from "./panels";
import { promptSamples } from "./prompt";
import { Recorder } from "./recorder";

/** How long a call's document may be without its frame before the call counts as over, milliseconds. */
const FRAME_BACK_WITHIN_MS = 8_000;

/** What the names of contexts begin with: they are of tabs, none is the hub's own. */
const CONTEXT_PREFIX = "tab-";

/** What the hub needs to know beside the engine's configuration. */
export interface HubSettings {
  readonly find: FindSettings;
  readonly sensor: Settings;
  readonly floating: boolean;
}

interface RunningCall {
  readonly document: OpenDocument;
  readonly audio: MessagePort;
}

/** The hub. */
export class Hub {
  readonly #documents = new Set<OpenDocument>();
  readonly #contexts = new Map<string, OpenDocument>();
  readonly #calls = new Map<string, RunningCall>();
  readonly #nonces = new Nonces();
  readonly #panels = new Panels();
  readonly #noteIncident: (code: string) => void;
  readonly #changed: () => void;
  #settings: HubSettings = { find: { automatic: true, furtherTracks: "party" }, sensor: {}, floating: true };

  readonly recorder = new Recorder({
    said: (message) => this.#said(message),
    snapshot: (snapshot) => {
      this.#panels.tell({ kind: "state", snapshot }, snapshot.call_id);
      this.#changed();
    },
    storage: (storage) => this.#panels.tell({ kind: "storage", storage }, null),
    problem: (code, callId) => this.#panels.tell({ kind: "error", code, call_id: callId }, callId),
    turned: (state) => this.#turned(state),
  });

  /**
   * @param noteIncident keeps what happened that should not
   * @param changed called when the button may have to be another, and when a call has ended
   */
  constructor(noteIncident: (code: string) => void, changed: () => void) {
    this.#noteIncident = noteIncident;
    this.#changed = changed;
  }

  /** Whether no call runs or is being closed. */
  get isIdle(): boolean {
    return this.#calls.size === 0 && [...this.recorder.snapshots.values()].every(({ phase }) => phase === "closed" || phase === "failed");
  }

  set settings(settings: HubSettings) {
    this.#settings = settings;
    for (const document of this.#documents) document.tell({ kind: "settings", settings: settings.sensor });
  }

  /** A shortcut was pressed, so many milliseconds ago. */
  command(command: Command, ageMs: number): void {
    const messages = commandMessages(command, [...this.recorder.snapshots.values()], ageMs);
    if (messages === "ambiguous") this.#panels.tell({ kind: "error", code: "answer/ambiguous", call_id: null }, null);
    else for (const message of messages) this.recorder.post(message);
  }

  /** A line of the extension's own parts; `onConnectExternal` is not listened to. */
  connected(port: chrome.runtime.Port): void {
    if (port.sender?.id !== chrome.runtime.id) return port.disconnect();
    switch (port.name) {
      case LINES.document:
        return port.sender.tab === undefined ? port.disconnect() : this.#documentLine(port);
      case LINES.page:
        return this.#firstWords(port, "frame.html", (first) => this.#frameLine(port, first));
      case LINES.panel:
        return this.#firstWords(port, null, (first) => this.#panelLine(port, first));
      default:
    }
  }

  /** The first message says who it is; the address, which the browser tells, that it is ours. */
  #firstWords(port: chrome.runtime.Port, file: string | null, then: (first: { nonce: string | null; audio: string | null }) => void): void {
    const own = chrome.runtime.getURL("");
    if (port.sender?.url?.startsWith(file === null ? own : `${own}${file}`) !== true) return port.disconnect();
    const listener = (message: unknown): void => {
      port.onMessage.removeListener(listener);
      const first = hello(message);
      if (first === null) port.disconnect();
      else then(first);
    };
    port.onMessage.addListener(listener);
  }

  #documentLine(port: chrome.runtime.Port): void {
    const document = new OpenDocument(port);
    this.#documents.add(document);
    port.onMessage.addListener((message: unknown) => this.#documentSaid(document, message));
    port.onDisconnect.addListener(() => this.#documentGone(document));
    document.tell({ kind: "settings", settings: this.#settings.sensor });
  }

  #documentSaid(document: OpenDocument, message: unknown): void {
    const { kind, message: sensed, purpose, code } = unread(message);
    if (kind === "sensor") this.#sensed(document, sensed);
    else if (kind === "nonce_wanted" && (purpose === "page" || purpose === "panel")) {
      document.tell({ kind: "nonce", purpose, nonce: this.#nonces.give(document, purpose) });
    } else if (kind === "incident" && isToken(code)) this.#incident(document, code);
  }

  #sensed(document: OpenDocument, value: unknown): void {
    const message = sensorMessage(value);
    if (message === null) return;
    const { context_id: own } = message as { context_id: string };
    const context_id = CONTEXT_PREFIX + own;
    if (message.kind === "sensor_join") {
      const owner = this.#contexts.get(context_id);
      if (owner !== undefined && owner !== document) return;
      this.#contexts.set(context_id, document);
      document.contexts.add(context_id);
    } else if (this.#contexts.get(context_id) !== document) return;
    if (message.kind === "sensor_leave") this.#forgetContext(document, context_id);
    this.recorder.post({ ...message, context_id } as PageMessage);
  }

  #forgetContext(document: OpenDocument, contextId: string): void {
    this.#contexts.delete(contextId);
    document.contexts.delete(contextId);
  }

  /** The browser says that the tab, or its document, is gone. */
  #documentGone(document: OpenDocument): void {
    this.#documents.delete(document);
    this.#nonces.forget(document);
    for (const contextId of document.contexts) {
      this.#contexts.delete(contextId);
      this.recorder.post({ kind: "sensor_gone", context_id: contextId });
    }
    this.#endCalls(document);
    document.audio?.close();
    document.frame?.disconnect();
  }

  #frameLine(port: chrome.runtime.Port, { nonce, audio }: { nonce: string | null; audio: string | null }): void {
    const document = this.#nonces.take(nonce, "page", port.sender?.tab?.id ?? null);
    if (document === null || audio === null) return port.disconnect();
    const before = document.frame;
    document.frame = port;
    document.audio?.close();
    document.audio = BROWSER === "chrome" ? this.#listen(document, audio) : null;
    before?.disconnect();
    if (document.waiting !== null) clearTimeout(document.waiting);
    document.waiting = null;
    port.onMessage.addListener((message: unknown) => this.#frameSaid(document, port, message));
    port.onDisconnect.addListener(() => this.#frameGone(document, port));
    if (this.recorder.state.running) this.#welcome(document);
  }

  #welcome(document: OpenDocument): void {
    document.tellFrame({ kind: "welcome", known: document.calls.size > 0, find: this.#settings.find });
  }

  #listen(document: OpenDocument, name: string): BroadcastChannel {
    const channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }) => this.#audioCame(document, data);
    return channel;
  }

  #frameSaid(document: OpenDocument, port: chrome.runtime.Port, message: unknown): void {
    if (document.frame !== port) return;
    const { kind, report, block } = unread(message);
    if (kind === "report") this.#reported(document, report);
    else if (kind === "block" && BROWSER === "firefox") this.#audioCame(document, block);
    else if (kind === "silent" && document.calls.size > 0) this.#incident(document, "extension/page-silent");
  }

  #frameGone(document: OpenDocument, port: chrome.runtime.Port): void {
    if (document.frame !== port) return;
    document.frame = null;
    document.audio?.close();
    document.audio = null;
    if (!this.#documents.has(document)) return;
    // The document may be going too: then its own line ends in a moment, and nobody is told.
    document.waiting = setTimeout(() => this.#endCalls(document), FRAME_BACK_WITHIN_MS);
    if (document.calls.size > 0) this.#incident(document, "extension/frame-lost");
    document.tell({ kind: "frame_lost" });
  }

  #reported(document: OpenDocument, value: unknown): void {
    const report = pageReport(value);
    if (report === null) return;
    const { call_id: id } = report;
    if (report.kind === "call_open") {
      // An id that is known is another's, or was used before.
      if (!document.hasRoom || this.#calls.has(id) || this.recorder.snapshots.has(id)) return;
      this.#open(document, report);
    } else if (this.#calls.get(id)?.document !== document) return;
    else this.recorder.post(report);
    if (report.kind === "hang_up") this.#closed(id);
  }

  #open(document: OpenDocument, report: Extract<PageReport, { kind: "call_open" }>): void {
    const { call_id } = report;
    document.calls.add(call_id);
    document.shown.add(call_id);
    const { port1, port2 } = new MessageChannel();
    this.#calls.set(call_id, { document, audio: port1 });
    this.recorder.post(report);
    this.recorder.post({ kind: "audio_port", call_id, port: port2 }, [port2]);
    this.#tellCalls(document);
  }

  #audioCame(document: OpenDocument, value: unknown): void {
    const block = audioBlock(value);
    if (block === null) return;
    const call = this.#calls.get(block.call_id);
    if (call?.document !== document) return;
    const { frame, wall_ms, left, right } = block;
    call.audio.postMessage({ kind: "block", frame, wall_ms, left, right }, [left.buffer, right.buffer]);
  }

  #closed(id: string): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    call.document.calls.delete(id);
    this.#tellCalls(call.document);
    this.#changed();
  }

  #tellCalls(document: OpenDocument): void {
    document.tell({ kind: "calls", count: document.calls.size, floating: this.#settings.floating });
  }

  /** What was captured until now is kept, as if the page had said so. */
  #endCalls(document: OpenDocument): void {
    for (const call_id of [...document.calls]) {
      this.recorder.post({ kind: "hang_up", call_id, event_age_ms: 0 });
      this.#closed(call_id);
    }
  }

  #panelLine(port: chrome.runtime.Port, { nonce }: { nonce: string | null }): void {
    const own = chrome.runtime.getURL("");
    const isInPage = port.sender?.url?.startsWith(`${own}floating.html`) === true;
    const document = isInPage ? this.#nonces.take(nonce, "panel", port.sender?.tab?.id ?? null) : null;
    if (isInPage ? document === null : port.sender?.url?.startsWith(`${own}panel.html`) !== true) return port.disconnect();
    port.onMessage.addListener((message: unknown) => {
      const action = panelAction(message);
      const forEngine = action === null ? null : actionMessage(action, document);
      if (forEngine !== null) this.recorder.post(forEngine);
    });
    const { state, snapshots, storage } = this.recorder;
    this.#panels.add(port, document, { state, snapshots: snapshots.values(), storage });
  }

  #said(message: EngineMessage): void {
    switch (message.kind) {
      case "play_disclosure":
        return void this.#play(message);
      case "stop_disclosure":
      case "beep":
        this.#calls.get(message.call_id)?.document.tellFrame({ kind: "order", order: message });
        return;
      case "challenge": {
        const { context_id, nonce } = message;
        this.#contexts.get(context_id)?.tell({ kind: "challenge", context_id: context_id.slice(CONTEXT_PREFIX.length), nonce });
        return;
      }
      default:
    }
  }

  async #play(order: Extract<PageOrder, { kind: "play_disclosure" }>): Promise<void> {
    const { call_id, url, sha256 } = order;
    try {
      const samples = await promptSamples(url, sha256);
      this.recorder.post({ kind: "disclosure_audio", call_id, samples, sha256 }, [samples.buffer]);
    } catch {
      this.recorder.post({ kind: "disclosure_failed", call_id, reason: "disclosure/unavailable" });
      return;
    }
    this.#calls.get(call_id)?.document.tellFrame({ kind: "order", order });
  }

  /**
   * Calls that the engine before knew of are over as recordings: the next one does not know them.
   */
  #turned(state: EngineState): void {
    this.#panels.tell({ kind: "engine", state }, null);
    if (!state.running) {
      for (const id of [...this.#calls.keys()]) this.#closed(id);
      for (const document of this.#documents) document.tellFrame({ kind: "abandon" });
    } else {
      for (const document of this.#documents) {
        document.tell({ kind: "announce" });
        this.#welcome(document);
      }
    }
    this.#changed();
  }

  #incident(document: OpenDocument, code: string): void {
    this.#noteIncident(code);
    for (const call_id of document.calls) this.recorder.post({ kind: "media_alarm", call_id, code });
  }
}
