/**
 * `<callseal-panel>`: shows the agent each call's recording state and takes the agent's answers.
 *
 * Owns rendering of snapshots, the announcements to screen readers, and passing real clicks on. Must never decide:
 * which buttons exist is what the engine allows, and a click is handed over with its event for the engine's judgement.
 *
 * ```html
 * <callseal-panel></callseal-panel>
 * ```
 * ```js
 * document.querySelector("callseal-panel").callseal = await Callseal.start(config);
 * ```
 */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { icon } from "./icons";
import { panelStyles } from "./panel.css";
import type { PanelSource, Snapshot } from "./source";
import { fill, problemWords, strings } from "./strings";
import { type Action, type CardView, clock, viewOf } from "./view-model";

/** The panel element. */
export class CallsealPanel extends LitElement {
  static override readonly styles = panelStyles;
  static override readonly properties = {
    callseal: { attribute: false },
  };

  /** The engine's facade, or null while it starts. */
  declare callseal: PanelSource | null;

  readonly #snapshots = new Map<string, Snapshot>();
  readonly #dismissed = new Set<string>();
  readonly #numbers = new Map<string, number>();
  #subscriptions: (() => void)[] = [];
  /** A problem of no call in particular, until a call changes its state. */
  #notice: string | null = null;
  #said = "";
  #warned = "";

  constructor() {
    super();
    this.callseal = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#subscribe();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("callseal")) this.#subscribe();
  }

  override render(): TemplateResult {
    const shown = [...this.#snapshots.values()].filter(({ call_id }) => !this.#dismissed.has(call_id));
    return html`
      <section class="panel" aria-labelledby="title">
        <h2 id="title">${strings.panel}</h2>
        <p class="spoken" role="status">${this.#said}</p>
        <p class="spoken" role="alert">${this.#warned}</p>
        ${this.#notice ? html`<p class="problem">${this.#notice}</p>` : nothing}
        ${shown.length === 0 ? this.#renderEmpty() : shown.map((snapshot) => this.#renderCall(snapshot))}
      </section>
    `;
  }

  #subscribe(): void {
    this.#unsubscribe();
    const source = this.callseal;
    if (!source || !this.isConnected) return;
    for (const snapshot of source.calls.values()) this.#take(snapshot);
    this.#subscriptions = [
      source.on("state", (snapshot) => this.#take(snapshot)),
      source.on("error", ({ code, callId }) => callId === null && this.#notify(problemWords(code))),
    ];
  }

  #unsubscribe(): void {
    for (const end of this.#subscriptions.splice(0)) end();
  }

  #notify(words: string): void {
    this.#notice = words;
    this.#warned = words;
    this.requestUpdate();
  }

  #take(snapshot: Snapshot): void {
    const { call_id: id } = snapshot;
    const before = this.#snapshots.get(id);
    if (!this.#numbers.has(id)) this.#numbers.set(id, this.#numbers.size + 1);
    this.#snapshots.set(id, snapshot);
    this.#announce(viewOf(snapshot), before ? viewOf(before) : null);
    this.requestUpdate();
  }

  /** Says a change of state once, politely; a new problem at once. */
  #announce(view: CardView, before: CardView | null): void {
    if (view.title !== before?.title || view.detail !== before.detail) {
      this.#notice = null;
      this.#said = [view.title, view.detail, view.quote ?? ""].filter(Boolean).join(". ");
    }
    if (view.problem !== (before?.problem ?? null)) this.#warned = view.problem ?? "";
  }

  #renderEmpty(): TemplateResult {
    const words = this.callseal ? strings.idle : strings.starting;
    return html`<div class="empty">
      ${icon("idle")}
      <div>
        <h3>${words.title}</h3>
        <p>${words.detail}</p>
      </div>
    </div>`;
  }

  #renderCall(snapshot: Snapshot): TemplateResult {
    const view = viewOf(snapshot);
    const id = `call-${this.#numbers.get(snapshot.call_id) ?? 0}`;
    return html`<article class="card" data-tone=${view.tone} data-call=${snapshot.call_id} data-phase=${snapshot.phase} aria-labelledby=${id}>
      <header class="head">
        ${icon(view.tone)}
        <h3 id=${id}>${this.#renderNumber(snapshot)}${view.title}</h3>
        <span class="time" aria-label="${strings.times.call} ${clock(snapshot.elapsed_ms)}" role="timer">${clock(snapshot.elapsed_ms)}</span>
        ${view.detail ? html`<p class="detail">${view.detail}</p>` : nothing}
      </header>
      ${view.quote ? html`<blockquote>“${view.quote}”</blockquote>` : nothing}
      ${view.problem ? html`<p class="problem">${view.problem}</p>` : nothing}
      ${view.actions.length > 0 ? html`<div class="actions">${view.actions.map((action) => this.#renderAction(snapshot, action))}</div>` : nothing}
      ${this.#renderFacts(snapshot, view)}
      ${view.offline ? html`<p class="offline">${strings.storage.offline}</p>` : nothing}
      ${view.over ? this.#renderDismiss(snapshot) : nothing}
    </article>`;
  }

  /** Calls are numbered as soon as there is more than one to tell apart. */
  #renderNumber(snapshot: Snapshot): TemplateResult | typeof nothing {
    if (this.#snapshots.size - this.#dismissed.size < 2) return nothing;
    return html`<span class="number">${fill(strings.call, { number: this.#numbers.get(snapshot.call_id) ?? 0 })}</span>`;
  }

  #renderAction(snapshot: Snapshot, action: Action): TemplateResult {
    const hotkey = action === "replay" ? null : strings.hotkeys[action];
    return html`<button
      type="button"
      class=${action}
      data-action=${action}
      aria-keyshortcuts=${hotkey ?? nothing}
      @click=${(event: Event) => this.#press(snapshot.call_id, action, event)}
    >
      <span>${strings.answers[action]}</span>${hotkey ? html`<kbd aria-hidden="true">${hotkey}</kbd>` : nothing}
    </button>`;
  }

  #press(callId: string, action: Action, event: Event): void {
    if (!event.isTrusted) return;
    if (action === "replay") this.callseal?.replay(callId);
    else this.callseal?.answer(callId, action, event);
  }

  #renderFacts(snapshot: Snapshot, { storage }: CardView): TemplateResult | typeof nothing {
    if (snapshot.recorded_ms === 0 && !storage) return nothing;
    return html`<dl>
      ${snapshot.recorded_ms > 0 ? html`<dt>${strings.times.recorded}</dt><dd>${clock(snapshot.recorded_ms)}</dd>` : nothing}
      ${storage
        ? html`<dt id="stored-${snapshot.call_id}">${strings.storage.label}</dt>
            <dd>
              <progress max=${storage.total} .value=${storage.stored} aria-labelledby="stored-${snapshot.call_id}"></progress>
              ${storage.text}
            </dd>`
        : nothing}
    </dl>`;
  }

  #renderDismiss(snapshot: Snapshot): TemplateResult {
    return html`<button type="button" class="dismiss" @click=${() => this.#dismiss(snapshot.call_id)}>${strings.dismiss}</button>`;
  }

  #dismiss(callId: string): void {
    this.#dismissed.add(callId);
    this.requestUpdate();
  }
}

if (!customElements.get("callseal-panel")) customElements.define("callseal-panel", CallsealPanel);
