/**
 * The softphone: calls between the agent and customers, each over one real RTCPeerConnection.
 *
 * Owns the agent's end of every call. It is an ordinary softphone and knows of nobody who listens to or changes its
 * connections. Must never touch the page beyond the elements it is given.
 */
import { HELLO, type ToCustomer, type ToDesktop, type VoiceSource } from "./signal";
import { openVoice, type Voice } from "./voice";

/** `connecting` until both ends' media are connected. */
export type LineState = "connecting" | "connected" | "ended" | "failed";

/** What a call looks like from outside. */
export interface Line {
  readonly id: number;
  readonly customerName: string;
  readonly state: LineState;
  /** When both ends were connected, in milliseconds since 1970, or null. */
  readonly connectedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** Why the call failed, in words. */
  readonly reason: string | null;
  /** The customer's frame. */
  readonly frame: HTMLIFrameElement;
}

/** What a call needs. */
export interface CallOptions {
  readonly agent: VoiceSource;
  readonly customer: VoiceSource;
  readonly customerName: string;
  /** Address of the customer's frame, of this origin. */
  readonly frameUrl: string;
  /** Where the customer's frame is shown. */
  readonly frameHost: HTMLElement;
}

/** All calls of the agent; fires `change` whenever a line changed. */
export class Softphone extends EventTarget {
  readonly #calls = new Map<number, Call>();
  #lastId = 0;

  /** Calls in the order in which they came in, ended ones included until `forgetEnded`. */
  get lines(): readonly Line[] {
    return [...this.#calls.values()];
  }

  /** Lets a customer call; the agent picks up at once. Resolves when the call was set up or has failed. */
  async callIn(options: CallOptions): Promise<Line> {
    this.#lastId += 1;
    const call = new Call(this.#lastId, options, () => this.dispatchEvent(new Event("change")));
    this.#calls.set(call.id, call);
    this.dispatchEvent(new Event("change"));
    await call.start(options);
    return call;
  }

  /** Ends a call. Without effect when it has ended already. */
  hangUp(id: number): void {
    this.#calls.get(id)?.hangUp();
  }

  /** Removes ended calls and their frames. */
  forgetEnded(): void {
    for (const call of this.#calls.values()) {
      if (call.state !== "ended" && call.state !== "failed") continue;
      call.frame.remove();
      this.#calls.delete(call.id);
    }
    this.dispatchEvent(new Event("change"));
  }
}

class Call implements Line {
  readonly id: number;
  readonly customerName: string;
  readonly frame: HTMLIFrameElement;
  state: LineState = "connecting";
  connectedAtMs: number | null = null;
  endedAtMs: number | null = null;
  reason: string | null = null;

  readonly #changed: () => void;
  readonly #connection = new RTCPeerConnection();
  readonly #speaker = new Audio();
  readonly #channel = new MessageChannel();
  readonly #source: VoiceSource;
  #voice: Voice | null = null;
  #customerState: RTCPeerConnectionState = "new";

  constructor(id: number, options: CallOptions, changed: () => void) {
    this.id = id;
    this.customerName = options.customerName;
    this.#source = options.agent;
    this.#changed = changed;
    this.frame = document.createElement("iframe");
    this.frame.title = `Customer's end of call ${id}`;
    this.frame.allow = "microphone; autoplay";
    this.frame.src = options.frameUrl;
    options.frameHost.append(this.frame);
  }

  async start(options: CallOptions): Promise<void> {
    try {
      await this.#loadFrame();
      this.#listen();
      this.#say({ kind: "dial", source: options.customer });
    } catch (error) {
      this.#fail(error);
    }
  }

  hangUp(): void {
    if (this.state === "ended" || this.state === "failed") return;
    this.#finish("ended");
  }

  async #loadFrame(): Promise<void> {
    if (this.frame.contentDocument?.readyState !== "complete" || this.frame.contentDocument.URL === "about:blank") {
      await new Promise((loaded) => this.frame.addEventListener("load", loaded, { once: true }));
    }
    this.frame.contentWindow?.postMessage(HELLO, location.origin, [this.#channel.port2]);
  }

  #listen(): void {
    const connection = this.#connection;
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate) this.#say({ kind: "candidate", candidate: candidate.toJSON() });
    });
    connection.addEventListener("track", ({ streams: [stream], track }) => {
      this.#speaker.srcObject = stream ?? new MediaStream([track]);
      void this.#speaker.play().catch(() => undefined);
    });
    connection.addEventListener("connectionstatechange", () => this.#mediaChanged());
    this.#channel.port1.onmessage = ({ data }: MessageEvent<ToDesktop>) => {
      void this.#hear(data).catch((error: unknown) => this.#fail(error));
    };
  }

  async #hear(message: ToDesktop): Promise<void> {
    switch (message.kind) {
      case "offer":
        await this.#pickUp(message.sdp);
        break;
      case "candidate":
        await this.#connection.addIceCandidate(message.candidate);
        break;
      case "state":
        this.#customerState = message.state;
        this.#mediaChanged();
        break;
      case "failed":
        this.#fail(new Error(message.reason));
    }
  }

  async #pickUp(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: "offer", sdp });
    const voice = await openVoice(this.#source);
    if (this.state !== "connecting") return voice.end();
    this.#voice = voice;
    for (const track of voice.stream.getAudioTracks()) this.#connection.addTrack(track, voice.stream);
    await this.#connection.setLocalDescription();
    this.#say({ kind: "answer", sdp: this.#connection.localDescription?.sdp ?? "" });
  }

  #mediaChanged(): void {
    const ours = this.#connection.connectionState;
    if (this.state === "connecting" && ours === "connected" && this.#customerState === "connected") {
      this.#voice?.begin();
      this.connectedAtMs = performance.timeOrigin + performance.now();
      this.state = "connected";
      this.#changed();
    } else if (ours === "failed" || this.#customerState === "failed") {
      this.#fail(new Error("The connection to the customer was lost."));
    }
  }

  #fail(error: unknown): void {
    if (this.state === "ended" || this.state === "failed") return;
    this.reason = error instanceof Error ? error.message : String(error);
    this.#finish("failed");
  }

  #finish(state: "ended" | "failed"): void {
    this.state = state;
    this.endedAtMs = performance.timeOrigin + performance.now();
    this.#say({ kind: "hang_up" });
    this.#connection.close();
    this.#voice?.end();
    this.#speaker.srcObject = null;
    this.#changed();
  }

  #say(message: ToCustomer): void {
    this.#channel.port1.postMessage(message);
  }
}
