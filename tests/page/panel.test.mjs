// @ts-check
/** The panel with the facade behind it: what a script of the page makes or borrows is no answer, the user's own click is. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage, TAPPED } from "./support/browser.mjs";

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
