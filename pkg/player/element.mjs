// @ts-check
/**
 * `<callseal-player>`: what a listener sees and presses.
 *
 * Owns: the view and the order of things — ledger first, then reason and key, then audio, and the verification beside it.
 * Must never: judge a call (the Worker's Wasm does), keep a key, or put anything of a call into markup.
 */
import { PlayerClient } from "./client.mjs";
import { clock, marksOf } from "./marks.mjs";
import { Playback, RATE_HZ } from "./playback.mjs";
import { STRINGS } from "./strings.en.mjs";
import { STYLES } from "./styles.mjs";
import { draw } from "./timeline.mjs";
import { build, pieces, textOf } from "./view.mjs";

/** Seconds that an arrow key moves. */
const STEP_S = 5;

/** @typedef {import("./marks.mjs").Mark} Mark */

/**
 * @typedef {object} PlayerSource
 * @property {string} [url]     `callseal serve`'s origin
 * @property {string} [token]   a token that may read
 * @property {string} [callId]
 * @property {{path: string, file: File}[]} [files]  instead: files of one call's folder
 * @property {object[]} [servers]  public keys (JWK) of servers whose countersignatures are asked for
 */

export class CallsealPlayer extends HTMLElement {
  /** Words; a host may set its own before `open`. */
  strings = STRINGS;
  /** Whether excerpts may be saved. */
  allowExport = false;
  /** Bytes fetched and milliseconds from the press of Play to the first sound. @type {{bytes: number, firstAudioMs: number | null}} */
  stats = { bytes: 0, firstAudioMs: null };

  #view;
  /** @type {PlayerClient | null} */
  #client = null;
  /** @type {Playback | null} */
  #playback = null;
  /** @type {any} */
  #outline = null;
  /** @type {{reason: string, text: string}} */
  #access = { reason: "", text: "" };
  /** @type {Mark[]} */
  #marks = [];
  /** @type {Map<number, {start: number, peaks: Float32Array}>} */
  #peaks = new Map();
  #pressedAt = 0;
  #isVerifying = false;
  #frame = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    this.#view = pieces(this.strings);
    root.append(this.#view.root);
    this.#listen();
    this.#show("empty");
    this.#view.status.textContent = this.strings.empty;
  }

  disconnectedCallback() {
    this.#end();
  }

  /**
   * Reads a call's ledger and asks for reason and key.
   * @param {PlayerSource} source
   */
  async open({ url, token, callId, files, servers }) {
    this.#end();
    this.#show("loading");
    this.#view.status.textContent = this.strings.loading;
    this.stats = { bytes: 0, firstAudioMs: null };
    const client = new PlayerClient((told) => this.#told(told));
    this.#client = client;
    try {
      const serve = files === undefined ? { base: url ?? location.origin, token: token ?? "", callId: callId ?? "" } : undefined;
      this.#outline = await client.ask("open", { serve, files, servers: (servers ?? []).map((jwk) => JSON.stringify(jwk)) });
    } catch (error) {
      if (client !== this.#client) return;
      this.#show("failed");
      this.#view.status.textContent = textOf(this.strings, error);
      return;
    }
    if (client === this.#client) await this.#opened();
  }

  /** Takes the recipient's key, and the reason, and makes the audio ready. @param {{key: string | File, reason: string, text?: string}} given */
  async unlock({ key, reason, text = "" }) {
    const client = this.#client;
    if (client === null) return;
    const { problem, submit } = this.#view;
    problem.textContent = "";
    submit.disabled = true;
    try {
      this.#access = { reason, text };
      await client.ask("access", { access: { ...this.#access, action: "listen" } });
      await client.ask("unlock", { jwk: typeof key === "string" ? key : await key.text() });
      this.#ready();
    } catch (error) {
      problem.textContent = textOf(this.strings, error);
    } finally {
      submit.disabled = false;
    }
  }

  async play() {
    this.#pressedAt = performance.now();
    await this.#playback?.play();
  }

  pause() {
    this.#playback?.pause();
  }

  /** @param {number} seconds  on the call's timeline */
  seek(seconds) {
    this.#playback?.seek(seconds * RATE_HZ);
  }

  /** Fetches the rest of the call and verifies all of it, as `callseal verify` does. @returns {Promise<object | null>} its report */
  async verify() {
    const client = this.#client;
    if (client === null || this.#isVerifying) return null;
    this.#isVerifying = true;
    this.#view.verify.hidden = true;
    this.#verdict("", this.strings.states.verifying, "");
    try {
      const { report, bytes } = await client.ask("verify");
      this.stats.bytes = bytes;
      this.#judged(report);
      void client.ask("outlineSound").catch(() => undefined);
      return report;
    } catch (error) {
      this.#verdict("bad", textOf(this.strings, error), "");
      this.#view.verify.hidden = false;
      return null;
    } finally {
      this.#isVerifying = false;
    }
  }

  /** An excerpt as an Ogg Opus file. @param {number} fromS @param {number} toS  seconds on the call's timeline @returns {Promise<Blob>} */
  async excerpt(fromS, toS) {
    if (!this.allowExport || this.#client === null) throw Object.assign(new Error("Excerpts are not allowed here."), { code: "player/export-refused" });
    const range = { from_ms: Math.round(fromS * 1000), to_ms: Math.round(toS * 1000) };
    await this.#client.ask("access", { access: { ...this.#access, action: "export", ...range } });
    const comments = [
      ["TITLE", `Excerpt of call ${this.#outline.callId}`],
      ["REASON", `${this.#access.reason} ${this.#access.text}`.trim().slice(0, 500)],
      ["DATE", new Date().toISOString()],
      ["EXCERPT", `${fromS}-${toS} s of the call's timeline`],
    ];
    const bytes = await this.#client.ask("excerpt", { from: fromS * RATE_HZ, to: toS * RATE_HZ, comments });
    return new Blob([bytes], { type: "audio/ogg" });
  }

  #end() {
    this.#playback?.close();
    this.#client?.close();
    [this.#client, this.#playback, this.#outline] = [null, null, null];
    this.#peaks.clear();
    cancelAnimationFrame(this.#frame);
  }

  async #opened() {
    const { report, inspection, isLogged, callId } = this.#outline;
    const view = this.#view;
    view.id.textContent = callId;
    view.logged.textContent = isLogged ? this.strings.logged : this.strings.unlogged;
    view.status.textContent = "";
    this.#marks = marksOf(inspection.ledger, this.strings);
    this.#list();
    view.entries.replaceChildren(
      ...inspection.ledger.map((/** @type {import("./marks.mjs").LedgerLine} */ line) =>
        build("li", {}, build("span", {}, new Date(line.at_ms).toISOString().slice(0, 19).replace("T", " ")), `${line.seq} · ${line.kind}`),
      ),
    );
    if (isLogged) await this.#listAccesses();
    if (report.level === "shredded" || (report.shredding ?? null) !== null) {
      this.#verdict("bad", this.strings.states.shredded, this.#evidence(report));
      this.#show("shredded");
      return;
    }
    if (report.errors.some((/** @type {{object: string}} */ { object }) => object.includes("/ledger/") && object.endsWith(".jsonl") && report.evidence.level === null)) {
      this.#judged({ ...report, level: "damaged" });
      this.#show("failed");
      return;
    }
    this.#verdict("", this.strings.states.ledger, this.#evidence(report));
    this.#show("locked");
  }

  #ready() {
    this.#show("ready");
    this.#view.exporting.hidden = !this.allowExport;
    const client = this.#client;
    this.#playback = new Playback(this.#outline.segments, {
      load: async (index, sample) => {
        const loaded = await client?.ask("segment", { index, sample });
        this.stats.bytes = loaded.bytes;
        this.#peaks.set(index, loaded);
        return loaded;
      },
      missing: (index, error) => this.#missing(index, error),
      changed: () => this.#refresh(),
      heard: () => {
        this.stats.firstAudioMs ??= performance.now() - this.#pressedAt;
        this.dispatchEvent(new CustomEvent("callseal-heard", { detail: this.stats }));
      },
    });
    const { range, from, to } = this.#view;
    [range.min, range.max] = [String(this.#playback.start / RATE_HZ), String(this.#playback.end / RATE_HZ)];
    [from.value, to.value] = [String(Math.floor(this.#playback.start / RATE_HZ)), String(Math.ceil(this.#playback.end / RATE_HZ))];
    this.#view.play.focus();
    const tick = () => {
      this.#refresh();
      this.#frame = requestAnimationFrame(tick);
    };
    tick();
  }

  /** Whether playing goes on behind a segment that did not open. @param {number} index @param {Error & {code?: string}} error */
  #missing(index, error) {
    this.#view.trouble.textContent = textOf(this.strings, error);
    if (error.code === "open/wrong-key" || error.code === "access/reason-required") {
      this.#view.problem.textContent = textOf(this.strings, error);
      this.#playback?.close();
      this.#show("locked");
      return false;
    }
    if (error.code?.startsWith("open/") !== true) return false;
    const { start_sample: from, end_sample: to } = this.#outline.segments[index];
    if (!this.#marks.some((mark) => mark.kind === "problem" && mark.from === from)) {
      this.#marks.push({ kind: "problem", from, to, text: `${this.strings.kinds.problem}: ${textOf(this.strings, error)}` });
      this.#marks.sort((one, other) => one.from - other.from);
      this.#list();
    }
    return true;
  }

  /** @param {any} told */
  #told(told) {
    if (told.kind === "verifying") this.#view.verdictMore.textContent = `${told.done} / ${told.total}`;
    if (told.kind === "peaks") this.#peaks.set(told.index, told);
  }

  /** @param {any} report */
  #judged(report) {
    const { states } = this.strings;
    const [first] = report.errors;
    const more = first === undefined ? this.#evidence(report) : `${first.message} (${first.code})`;
    const known = /** @type {Record<string, [string, string]>} */ ({ intact: ["good", states.verified], cut: ["", states.cut], open: ["", states.open], shredded: ["bad", states.shredded] });
    const [tone, text] = known[report.level] ?? ["bad", states.damaged];
    this.#verdict(tone, text, more);
  }

  /** @param {any} report */
  #evidence(report) {
    const level = /** @type {Record<string, string>} */ (this.strings.evidence)[report.evidence.level] ?? "";
    const warnings = report.warnings.map((/** @type {{message: string}} */ { message }) => message);
    return [level, ...warnings].filter(Boolean).join("; ");
  }

  /** @param {string} tone @param {string} text @param {string} more */
  #verdict(tone, text, more) {
    const { verdict, verdictText, verdictMore } = this.#view;
    verdict.className = `verdict ${tone}`;
    verdict.hidden = false;
    [verdictText.textContent, verdictMore.textContent] = [text, more];
  }

  async #listAccesses() {
    const view = this.#view;
    /** @type {import("./source.mjs").AccessEntry[]} */
    const accesses = await this.#client?.ask("accesses").catch(() => null);
    view.accesses.hidden = accesses === null;
    const reasons = /** @type {Record<string, string>} */ (this.strings.reasons);
    const rows = (accesses ?? []).map(({ iat, subject, action, reason, text }) =>
      build("li", {}, build("span", {}, new Date(iat * 1000).toISOString().slice(0, 16).replace("T", " ")), `${(subject ?? "").slice(0, 16)} · ${action} · ${reasons[reason] ?? reason}${text === "" ? "" : ` · ${text}`}`),
    );
    view.accessRows.replaceChildren(...(rows.length > 0 ? rows : [build("li", {}, this.strings.noAccesses)]));
  }

  #list() {
    const rows = this.#marks.map(({ from, to, text }) => {
      const time = to > from ? `${clock(from)}–${clock(to)}` : clock(from);
      const button = build("button", { type: "button" }, build("time", {}, time), build("span", {}, text));
      button.addEventListener("click", () => this.#playback?.seek(from));
      return build("li", {}, button);
    });
    this.#view.marks.replaceChildren(...(rows.length > 0 ? rows : [build("li", {}, this.strings.noMarks)]));
  }

  #refresh() {
    const playback = this.#playback;
    if (playback === null) return;
    const { play, range, time, waiting, canvas } = this.#view;
    const { position, start, end } = playback;
    const label = playback.isPlaying ? this.strings.pause : this.strings.play;
    if (play.textContent !== label) play.textContent = label;
    waiting.textContent = playback.isWaiting ? this.strings.waiting : "";
    const [now, total] = [clock(position), clock(end)];
    if (time.textContent !== `${now} / ${total}`) {
      time.textContent = `${now} / ${total}`;
      range.setAttribute("aria-valuetext", `${now} / ${total}`);
    }
    range.value = String(position / RATE_HZ);
    draw(canvas, { start, end, position, peaks: [...this.#peaks.values()], marks: this.#marks });
  }

  /** @param {"empty" | "loading" | "failed" | "locked" | "ready" | "shredded"} state */
  #show(state) {
    this.dataset["state"] = state;
    const view = this.#view;
    view.status.hidden = !["empty", "loading", "failed"].includes(state);
    view.header.hidden = ["empty", "loading"].includes(state);
    view.form.hidden = state !== "locked";
    view.deck.hidden = state !== "ready";
    view.lists.hidden = !["locked", "ready", "shredded"].includes(state);
    view.verify.hidden = state !== "ready";
    if (["empty", "loading", "failed"].includes(state)) view.verdict.hidden = state !== "failed" || view.verdictText.textContent === "";
    if (state === "loading") view.verdictText.textContent = "";
  }

  #listen() {
    const { form, play, range, speed, volumes, verify, back, forward, exportForm, from, to, exportProblem } = this.#view;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const data = new FormData(form);
      const key = data.get("key");
      if (key instanceof File) void this.unlock({ key, reason: String(data.get("reason")), text: String(data.get("text")).trim() });
    });
    play.addEventListener("click", () => void this.#toggle());
    back.addEventListener("click", () => this.#move(-STEP_S));
    forward.addEventListener("click", () => this.#move(STEP_S));
    range.addEventListener("input", () => this.seek(Number(range.value)));
    speed.addEventListener("change", () => {
      if (this.#playback !== null) this.#playback.rate = Number(speed.value);
    });
    volumes.forEach((slider, channel) => slider.addEventListener("input", () => this.#playback?.setVolume(/** @type {0 | 1} */ (channel), Number(slider.value))));
    verify.addEventListener("click", () => void this.verify());
    exportForm.addEventListener("submit", (event) => {
      event.preventDefault();
      exportProblem.textContent = "";
      this.#save(Number(from.value), Number(to.value)).catch((error) => (exportProblem.textContent = textOf(this.strings, error)));
    });
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("callseal-heard", () => void this.verify(), { once: false });
  }

  /** @param {number} fromS @param {number} toS */
  async #save(fromS, toS) {
    const url = URL.createObjectURL(await this.excerpt(fromS, toS));
    const link = build("a", { href: url, download: `call-${this.#outline.callId}-${fromS}-${toS}s.ogg` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  async #toggle() {
    if (this.#playback?.isPlaying === true) this.pause();
    else await this.play();
  }

  /** @param {number} seconds */
  #move(seconds) {
    if (this.#playback !== null) this.#playback.seek(this.#playback.position + seconds * RATE_HZ);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const playback = this.#playback;
    const [target] = event.composedPath();
    const isField = target instanceof HTMLInputElement ? target.type !== "range" || target !== this.#view.range : target instanceof HTMLSelectElement;
    const isButton = target instanceof HTMLElement && (target.tagName === "BUTTON" || target.tagName === "SUMMARY");
    if (playback === null || this.dataset["state"] !== "ready" || isField || event.ctrlKey || event.altKey || event.metaKey) return;
    const { position, start, end } = playback;
    const later = this.#marks.find(({ from }) => from > position + RATE_HZ / 10);
    const earlier = this.#marks.findLast(({ from }) => from < position - RATE_HZ / 2);
    const action = /** @type {Record<string, (() => void) | undefined>} */ ({
      " ": isButton ? undefined : () => void this.#toggle(),
      ArrowLeft: () => this.#move(-STEP_S),
      ArrowRight: () => this.#move(STEP_S),
      Home: () => playback.seek(start),
      End: () => playback.seek(end),
      "[": () => playback.seek(earlier?.from ?? start),
      "]": () => playback.seek(later?.from ?? end),
    })[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}
