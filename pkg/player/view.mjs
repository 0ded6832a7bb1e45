// @ts-check
/** The player's elements, built one by one. Owns their structure and labels; markup from strings is how scripts get in. */

/** @typedef {import("./strings.en.mjs").Strings} Strings */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function build(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
}

/** What went wrong, in words. @param {Strings} strings @param {unknown} error @returns {string} */
export function textOf({ problems }, error) {
  const code = /** @type {{code?: string}} */ (error)?.code ?? "";
  return /** @type {Record<string, string>} */ (problems)[code] ?? `${problems.other}${code === "" ? "" : ` (${code})`}`;
}

/** @param {Strings} strings */
export function pieces(strings) {
  const id = build("p", { class: "id" });
  const header = build("header", {}, build("h2", {}, strings.player), id);
  const status = build("p", { role: "status" });
  const [verdictText, verdictMore] = [build("strong"), build("span")];
  const verdict = build("div", { class: "verdict", role: "status" }, verdictText, verdictMore);

  const key = build("input", { type: "file", name: "key", required: "", accept: ".jwk,.json,application/json" });
  const options = Object.entries(strings.reasons).map(([value, text]) => build("option", { value }, text));
  const problem = build("p", { class: "problem", role: "alert" });
  const submit = build("button", { type: "submit", class: "main" }, strings.openAudio);
  const logged = build("p", { class: "hint" });
  const form = build(
    "form",
    {},
    build("h3", {}, strings.unlock),
    build("label", {}, strings.reason, build("select", { name: "reason", required: "" }, ...options)),
    build("label", {}, strings.text, build("input", { type: "text", name: "text", maxlength: "200", autocomplete: "off", "aria-describedby": "text-hint" })),
    build("p", { class: "hint", id: "text-hint" }, strings.textHint),
    build("label", {}, strings.key, key),
    build("p", { class: "hint" }, strings.keyHint),
    logged,
    problem,
    build("div", {}, submit),
  );

  const canvas = build("canvas", { "aria-hidden": "true" }, ...["ink", "line", "wave", "heard", "cut", "gap", "mark"].map((name) => build("span", { class: name })));
  const range = build("input", { type: "range", step: "0.1", "aria-label": strings.position });
  const lane = (/** @type {string} */ name, /** @type {string} */ text) => build("span", { class: `lane ${name}`, "aria-hidden": "true" }, text);
  const timeline = build("div", { class: "timeline" }, canvas, lane("agent", strings.agent), lane("customer", strings.customer), range);
  const play = build("button", { type: "button", class: "main" }, strings.play);
  const back = build("button", { type: "button" }, strings.back);
  const forward = build("button", { type: "button" }, strings.forward);
  const time = build("span", { class: "time" });
  const waiting = build("span", { class: "hint", role: "status" });
  const rates = ["0.75", "1", "1.25", "1.5", "2"].map((value) => build("option", { value, ...(value === "1" && { selected: "" }) }, `${value}×`));
  const speed = build("select", {}, ...rates);
  const volumes = [strings.agent, strings.customer].map((name) => build("input", { type: "range", min: "0", max: "1", step: "0.05", value: "1", "aria-label": `${strings.volume}: ${name}` }));
  const sides = build("div", { class: "volumes" }, ...volumes.map((slider, index) => build("label", {}, [strings.agent, strings.customer][index] ?? "", slider)));
  const verify = build("button", { type: "button" }, strings.verifyNow);
  const trouble = build("p", { class: "problem", role: "alert" });
  const controls = build("div", { class: "controls" }, play, back, forward, time, build("label", {}, strings.speed, speed), sides, verify, waiting);

  const from = build("input", { type: "number", min: "0", step: "1", required: "" });
  const to = build("input", { type: "number", min: "0", step: "1", required: "" });
  const exportProblem = build("p", { class: "problem", role: "alert" });
  const exportForm = build("form", {}, build("label", {}, strings.exportFrom, from), build("label", {}, strings.exportTo, to), build("p", { class: "hint" }, strings.exportHint), exportProblem, build("div", {}, build("button", { type: "submit" }, strings.save)));
  const exporting = build("details", {}, build("summary", {}, strings.export), exportForm);
  const deck = build("div", { class: "deck" }, timeline, controls, trouble, exporting);

  const marks = build("ol", { class: "marks" });
  const entries = build("ol", { class: "entries", tabindex: "0", "aria-label": strings.ledger });
  const accessRows = build("ol", { class: "entries", tabindex: "0", "aria-label": strings.accesses });
  const accesses = build("details", {}, build("summary", {}, strings.accesses), accessRows);
  accesses.hidden = true;
  const lists = build("div", { class: "lists" }, build("section", {}, build("h3", {}, strings.marks), marks), build("section", {}, build("details", {}, build("summary", {}, strings.ledger), entries), accesses));

  const root = build("section", { class: "player", "aria-label": strings.player }, header, status, verdict, form, deck, lists);
  return {
    ...{ root, header, id, status, verdict, verdictText, verdictMore, form, problem, submit, logged, deck, canvas, range, play, back, forward },
    ...{ time, waiting, speed, volumes, verify, trouble, from, to, exportForm, exportProblem, exporting, marks, entries, accesses, accessRows, lists },
  };
}
