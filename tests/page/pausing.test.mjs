// @ts-check
/** Pausing and resuming on the page's side: button, hotkey and the host's program, and what the panel says meanwhile. */
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

/** @typedef {import("playwright-core").Page} Page */

/** A page whose panel shows a call that is recorded and may be paused. */
async function recording() {
  const page = await chromium.open([...TAPPED, "/pkg/dist/panel.mjs"], '<callseal-panel></callseal-panel><button id="own">own</button><input id="field">');
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const callseal = await lab.start();
    lab.panel = document.querySelector("callseal-panel");
    lab.panel.callseal = callseal;
    lab.near = (await lab.call()).near;
    const [{ call_id: id }] = await lab.until(async () => {
      const found = await lab.messages("call_open");
      return found.length > 0 && found;
    });
    lab.id = id;
    lab.tell = async (/** @type {any} */ changes, of = id) => {
      const snapshot = lab.snapshot(of, { phase: "recording", recording: true, allowed: ["withdraw", "pause"], ...changes });
      await lab.engine("emit", { kind: "state", snapshot });
      await lab.until(() => callseal.calls.get(of)?.allowed.join() === snapshot.allowed.join());
      await lab.panel.updateComplete;
    };
    lab.cut = (/** @type {any} */ changes) => ({
      allowed: ["withdraw", "resume"],
      redacting: true,
      redaction_class: "manual",
      cut: {
        since_ms: 65_000,
        confirmed: false,
        class: "manual",
        trigger: "manual",
        channels: "both",
        resumes: "agent",
        out_of_sight: false,
        alarm_in_ms: 90_000,
        alarm: null,
        ...changes,
      },
    });
    lab.said = async () => {
      await lab.wait(100);
      const messages = (await lab.messages()).filter((/** @type {any} */ { kind }) => kind === "pause" || kind === "resume");
      return messages.map((/** @type {any} */ { kind, call_id: of, by, class: name, trusted, event_age_ms: age }) => {
        const known = of === id ? "call" : of;
        return [kind, known, by, ...(name === undefined ? [] : [name]), trusted, age >= 0 && age < 5000].join(" ");
      });
    };
    lab.spoken = () => [...lab.panel.shadowRoot.querySelectorAll(".spoken")].map((/** @type {Element} */ one) => one.textContent);
    lab.shown = () => lab.panel.shadowRoot.querySelector(".card").innerText.replace(/\s+/g, " ");
    await lab.tell({});
  });
  return page;
}

/** @param {Page} page @returns {Promise<string[]>} */
const said = (page) => page.evaluate(() => /** @type {any} */ (globalThis).lab.said());
/** @param {Page} page @param {object} changes @param {string} [of] */
const tell = (page, changes, of) => page.evaluate(([change, call]) => /** @type {any} */ (globalThis).lab.tell(change, call ?? undefined), /** @type {const} */ ([changes, of ?? null]));
/** @param {Page} page @param {object} changes @returns {Promise<object>} */
const cut = (page, changes) => page.evaluate((change) => /** @type {any} */ (globalThis).lab.cut(change), changes);
/** @param {Page} page @returns {Promise<string>} */
const shown = (page) => page.evaluate(() => /** @type {any} */ (globalThis).lab.shown());
/** @param {Page} page @returns {Promise<string[]>} status and alert */
const spoken = (page) => page.evaluate(() => /** @type {any} */ (globalThis).lab.spoken());

test("the panel's button pauses and resumes by the agent's own click, and not by one of a script's making", async () => {
  const page = await recording();
  const press = () => page.evaluate(() => {
    const { lab } = /** @type {any} */ (globalThis);
    for (const button of lab.panel.shadowRoot.querySelectorAll("[data-action=pause], [data-action=resume]")) button.click();
  });
  await press();
  await page.click("callseal-panel [data-action=pause]");
  assert.deepEqual(await said(page), ["pause call agent_button  true true"]);
  await tell(page, await cut(page, {}));
  await press();
  await page.click("callseal-panel [data-action=resume]");
  assert.deepEqual((await said(page)).slice(1), ["resume call agent_button true true"]);
  await page.context().close();
});

test("the hotkey pauses every call that is recorded, and resumes the one that is paused", async () => {
  const page = await recording();
  await tell(page, {}, "call-2");
  await page.evaluate(() => document.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyP", altKey: true, shiftKey: true, bubbles: true })));
  await page.focus("#field");
  await page.keyboard.press("Alt+Shift+KeyP");
  assert.equal(await page.inputValue("#field"), "");
  assert.deepEqual(await said(page), ["pause call agent_hotkey  true true", "pause call-2 agent_hotkey  true true"]);
  const paused = await cut(page, {});
  await tell(page, paused);
  await tell(page, paused, "call-2");
  await page.keyboard.press("Alt+Shift+KeyP");
  assert.equal((await said(page)).length, 2, "which of two to resume is not for a key to say");
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).lab.errors), ["answer/ambiguous"]);
  await tell(page, { phase: "closed", allowed: [] }, "call-2");
  await page.keyboard.press("Alt+Shift+KeyP");
  assert.deepEqual((await said(page)).slice(2), ["resume call agent_hotkey true true"]);
  await page.context().close();
});

test("the host pauses and resumes without an event, by a name; with a borrowed event it only pauses", async () => {
  const page = await recording();
  await page.evaluate(() => {
    const { lab } = /** @type {any} */ (globalThis);
    document.querySelector("#own")?.addEventListener("click", (event) => (lab.click = event));
  });
  await page.click("#own");
  const codes = await page.evaluate(() => {
    const { callseal, id, click } = /** @type {any} */ (globalThis).lab;
    callseal.pause(id, undefined, { class: "payment" });
    callseal.pause(id);
    callseal.resume(id);
    callseal.pause(id, new MouseEvent("click"));
    callseal.resume(id, click);
    const codes = [];
    for (const attempt of [
      () => callseal.resume(id, new MouseEvent("click")),
      () => callseal.resume(id, click),
      () => callseal.resume(id, Object.create(click)),
      () => callseal.pause("no-such-call"),
      () => callseal.resume("no-such-call"),
    ]) {
      try {
        attempt();
        codes.push("accepted");
      } catch (error) {
        codes.push(/** @type {any} */ (error).code);
      }
    }
    return codes;
  });
  assert.deepEqual(codes, ["answer/untrusted", "answer/untrusted", "answer/untrusted", "call/unknown", "call/unknown"]);
  assert.deepEqual(await said(page), [
    "pause call host_api payment false true",
    "pause call host_api  false true",
    "resume call host_api false true",
    "pause call agent_button  false true",
    "resume call agent_button true true",
  ]);
  await page.context().close();
});

test("the panel says paused only when the recorder has confirmed it, counts down, then gives an alarm once", async () => {
  const page = await recording();
  await tell(page, await cut(page, {}));
  assert.match(await shown(page), /Pausing the recording.*Left out from 01:05 on\. It stays paused until you resume\..*Waiting for the recorder to confirm.*Reminder in 01:30/);
  assert.match((await spoken(page))[0] ?? "", /^Pausing the recording\..*Waiting for the recorder/);
  await tell(page, await cut(page, { confirmed: true, alarm_in_ms: 30_000 }));
  await page.waitForFunction(() => /Confirmed/.test(/** @type {any} */ (globalThis).lab.shown()));
  const words = await spoken(page);
  assert.match(words[0] ?? "", /^Recording paused\..*Confirmed by the recorder$/);
  await tell(page, await cut(page, { confirmed: true, alarm_in_ms: 29_000 }));
  await page.waitForFunction(() => /00:29/.test(/** @type {any} */ (globalThis).lab.shown()));
  assert.deepEqual(await spoken(page), words, "the seconds are not read out");
  for (const [alarm, pattern] of /** @type {const} */ ([
    ["max_pause", /paused for a long time\. Is it still needed\? Resume when nothing private/],
    ["forgotten", /both of you are talking\. Is the pause still needed\? Resume when nothing private/],
  ])) {
    await tell(page, await cut(page, { confirmed: true, alarm_in_ms: null, alarm }));
    await page.waitForFunction((source) => new RegExp(source).test(/** @type {any} */ (globalThis).lab.shown()), pattern.source);
    assert.match((await spoken(page))[1] ?? "", pattern);
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(AXE);
      const violations = await page.evaluate(async () => {
        const { axe } = /** @type {any} */ (globalThis);
        const results = await axe.run("callseal-panel", { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] } });
        return results.violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.html).join(" ")}`);
      });
      assert.deepEqual(violations, [], `${alarm} ${colorScheme}`);
    }
  }
  await tell(page, {});
  await page.waitForFunction(() => !/paused/i.test(/** @type {any} */ (globalThis).lab.shown()));
  assert.equal((await spoken(page))[1], "", "the alarm is over with the pause");
  await page.context().close();
});

test("the panel tells what ends a cut, and on which side it is", async () => {
  const page = await recording();
  for (const [changes, pattern] of /** @type {[object, RegExp][]} */ ([
    [{ resumes: "when_left", trigger: "field_focus" }, /goes on when the field or page is left/],
    [{ resumes: "host", trigger: "host_api" }, /The system that paused it resumes it; you can, too/],
    [{ resumes: "agent", trigger: "host_api", out_of_sight: true }, /lost sight of the page meanwhile: only you can resume/],
    [{ resumes: "by_itself" }, /goes on by itself/],
    [{ channels: "customer" }, /Only the customer’s side is left out/],
    [{ channels: "agent" }, /Only your side is left out/],
    [{ alarm: "forgotten", alarm_in_ms: null, resumes: "when_left", trigger: "page" }, /Leave the field or page to go on/],
  ])) {
    await tell(page, await cut(page, changes));
    await page.waitForFunction((source) => new RegExp(source).test(/** @type {any} */ (globalThis).lab.shown()), pattern.source);
  }
  await tell(page, { ...(await cut(page, { class: "card_number" })), redaction_class: "card_number" });
  await page.waitForFunction(() => /Not recording — card number/.test(/** @type {any} */ (globalThis).lab.shown()));
  await page.context().close();
});
