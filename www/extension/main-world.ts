/**
 * In the page's own realm, before its scripts: the tap, and the page's part of calls.
 *
 * Owns bringing these to the extension's frame. The page can do here whatever it likes, so nothing that is said from here
 * permits anything. Must never hold a key, a decision or an address of the store, nor load Wasm, nor fail into the page.
 */
import { PagePart } from "../../pkg/page-part.mjs";
import type { PageMessage } from "../../pkg/protocol.mjs";
import { registry } from "../../pkg/tap.mjs";
import { givePort } from "./page/handover";
import { Prompts } from "./page/prompts";
import type { FindSettings, FromMain, FromPage, ToMain, ToPage } from "./shared/wire";

type Registry = NonNullable<ReturnType<typeof registry>>;

/** Calls in one page, and where they are told. */
class Page {
  readonly #registry: Registry;
  readonly #prompts = new Prompts();
  /** The extension's frame, while there is one. */
  #frame: MessagePort | null = null;
  #part: PagePart | null = null;
  #unwatch: (() => void) | null = null;

  constructor(found: Registry) {
    this.#registry = found;
    window.addEventListener("pagehide", () => this.#part?.endAll(true));
  }

  /** @param frame another frame than before, or the first */
  connect(frame: MessagePort, workletUrl: string): void {
    this.#frame = frame;
    frame.onmessage = ({ data }: MessageEvent<ToPage>) => {
      // A frame that was put aside has nothing to say any more.
      if (frame === this.#frame) this.#told(data, workletUrl);
    };
  }

  #told(said: ToPage, workletUrl: string): void {
    switch (said.kind) {
      case "ready":
        return this.#ready(said.known, said.find, workletUrl);
      case "order":
        if (said.order.kind === "play_disclosure" && said.prompt !== null) this.#prompts.give(said.order.sha256, said.prompt);
        this.#part?.receive(said.order);
        return;
      case "abandon":
        return this.abandon();
      case "ping":
        return this.#say({ kind: "pong" });
    }
  }

  /** @param known the engine knows of this page's calls */
  #ready(known: boolean, find: FindSettings, workletUrl: string): void {
    if (this.#part !== null && !known) this.abandon();
    if (this.#part !== null) return this.#part.reconnect();
    const part = new PagePart({
      registry: this.#registry,
      workletUrl,
      tap: find,
      post: (message, transfer) => this.#report(message, transfer),
      opened: () => {},
      loadPrompt: this.#prompts.load,
    });
    this.#part = part;
    this.#unwatch = part.watch();
  }

  /** The engine that knew of the calls is gone. They go on, and are not begun again behind the customer's back. */
  abandon(): void {
    this.#unwatch?.();
    for (const id of this.#part?.callIds ?? []) {
      for (const connection of this.#part?.running(id).call.connections ?? []) connection.ignored = true;
    }
    this.#part?.abandon();
    this.#part = null;
  }

  #report(message: PageMessage, transfer: Transferable[] = []): void {
    if (message.kind === "audio_port") this.#say({ kind: "audio_port", call_id: message.call_id, port: message.port }, transfer);
    // The extension has the prompt's sound itself: the page's word for it would be worth nothing.
    else if (message.kind !== "disclosure_audio") this.#say({ kind: "report", report: message as never });
  }

  #say(said: FromPage, transfer: Transferable[] = []): void {
    this.#frame?.postMessage(said, transfer);
  }
}

function start(): void {
  const found = registry();
  if (found === null) return;
  const isolated = givePort();
  const say = (said: FromMain, transfer: Transferable[] = []): void => isolated.postMessage(said, transfer);
  const page = new Page(found);
  let workletUrl: string | null = null;
  isolated.onmessage = ({ data }: MessageEvent<ToMain>) => {
    if (data.kind === "worklet") workletUrl = data.url;
    else if (data.kind === "gone") page.abandon();
    else if (data.kind === "port_wanted" && workletUrl !== null) {
      const { port1, port2 } = new MessageChannel();
      page.connect(port1, workletUrl);
      say({ kind: "port" }, [port2]);
    }
  };
  // A page without connections gets no frame of ours.
  const unwatch = found.watch(() => {
    say({ kind: "frame_wanted" });
    queueMicrotask(() => unwatch());
  });
}

start();
