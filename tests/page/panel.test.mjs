// @ts-check
/** The panel with the facade behind it: what a script of the page makes or borrows is no answer, the user's own click is. */
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

/** A page whose panel shows a call that waits for an answer, with all that may be pressed on it. */
async function asking() {
  const body = '<callseal-panel></callseal-panel><button id="own">the host\'s own button</button><div id="area">x</div>';
  const page = await chromium.open([...TAPPED, "/pkg/dist/panel.mjs"], body);
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const callseal = await lab.start();
    const panel = /** @type {any} */ (document.querySelector("callseal-panel"));
    panel.callseal = callseal;
    const { near } = await lab.call();
    lab.near = near;
    const [{ call_id: id }] = await lab.until(async () => {
      const found = await lab.messages("call_open");
      return found.length > 0 && found;
    });
    lab.id = id;
    await lab.engine("emit", { kind: "state", snapshot: lab.snapshot(id, { allowed: ["answered", "read", "yes", "no", "withdraw", "replay"] }) });
    lab.buttons = await lab.until(() => {
      const found = [...panel.shadowRoot.querySelectorAll("[data-action]")];
      return found.length === 6 && found;
    });
    /** What reached the engine that a user has to do. */
    lab.passed = async () => {
      await lab.wait(100);
      const kinds = ["consent", "disclosure_read", "disclosure_replay", "call_answered"];
      const messages = (await lab.messages()).filter((/** @type {any} */ { kind, by }) => kinds.includes(kind) && by !== "media");
      return messages.map((/** @type {any} */ { kind, answer, method, trusted }) => [kind, answer, method, trusted].filter((one) => one !== undefined).join(" "));
    };
    lab.attempt = (/** @type {unknown} */ event) => {
      const codes = [];
      for (const attempt of [
        () => callseal.answer(id, "yes", event),
        () => callseal.answered(id, event),
        () => callseal.disclosureRead(id, event),
      ]) {
        try {
          attempt();
          codes.push("accepted");
        } catch (error) {
          codes.push(/** @type {any} */ (error).code);
        }
      }
      return codes;
    };
  });
  return page;
}

test("no event that a script has made counts on the panel's buttons, and the same press by the user does", async () => {
  const page = await asking();
  const passed = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const init = { bubbles: true, composed: true, cancelable: true, detail: 1, isTrusted: true };
    for (const button of lab.buttons) {
      button.click();
      for (const type of ["pointerdown", "pointerup", "click"]) button.dispatchEvent(new PointerEvent(type, init));
      for (const type of ["mousedown", "mouseup", "click"]) button.dispatchEvent(new MouseEvent(type, init));
      for (const key of ["Enter", " "]) {
        for (const type of ["keydown", "keypress", "keyup"]) button.dispatchEvent(new KeyboardEvent(type, { ...init, key }));
      }
    }
    return lab.passed();
  });
  assert.deepEqual(passed, []);
  await page.click("callseal-panel [data-action=yes]");
  await page.focus("callseal-panel [data-action=read]");
  await page.keyboard.press("Enter");
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).lab.passed()), ["consent yes agent_button true", "disclosure_read true"]);
  await page.context().close();
});

test("what only looks like the user's own event, or is no deliberate act, or has answered before, is refused by the facade", async () => {
  const page = await asking();
  await page.evaluate(() => {
    const { lab } = /** @type {any} */ (globalThis);
    lab.caught = {};
    for (const type of ["pointermove", "mousemove", "pointerover", "focusin", "wheel"]) {
      addEventListener(type, (event) => (lab.caught[type] ??= event), { capture: true });
    }
    const image = new Image();
    image.addEventListener("load", (event) => (lab.caught["load"] = event));
    image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
    document.querySelector("#own")?.addEventListener("click", (event) => (lab.click = event));
  });
  await page.hover("#area");
  await page.mouse.wheel(0, 10);
  await page.focus("callseal-panel [data-action=no]");
  await page.click("#own");
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const { click } = lab;
    await lab.until(() => Object.keys(lab.caught).length === 6);
    const caught = /** @type {[string, Event][]} */ (Object.entries(lab.caught));
    const genuine = [click, ...caught.map(([, event]) => event)].every((event) => event.isTrusted);
    class Sub extends MouseEvent {
      /** @override */
      get type() {
        return "keydown";
      }
    }
    const lookAlikes = [
      new Sub("click"),
      Object.create(click),
      Object.create(click, { isTrusted: { value: true }, type: { value: "click" }, timeStamp: { value: performance.now() } }),
      new Proxy(click, {}),
      { isTrusted: true, type: "click", timeStamp: performance.now() },
      Object.create(MouseEvent.prototype),
    ];
    return {
      genuine,
      moved: caught.map(([type, event]) => [type, ...new Set(lab.attempt(event))]),
      lookAlikes: lookAlikes.map((event) => [...new Set(lab.attempt(event))].join()),
      own: lab.attempt(click),
      again: lab.attempt(click),
      passed: await lab.passed(),
    };
  });
  const refused = "answer/untrusted";
  assert.equal(result.genuine, true);
  assert.deepEqual(result.moved.filter(([, ...codes]) => codes.join() !== refused), []);
  assert.deepEqual(result.lookAlikes, Array(6).fill(refused));
  assert.deepEqual(result.own, ["accepted", refused, refused]);
  assert.deepEqual(result.again, [refused, refused, refused]);
  assert.deepEqual(result.passed, ["consent yes agent_button true"]);
  await page.context().close();
});

test("a value that was typed where none should be is warned of at once, by its class alone", async () => {
  const page = await chromium.open([...TAPPED, "/pkg/dist/panel.mjs"], "<callseal-panel></callseal-panel>");
  const shown = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const panel = /** @type {any} */ (document.querySelector("callseal-panel"));
    const changes = { phase: "recording", recording: true, redacting: true, redaction_class: "iban", warning: "iban" };
    /** @type {(snapshot: any) => void} */
    let show = () => undefined;
    panel.callseal = {
      calls: new Map(),
      on: (/** @type {string} */ type, /** @type {any} */ listener) => {
        if (type === "state") show = listener;
        return () => undefined;
      },
    };
    await panel.updateComplete;
    const look = async (/** @type {any} */ more) => {
      show(lab.snapshot("one", { ...changes, ...more }));
      await panel.updateComplete;
      const root = panel.shadowRoot;
      return [root.querySelector("[data-warning]")?.textContent ?? null, root.querySelector("[role=alert]")?.textContent.trim() ?? null];
    };
    return [await look({}), await look({ warning: null }), await look({ warning: "no such class" })];
  });
  const sentence = (/** @type {string} */ name) =>
    `Private details were typed into an ordinary field (${name}). The last seconds were cut out; remove them, or leave the field, to go on recording.`;
  assert.deepEqual(shown[0], [sentence("IBAN"), sentence("IBAN")]);
  assert.deepEqual(shown[1], [null, ""]);
  assert.equal(shown[2]?.[0], sentence("private details"));
  await page.context().close();
});

test("each other recorder has a line of its own: a failure is an alert, and its colour is not all that tells it", async () => {
  const page = await chromium.open([...TAPPED, "/pkg/dist/panel.mjs"], "<callseal-panel></callseal-panel>");
  await page.evaluate(() => {
    const { lab } = /** @type {any} */ (globalThis);
    const panel = /** @type {any} */ (document.querySelector("callseal-panel"));
    const snapshots = ["one", "two"].map((id) => lab.snapshot(id, { phase: "recording", recording: true, redacting: true, redaction_class: "card_number" }));
    panel.callseal = { calls: new Map(snapshots.map((one) => [one.call_id, one])), on: () => () => undefined };
    lab.report = (/** @type {any} */ changes) => ({
      recorder: "Twilio",
      callId: "one",
      wanted: "paused",
      state: "confirmed",
      code: null,
      latencyMs: 312,
      proof: "read_back",
      exposed: false,
      ended: false,
      ...changes,
    });
    lab.show = async (/** @type {any[]} */ ...changes) => {
      panel.recorders = changes.map(lab.report);
      await panel.updateComplete;
      return [...panel.shadowRoot.querySelectorAll("[data-recorder]")].map((line) => [
        line.closest("[data-call]").dataset.call,
        line.querySelector("[role]").getAttribute("role"),
        line.textContent.replace(/\s+/g, " ").trim(),
      ]);
    };
  });
  /** @param {...object} changes @returns {Promise<string[][]>} */
  const show = (...changes) => page.evaluate((list) => /** @type {any} */ (globalThis).lab.show(...list), changes);

  assert.deepEqual(await show(), []);
  assert.deepEqual(await show({ state: "requested", latencyMs: null, proof: null }), [["one", "status", "…Twilio is being paused."]]);
  assert.deepEqual(await show({}, { callId: "two", recorder: "Screen", proof: "answer" }, { callId: "three" }), [
    ["one", "status", "✓Twilio is paused (checked, 0.3 s)."],
    ["two", "status", "✓Screen says it is paused (0.3 s)."],
  ]);
  const failure = { state: "failed", code: "recorder/not-paused", proof: null, exposed: true };
  const alert = "!Twilio is not known to be paused: it goes on recording. It may be recording what is said.";
  assert.deepEqual(await show(failure, { recorder: "Screen" }), [
    ["one", "alert", alert],
    ["one", "status", "✓Screen is paused (checked, 0.3 s)."],
  ]);
  for (const scheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const { axe } = /** @type {any} */ (globalThis);
      const results = await axe.run("callseal-panel", { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] } });
      return results.violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.html).join(" ")}`);
    });
    assert.deepEqual(violations, [], scheme);
  }
  const further = await show(
    { exposed: true },
    { recorder: "B", code: "recorder/held" },
    { recorder: "C", wanted: "recording", state: "failed", code: "recorder/unavailable" },
    { recorder: "D", wanted: "recording", state: "failed", code: "recorder/refused", ended: true },
    { recorder: "E", state: "failed", code: "recorder/of-a-later-version" },
    { recorder: "F", code: "recorder/stopped" },
    { recorder: "<b>G</b>", wanted: "recording" },
    { recorder: "H", wanted: "recording", state: "requested" },
  );
  assert.deepEqual(further.map(([, role, text]) => [role, text]), [
    ["status", "!Twilio is paused (checked, 0.3 s). A part of what was left out here may be in its recording."],
    ["status", "✓B stays paused: it cannot be seen any more whether private details are still being taken."],
    ["alert", "!C is still paused: it cannot be reached. Resume it by hand."],
    ["status", "!D was not resumed before the call ended."],
    ["alert", "!E is not known to be paused: something went wrong. It may be recording what is said."],
    ["status", "✓F has ended its recording."],
    ["status", "✓<b>G</b> is recording again."],
    ["status", "…H is being resumed."],
  ]);
  await page.context().close();
});

test("a report goes from the other recorder's answer to the panel, behind the real facade", async () => {
  const page = await chromium.open([...TAPPED, "/pkg/dist/panel.mjs"], "<callseal-panel></callseal-panel>");
  const lines = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const { attachRecorders } = await import(`${location.origin}/pkg/recorders.mjs`);
    const panel = /** @type {any} */ (document.querySelector("callseal-panel"));
    const callseal = (panel.callseal = await lab.start());
    lab.near = (await lab.call()).near;
    const [{ call_id: id }] = await lab.until(async () => {
      const found = await lab.messages("call_open");
      return found.length > 0 && found;
    });
    let state = "recording";
    const own = {
      name: "Platform",
      pause: async () => ({ state }),
      resume: async () => ({ state: (state = "recording") }),
    };
    const attached = attachRecorders(callseal, [own], { identify: () => ({}), graceMs: 0, retryMs: 50 });
    attached.addEventListener("report", () => (panel.recorders = attached.reports));
    const line = () => panel.shadowRoot.querySelector("[data-recorder=Platform] [role]");
    const tell = (/** @type {any} */ changes) => lab.engine("emit", { kind: "state", snapshot: lab.snapshot(id, { phase: "recording", recording: true, ...changes }) });
    const seen = [];
    await tell({ redacting: true });
    await lab.until(() => line()?.getAttribute("role") === "alert");
    seen.push(line().textContent.replace(/\s+/g, " ").trim());
    state = "paused";
    await lab.until(() => line()?.getAttribute("role") === "status");
    seen.push(line().textContent.replace(/[\d.]+ s/, "… s").replace(/\s+/g, " ").trim());
    await tell({});
    await lab.until(() => /recording again/.test(line()?.textContent ?? ""));
    return seen;
  });
  assert.deepEqual(lines, [
    "!Platform is not known to be paused: it goes on recording. It may be recording what is said.",
    "!Platform says it is paused (… s). A part of what was left out here may be in its recording.",
  ]);
  await page.context().close();
});
