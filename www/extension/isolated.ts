/**
 * In the extension's own world of each document: the sensor, and the keeping of the extension's frames.
 *
 * Owns the document's line to the hub. The page cannot reach into this world, so its sensor is believed; what comes over the
 * main world's port is not even looked at. Must never answer for anybody, nor hold a key.
 */
import { Sensor } from "../../pkg/sensor.mjs";
import { settingsOf } from "../../pkg/sensor/channel.mjs";
import type { PageMessage } from "../../pkg/protocol.mjs";
import { FloatingFrame } from "./page/floating-frame";
import { FrameKeeper } from "./page/frame-keeper";
import { takePort } from "./page/handover";
import { LineToHub } from "./page/line-to-hub";
import type { FromMain, HubToDocument, ToMain } from "./shared/wire";

/** Where the extension's own documents are. */
const ORIGIN = new URL(chrome.runtime.getURL("")).origin;

/** Before the hub has said what counts, nothing that is typed is given out. */
const BEFORE_SETTINGS = settingsOf({ detectValues: false });

/** One document. */
class OwnDocument {
  readonly #line = new LineToHub({
    opened: () => this.#opened(),
    told: (message) => this.#told(message),
    lost: (forGood) => this.#lost(forGood),
  });
  #sensor: Sensor | null = null;
  #main: MessagePort | null = null;
  #portGiven: ((port: MessagePort) => void) | null = null;
  /** Frames that have loaded and wait for their nonce. */
  #waiting: Partial<Record<"page" | "panel", HTMLIFrameElement>> = {};
  readonly #keeper = new FrameKeeper(chrome.runtime.getURL("frame.html"), {
    loaded: (frame) => this.#loaded("page", frame),
    removed: () => this.#line.say({ kind: "incident", code: "extension/frame-removed" }),
  });
  readonly #floating = new FloatingFrame(chrome.runtime.getURL("floating.html"), (frame) => this.#loaded("panel", frame));
  #sensing = false;

  constructor() {
    this.#newSensor();
    takePort((port) => this.#mainIsHere(port));
    void this.#line.open();
    window.addEventListener("pagehide", (event) => event.isTrusted && this.#sensor?.leave());
    window.addEventListener("pageshow", (event) => {
      // Back from the browser's cache: the sensor has left, and another one begins.
      if (event.isTrusted && event.persisted) this.#newSensor();
    });
  }

  /** Same-origin frames are looked into by the sensor of the document around them. */
  #newSensor(): void {
    this.#sensing = false;
    this.#sensor = isLookedInto() ? null : new Sensor((message: PageMessage) => this.#line.say({ kind: "sensor", message }), BEFORE_SETTINGS);
    this.#opened();
  }

  #opened(): void {
    if (this.#sensor === null || !this.#line.isOpen) return;
    if (this.#sensing) this.#sensor.announce();
    else this.#sensor.start();
    this.#sensing = true;
  }

  #lost(forGood: boolean): void {
    this.#floating.show(false);
    if (forGood) {
      this.#sensor?.stop();
      this.#keeper.stop();
      return this.#tellMain({ kind: "gone" });
    }
    // A hub that begins anew knows neither the frame nor its calls.
    this.#keeper.renew();
  }

  #told(message: HubToDocument): void {
    switch (message.kind) {
      case "settings":
        if (this.#sensor !== null) this.#sensor.settings = settingsOf(message.settings);
        return;
      case "announce":
        return this.#sensor?.announce();
      case "challenge":
        if (message.context_id === this.#sensor?.contextId) this.#sensor.challenge(message.nonce);
        return;
      case "nonce":
        return this.#handOver(message.purpose, message.nonce);
      case "frame_lost":
        return this.#keeper.renew();
      case "calls":
        return this.#floating.show(message.floating && message.count > 0);
    }
  }

  #mainIsHere(port: MessagePort): void {
    this.#main = port;
    port.onmessage = ({ data, ports: [given] }: MessageEvent<FromMain>) => {
      if (data?.kind === "frame_wanted") this.#keeper.start();
      else if (data?.kind === "port" && given !== undefined) this.#portGiven?.(given);
    };
    this.#tellMain({ kind: "worklet", url: chrome.runtime.getURL("worklet.mjs") });
  }

  #tellMain(message: ToMain): void {
    this.#main?.postMessage(message);
  }

  #loaded(purpose: "page" | "panel", frame: HTMLIFrameElement): void {
    this.#waiting[purpose] = frame;
    this.#line.say({ kind: "nonce_wanted", purpose });
  }

  #handOver(purpose: "page" | "panel", nonce: string): void {
    const frame = this.#waiting[purpose];
    if (frame === undefined) return;
    delete this.#waiting[purpose];
    if (purpose === "panel") {
      frame.contentWindow?.postMessage({ callseal: nonce }, ORIGIN);
      return;
    }
    this.#portGiven = (port) => {
      this.#portGiven = null;
      frame.contentWindow?.postMessage({ callseal: nonce }, ORIGIN, [port]);
    };
    this.#tellMain({ kind: "port_wanted" });
  }
}

/** Whether the document around this one may look into it. */
function isLookedInto(): boolean {
  if (window === window.parent) return false;
  try {
    return window.parent.document !== null;
  } catch {
    return false;
  }
}

new OwnDocument();
