/**
 * The extension's frame in a page: from the page's realm to the hub.
 *
 * Owns the port to the page, and that only what a page may say gets through. It works only with a port and a nonce that the
 * isolated world handed over: a page that embeds this document itself gets nothing. Must never believe the page, or decide.
 */
import { fetchPrompt } from "../../pkg/prompts.mjs";
import { isToken, unread } from "./shared/check";
import {
  audioBlock,
  type Block,
  type FrameToHub,
  type HubToFrame,
  LINES,
  type PageOrder,
  pageReport,
  type ToPage,
  WIRE_VERSION,
} from "./shared/wire";

/** From one sign of life of the page to the next, and without one for so long it counts as silent, milliseconds. */
const PING_EVERY_MS = 1_000;
const SILENT_AFTER_MS = 5_000;

/** Audio ports of one page, so that it cannot make us hoard them. */
const MOST_PORTS = 64;

class Frame {
  readonly #page: MessagePort;
  readonly #hub: chrome.runtime.Port;
  /** Only the hub knows its name. Where messages between the extension's documents may hold arrays, there is none. */
  readonly #audio: BroadcastChannel | null;
  #ports = 0;
  #welcome = false;
  #heardAt = performance.now();
  #silent = false;

  constructor(page: MessagePort, nonce: string) {
    this.#page = page;
    const audio = `callseal-audio-${crypto.randomUUID()}`;
    this.#audio = BROWSER === "chrome" ? new BroadcastChannel(audio) : null;
    this.#hub = chrome.runtime.connect({ name: LINES.page });
    this.#hub.onMessage.addListener((message: HubToFrame) => this.#told(message));
    this.#hub.onDisconnect.addListener(() => this.#tellPage({ kind: "abandon" }));
    this.#tellHub({ kind: "hello", wire: WIRE_VERSION, nonce, audio });
    page.onmessage = ({ data }) => this.#heard(data);
    setInterval(() => this.#watch(), PING_EVERY_MS);
  }

  #told(message: HubToFrame): void {
    switch (message.kind) {
      case "welcome":
        this.#welcome = true;
        return this.#tellPage({ kind: "ready", known: message.known, find: message.find });
      case "order":
        return void this.#order(message.order);
      case "abandon":
        return this.#tellPage({ kind: "abandon" });
    }
  }

  async #order(order: PageOrder): Promise<void> {
    if (order.kind !== "play_disclosure") return this.#tellPage({ kind: "order", order, prompt: null });
    try {
      const prompt = await fetchPrompt(order.url, order.sha256, AbortSignal.timeout(SILENT_AFTER_MS));
      this.#tellPage({ kind: "order", order, prompt }, [prompt]);
    } catch {
      // The page's part says itself that there is no prompt.
      this.#tellPage({ kind: "order", order, prompt: null });
    }
  }

  #heard(data: unknown): void {
    this.#heardAt = performance.now();
    this.#silent = false;
    const { kind, report, call_id, port } = unread(data);
    if (kind === "report") {
      const checked = pageReport(report);
      if (checked !== null) this.#tellHub({ kind: "report", report: checked });
    } else if (kind === "audio_port" && port instanceof MessagePort && typeof call_id === "string" && this.#ports < MOST_PORTS) {
      this.#ports += 1;
      port.onmessage = (event) => this.#audioHeard(call_id, event.data);
    }
  }

  #audioHeard(call_id: string, data: unknown): void {
    this.#heardAt = performance.now();
    const block = audioBlock({ ...unread(data), call_id });
    if (block === null || !this.#welcome) return;
    this.#sendAudio(block);
    // The copy on its way to the hub is the only one that is kept.
    block.left.fill(0);
    block.right.fill(0);
  }

  #sendAudio(block: Block): void {
    if (this.#audio === null) this.#tellHub({ kind: "block", block });
    else this.#audio.postMessage(block);
  }

  /** A page whose part has been made to be silent, or that hangs. */
  #watch(): void {
    this.#tellPage({ kind: "ping" });
    if (this.#silent || performance.now() - this.#heardAt < SILENT_AFTER_MS) return;
    this.#silent = true;
    this.#tellHub({ kind: "silent" });
  }

  #tellPage(message: ToPage, transfer: Transferable[] = []): void {
    this.#page.postMessage(message, transfer);
  }

  #tellHub(message: FrameToHub): void {
    try {
      this.#hub.postMessage(message);
    } catch {
      // The hub has just gone; its end is heard of in a moment.
    }
  }
}

/** The first that comes with a port and a nonce; whether the nonce is worth anything, the hub says. */
window.addEventListener("message", function first(event) {
  const [port] = event.ports;
  const { callseal } = unread(event.data);
  if (event.source !== window.parent || port === undefined || !isToken(callseal)) return;
  window.removeEventListener("message", first);
  new Frame(port, callseal);
});
