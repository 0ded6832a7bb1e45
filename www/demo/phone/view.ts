/**
 * Shows the softphone's lines and starts and ends calls from its buttons.
 *
 * Owns the softphone's part of the page, and nothing of a call's media.
 */
import type { VoiceSource } from "./signal";
import type { Line, Softphone } from "./softphone";

/** How often the call timers are brought up to date, in milliseconds. */
const TIMER_MS = 250;

const STATE_WORDS: Record<Line["state"], string> = {
  connecting: "Connecting…",
  connected: "On the phone",
  ended: "Call ended",
  failed: "Call failed",
};

/** What the view must be told. */
export interface ViewOptions {
  readonly phone: Softphone;
  readonly root: HTMLElement;
  /** The name to show for the next call. */
  readonly customerName: () => string;
  /** The page's address parameters, see `desktop.ts`. */
  readonly parameters: URLSearchParams;
}

/** The softphone on the page. */
export class SoftphoneView {
  readonly #options: ViewOptions;

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#part("call-in").addEventListener("click", () => void this.#callIn());
    this.#part("hang-up").addEventListener("click", () => this.#hangUpCurrent());
    for (const end of ["agent", "customer"] as const) this.#offerSources(end);
    options.phone.addEventListener("change", () => this.#show());
    setInterval(() => this.#showTimers(), TIMER_MS);
    this.#show();
  }

  async #callIn(): Promise<void> {
    const { phone, parameters, customerName } = this.#options;
    phone.forgetEnded();
    await phone.callIn({
      agent: this.#source("agent"),
      customer: this.#source("customer"),
      customerName: customerName() || "Customer",
      frameUrl: parameters.has("heard") ? "customer.html?heard" : "customer.html",
      frameHost: this.#part("frames"),
    });
  }

  /** The current call is the newest one that is not over. */
  #current(): Line | undefined {
    return this.#options.phone.lines.findLast((line) => line.state === "connecting" || line.state === "connected");
  }

  #hangUpCurrent(): void {
    const current = this.#current();
    if (current) this.#options.phone.hangUp(current.id);
  }

  #offerSources(end: "agent" | "customer"): void {
    const choice = this.#select(`${end}-source`);
    const wanted = this.#options.parameters.get(end);
    if (wanted === "device") choice.value = "microphone";
    else if (wanted && [...choice.options].some(({ value }) => value === wanted)) choice.value = wanted;
    const field = this.#part(`${end}-file-field`);
    const show = (): void => {
      field.hidden = choice.value !== "file";
    };
    choice.addEventListener("change", show);
    show();
  }

  #source(end: "agent" | "customer"): VoiceSource {
    const kind = this.#select(`${end}-source`).value;
    if (kind === "microphone") return { kind: "microphone" };
    const file = (this.#part(`${end}-file`) as HTMLInputElement).files?.[0];
    if (kind === "file" && file) return { kind: "file", file };
    return { kind: "clip", url: `media/${end}.wav` };
  }

  #show(): void {
    const { phone } = this.#options;
    const current = this.#current();
    (this.#part("hang-up") as HTMLButtonElement).disabled = !current;
    this.#part("phone-state").textContent = this.#summary(current);
    this.#part("lines").replaceChildren(...phone.lines.map((line) => this.#showLine(line, line === current)));
    this.#showTimers();
  }

  #summary(current: Line | undefined): string {
    const active = this.#options.phone.lines.filter(({ state }) => state === "connecting" || state === "connected");
    if (active.length > 1) return `${active.length} calls`;
    return current ? STATE_WORDS[current.state] : "Ready";
  }

  #showLine(line: Line, current: boolean): HTMLElement {
    const item = document.createElement("li");
    item.className = "line";
    item.dataset["line"] = String(line.id);
    item.dataset["state"] = line.state;
    if (line.connectedAtMs !== null) item.dataset["connectedAtMs"] = String(line.connectedAtMs);
    if (current) item.setAttribute("aria-current", "true");
    const words = document.createElement("div");
    words.className = "line-words";
    const name = document.createElement("strong");
    name.textContent = line.customerName;
    const state = document.createElement("span");
    const number = this.#options.phone.lines.length > 1 ? `Call ${line.id} · ` : "";
    state.textContent = `${number}${line.reason ?? STATE_WORDS[line.state]}`;
    words.append(name, state);
    item.append(words, document.createElement("time"));
    if (this.#options.phone.lines.length > 1 && (line.state === "connecting" || line.state === "connected")) {
      item.append(this.#hangUpButton(line));
    }
    return item;
  }

  #hangUpButton(line: Line): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "danger";
    button.textContent = "Hang up";
    button.setAttribute("aria-label", `Hang up call ${line.id}`);
    button.addEventListener("click", () => this.#options.phone.hangUp(line.id));
    return button;
  }

  #showTimers(): void {
    const now = performance.timeOrigin + performance.now();
    for (const line of this.#options.phone.lines) {
      const time = this.#part("lines").querySelector(`[data-line="${line.id}"] time`);
      if (!time) continue;
      const from = line.connectedAtMs;
      const seconds = from === null ? 0 : Math.max(0, Math.floor(((line.endedAtMs ?? now) - from) / 1000));
      const text = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
      if (time.textContent !== text) time.textContent = text;
    }
  }

  #select(id: string): HTMLSelectElement {
    return this.#part(id) as HTMLSelectElement;
  }

  #part(id: string): HTMLElement {
    const found = this.#options.root.querySelector<HTMLElement>(`#${id}`);
    if (!found) throw new Error(`The softphone has no element #${id}.`);
    return found;
  }
}
