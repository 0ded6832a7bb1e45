// @ts-check
/** The panel's line on what waits for the stores: every state has words, a mark and no violation; only news are spoken. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { stage, TAPPED } from "./support/browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

/** A page whose panel is told what waits by `lab.tell`. */
async function panel() {
  const page = await chromium.open([...TAPPED, "/pkg/dist/panel.mjs"], "<callseal-panel></callseal-panel>");
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const element = /** @type {any} */ (document.querySelector("callseal-panel"));
    lab.retries = 0;
    /** @type {(snapshot: any) => void} */
    let show = () => undefined;
    element.callseal = {
      calls: new Map(),
      storage: () => null,
      retry: () => (lab.retries += 1),
      on: (/** @type {string} */ type, /** @type {any} */ listener) => {
        if (type === "storage") show = listener;
        return () => undefined;
      },
    };
    await element.updateComplete;
    const store = { name: "primary", kind: "grants", state: "working", waiting: 0, error: null };
    const empty = { waiting: 0, dead: 0, waiting_bytes: 0, oldest_unsent_ms: null, recordings: [], persistent: true };
    lab.tell = async (/** @type {any} */ changes, /** @type {any} */ ofStore = {}, /** @type {any} */ ofSpool = {}) => {
      const spool = { place: "disk", used_bytes: 0, limit_bytes: null, full: false, ...ofSpool };
      show({ ...empty, stores: [{ ...store, ...ofStore }], spool, ...changes });
      await element.updateComplete;
      const line = element.shadowRoot.querySelector("[data-storage]");
      const text = (/** @type {string} */ selector) => line.querySelector(selector)?.textContent ?? "";
      return {
        state: line.dataset.storage,
        spoken: text("[role=status]"),
        figures: text(".figures"),
        detail: text(".detail"),
        mark: text(".mark"),
        retry: line.querySelector("[data-retry]") !== null,
      };
    };
  });
  return page;
}

const WAITING = { waiting: 3, waiting_bytes: 2_500, oldest_unsent_ms: 65_000 };
const ERROR = { code: "store/unreachable", message: "The store does not answer." };
const DEAD = {
  dead: 1,
  waiting_bytes: 10,
  recordings: [{ call_id: "one", kept: false, dead_letters: [{ object: "one/0", store: "primary", code: "store/too-large", message: "Too large." }] }],
};

/** What is told, and the state that is shown. @type {[string, any[], string][]} */
const STATES = [
  ["empty", [{}], "✓"],
  ["kept", [{ recordings: [{ call_id: "one", kept: true, dead_letters: [] }] }, { kind: "local", state: "local" }], "✓"],
  ["sending", [WAITING], "…"],
  ["offline", [WAITING, { state: "failing", error: ERROR }], "…"],
  ["memory", [WAITING, { state: "failing", error: ERROR }, { place: "memory" }], "…"],
  ["denied", [WAITING, { state: "access_denied", error: ERROR }], "!"],
  ["dead", [{ ...WAITING, ...DEAD }, { state: "failing", error: ERROR }], "!"],
  ["full", [{ ...WAITING, ...DEAD }, { state: "failing", error: ERROR }, { full: true }], "!"],
];

test("every state of what waits has words and a mark of its own, and is accessible", async () => {
  const page = await panel();
  const said = new Set();
  for (const [state, told, mark] of STATES) {
    const shown = await page.evaluate((changes) => /** @type {any} */ (globalThis).lab.tell(...changes), told);
    assert.deepEqual([shown.state, shown.mark, shown.retry], [state, mark, state === "dead"]);
    assert.doesNotMatch(`${shown.spoken}${shown.detail}${shown.figures}`, /[{}]|undefined|null/u);
    said.add(shown.spoken);
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const { axe } = /** @type {any} */ (globalThis);
      const { violations: found } = await axe.run("callseal-panel");
      return found.map((/** @type {any} */ { id, nodes }) => [id, nodes[0].html]);
    });
    assert.deepEqual(violations, [], state);
  }
  assert.equal(said.size, STATES.length);
  await page.context().close();
});

test("the line says how much waits, how long, and the last error in plain words; figures are not spoken", async () => {
  const page = await panel();
  const tell = (/** @type {any[]} */ ...changes) => page.evaluate((told) => /** @type {any} */ (globalThis).lab.tell(...told), changes);
  const offline = await tell(WAITING, { state: "failing", error: ERROR });
  assert.equal(offline.spoken, "primary cannot be reached just now.");
  assert.equal(offline.figures, "Parts waiting: 3 · 3 kB · oldest 01:05");
  assert.ok(offline.detail.endsWith("Reason: The store does not answer."));
  const later = await tell({ ...WAITING, oldest_unsent_ms: 70_000 }, { state: "failing", error: ERROR });
  assert.equal(later.spoken, offline.spoken, "time alone says nothing anew");
  assert.notEqual(later.figures, offline.figures);
  const dead = await tell({ ...WAITING, ...DEAD });
  assert.ok(dead.detail.includes("Too large. (store/too-large)"));
  await page.context().close();
});

test("what a store refused is tried again by the user's own click alone", async () => {
  const page = await panel();
  await page.evaluate((told) => /** @type {any} */ (globalThis).lab.tell(told), { ...WAITING, ...DEAD });
  const retries = () => page.evaluate(() => /** @type {any} */ (globalThis).lab.retries);
  await page.evaluate(() => /** @type {any} */ (document.querySelector("callseal-panel")).shadowRoot.querySelector("[data-retry]").click());
  assert.equal(await retries(), 0);
  await page.click("callseal-panel [data-retry]");
  assert.equal(await retries(), 1);
  await page.context().close();
});
