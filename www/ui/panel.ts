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
import type { PanelSource, RecorderReport, Snapshot, StorageSnapshot } from "./source";
import { storageView } from "./storage-view";
import { fill, lookUp, problemWords, strings } from "./strings";
import { type Action, type CardView, clock, type PartyView, recorderView, viewOf } from "./view-model";

/** Beside the words on another recorder; the words carry the meaning. */
const RECORDER_MARKS = { wait: "…", good: "✓", bad: "!" };

/** The panel element. */
export class CallsealPanel extends LitElement {
  static override readonly styles = panelStyles;
  static override readonly properties = {
    callseal: { attribute: false },
    recorders: { attribute: false },
  };

  /** The engine's facade, or null while it starts. */
  declare callseal: PanelSource | null;

  /** The latest report of each other recorder of each call. */
  declare recorders: readonly RecorderReport[];

  readonly #snapshots = new Map<string, Snapshot>();
  readonly #dismissed = new Set<string>();
  readonly #numbers = new Map<string, number>();
  #subscriptions: (() => void)[] = [];
  /** A problem of no call in particular, until a call changes its state. */
  #notice: string | null = null;
  /** What waits for the stores, as far as it is told. */
  #storage: StorageSnapshot | null = null;
  #said = "";
  #warned = "";

  constructor() {
    super();
    this.callseal = null;
    this.recorders = [];
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
        ${this.#storage ? this.#renderStores(this.#storage) : nothing}
      </section>
    `;
  }

  #subscribe(): void {
    this.#unsubscribe();
    const source = this.callseal;
    if (!source || !this.isConnected) return;
    for (const snapshot of source.calls.values()) this.#take(snapshot);
    this.#storage = source.storage?.() ?? null;
    this.#subscriptions = [
      source.on("storage", (storage) => {
        this.#storage = storage;
        this.requestUpdate();
      }),
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
    if (view.title !== before?.title || view.detail !== before.detail || view.cut?.state !== before.cut?.state) {
      this.#notice = null;
      this.#said = [view.title, view.detail, view.cut?.state ?? "", view.quote ?? ""].filter(Boolean).join(". ");
    }
    const [alarm, alarmBefore] = [view.warning ?? view.problem, before?.warning ?? before?.problem ?? null];
    if (alarm !== alarmBefore) this.#warned = alarm ?? "";
    const cutAlarm = view.cut?.alarm ?? null;
    if (cutAlarm !== (before?.cut?.alarm ?? null)) this.#warned = cutAlarm ?? "";
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
      ${view.warning ? html`<p class="problem" data-warning>${view.warning}</p>` : nothing}
      ${view.problem ? html`<p class="problem">${view.problem}</p>` : nothing}
      ${view.cut ? this.#renderCut(view.cut) : nothing}
      ${this.#renderRecorders(snapshot)}
      ${view.takesWords ? this.#renderWords(snapshot) : nothing}
      ${view.parties.length > 0 ? this.#renderParties(snapshot, view) : nothing}
      ${view.actions.length > 0 ? html`<div class="actions">${view.actions.map((action) => this.#renderAction(snapshot, action))}</div>` : nothing}
      ${view.law ? this.#renderLaw(view.law) : nothing}
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

  #renderParties(snapshot: Snapshot, { parties }: CardView): TemplateResult {
    return html`<ul class="parties" aria-label=${strings.parties.title}>
      ${parties.map(
        (party) => html`<li data-party=${party.index}>
          <span class="who">${party.name}</span> <span class="said">${party.state}</span>
          ${party.actions.map((action) => this.#renderAction(snapshot, action, party))}
        </li>`,
      )}
    </ul>`;
  }

  /** Whether the cut is confirmed is a mark of its own beside the words; the time left is not spoken each second. */
  #renderCut({ confirmed, state, reminderInMs, alarm }: NonNullable<CardView["cut"]>): TemplateResult {
    return html`<div class="cut" data-confirmed=${confirmed}>
      <span class="mark" aria-hidden="true">${confirmed ? RECORDER_MARKS.good : RECORDER_MARKS.wait}</span>
      <span>${state}</span>
      ${reminderInMs === null ? nothing : html`<span class="reminder" role="timer" aria-live="off">${strings.cut.reminder} ${clock(reminderInMs)}</span>`}
      ${alarm ? html`<p class="alarm"><span class="mark" aria-hidden="true">${RECORDER_MARKS.bad}</span><span>${alarm}</span></p>` : nothing}
    </div>`;
  }

  #renderLaw({ summary, why }: NonNullable<CardView["law"]>): TemplateResult {
    return html`<details class="law">
      <summary>${summary}</summary>
      <h4>${strings.law.why}</h4>
      <ul>${why.map((sentence) => html`<li>${sentence}</li>`)}</ul>
      <p>${strings.law.disclaimer}</p>
    </details>`;
  }

  /** A failure is another element than what was there before: only so is it announced as one. */
  #renderRecorders(snapshot: Snapshot): TemplateResult | typeof nothing {
    const reports = this.recorders.filter(({ callId }) => callId === snapshot.call_id);
    if (reports.length === 0) return nothing;
    return html`<ul class="recorders" aria-label=${strings.recorders.title}>
      ${reports.map((report) => {
        const { text, urgent, mark } = recorderView(report);
        const words = html`<span class="mark" aria-hidden="true">${RECORDER_MARKS[mark]}</span><span>${text}</span>`;
        return html`<li data-recorder=${report.recorder} data-mark=${mark}>
          ${urgent ? html`<p role="alert">${words}</p>` : html`<p role="status">${words}</p>`}
        </li>`;
      })}
    </ul>`;
  }

  /** Only the sentence is spoken when it changes; figures change all the time. */
  #renderStores(storage: StorageSnapshot): TemplateResult {
    const { state, title, detail, figures, mark, retry } = storageView(storage);
    return html`<div class="stores" data-storage=${state} role="group" aria-label=${strings.stores.title}>
      <span class="mark" aria-hidden="true">${RECORDER_MARKS[mark]}</span>
      <div>
        <p role="status">${title}</p>
        ${figures ? html`<p class="figures" aria-live="off">${figures}</p>` : nothing}
        ${detail ? html`<p class="detail">${detail}</p>` : nothing}
      </div>
      ${retry ? html`<button type="button" data-retry @click=${(event: Event) => event.isTrusted && this.callseal?.retry?.()}>${strings.stores.retry}</button>` : nothing}
    </div>`;
  }

  #renderWords(snapshot: Snapshot): TemplateResult {
    const id = `words-${this.#numbers.get(snapshot.call_id) ?? 0}`;
    return html`<p class="words">
      <label for=${id}>${strings.words.label}</label>
      <select id=${id} data-words>
        <option value="">${strings.words.none}</option>
        ${Object.entries(strings.words.options).map(([name, words]) => html`<option value=${name}>${words}</option>`)}
      </select>
    </p>`;
  }

  #renderAction(snapshot: Snapshot, action: Action, party: PartyView | null = null): TemplateResult {
    // A hotkey means whoever is asked: it is shown only where that is certain.
    const hotkey = party === null ? lookUp(strings.hotkeys, action, "none") : "none";
    // After a no there is no consent to withdraw, only the agent's own side to stop.
    const label = snapshot.phase === "agent_side" && action === "withdraw" ? strings.stopAgentSide : strings.answers[action];
    return html`<button
      type="button"
      class=${action}
      data-action=${action}
      aria-keyshortcuts=${hotkey === "none" ? nothing : hotkey}
      aria-label=${party === null ? nothing : `${party.name}: ${label}`}
      @click=${(event: Event) => this.#press(snapshot.call_id, action, event, party)}
    >
      <span>${label}</span>${hotkey === "none" ? nothing : html`<kbd aria-hidden="true">${hotkey}</kbd>`}
    </button>`;
  }

  #press(callId: string, action: Action, event: Event, party: PartyView | null): void {
    if (!event.isTrusted) return;
    switch (action) {
      case "replay":
        return this.callseal?.replay(callId);
      case "pause":
        return this.callseal?.pause(callId, event);
      case "resume":
        return this.callseal?.resume(callId, event);
      case "answered":
        return this.callseal?.answered(callId, event);
      case "read":
        return this.callseal?.disclosureRead(callId, event);
      default:
        return this.callseal?.answer(callId, action, event, { party: party?.index ?? null, words: this.#wordsFor(callId, action) });
    }
  }

  /** What the agent noted that the customer said; it belongs to a yes. */
  #wordsFor(callId: string, action: Action): string | null {
    if (action !== "yes") return null;
    const select = this.renderRoot.querySelector<HTMLSelectElement>(`[data-call="${CSS.escape(callId)}"] select[data-words]`);
    return select?.value ? select.value : null;
  }

  #renderFacts(snapshot: Snapshot, { storage }: CardView): TemplateResult | typeof nothing {
    // Of a recording that is destroyed there is nothing to measure.
    if (snapshot.shredding === "requested" || snapshot.shredding === "confirmed") return nothing;
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
