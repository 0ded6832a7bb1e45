// @ts-check
/** The sensor says when a sensitive field is in use, from the user's own focus, and vouches for nothing else. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BROWSER, stage } from "./support/browser.mjs";
import { told } from "./support/told.mjs";
import { feignVisibility } from "./support/visibility.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

const FORM = `
  <input id="name" autocomplete="name">
  <input id="number" autocomplete="section-pay billing cc-number">
  <input id="cvv" autocomplete="cc-csc webauthn">
  <input id="expiry" autocomplete="cc-exp-month">
  <input id="password" type="password">
  <div data-recording-sensitive="one_time_code"><input id="inside"><input id="out" data-recording-sensitive="false"></div>
  <div data-recording-sensitive="false"><input id="still" autocomplete="cc-number"></div>
  <input id="custom" data-recording-sensitive>
  <input id="odd" data-recording-sensitive="no such class">
  <div id="edit" contenteditable data-recording-sensitive="card">text</div>
  <div id="host"></div>`;

/** @param {string} [body] */
const open = (body = FORM) => chromium.open(undefined, body);

/** @param {import("playwright-core").Page} page */
const start = (page) => page.evaluate(() => /** @type {any} */ (globalThis).lab.start().then(() => undefined));
/** What was reported, as the engine would take it. @param {import("playwright-core").Page} page */
const report = async (page) =>
  told(
    await page.evaluate(async () => {
      const { lab } = /** @type {any} */ (globalThis);
      await lab.wait(60);
      return lab.messages();
    }),
  );

test("each kind of sensitive field is reported with what says so, and others without", async () => {
  const page = await open();
  await start(page);
  for (const id of ["name", "number", "name", "cvv", "name", "expiry", "name", "password", "name", "inside", "out", "still", "name", "custom", "name", "odd", "name", "edit", "name"]) {
    await page.click(`#${id}`);
    await page.waitForTimeout(30);
  }
  assert.deepEqual(await report(page), [
    "card_number", "end",
    "card_cvv", "end",
    "card_expiry", "end",
    "password", "end",
    "one_time_code", "end",
    "card_number", "end",
    "custom", "end",
    "custom", "end",
    "card", "end",
  ]);
  await page.context().close();
});

test("moving from one sensitive field to the next has no gap between them", async () => {
  const page = await open();
  await start(page);
  await page.click("#number");
  await page.click("#cvv");
  await page.click("#number");
  await page.click("#still");
  await page.click("#name");
  assert.deepEqual(await report(page), [
    "card_number",
    "card_cvv",
    "card_number",
    "end",
  ]);
  await page.context().close();
});

test("ages count from the user's event, not from when it was handled", async () => {
  const page = await open();
  await start(page);
  const ages = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const number = document.querySelector("#number");
    // The page's own handler blocks before ours gets its turn.
    addEventListener("focusin", () => {
      const until = performance.now() + 200;
      while (performance.now() < until);
    }, { capture: true, once: true });
    /** @type {HTMLElement} */ (number).focus();
    await lab.wait(60);
    return (await lab.messages("field_begin")).map((/** @type {any} */ { event_age_ms: age }) => age);
  });
  assert.equal(ages.length, 1);
  assert.ok(ages[0] >= 199 && ages[0] < 400, `age ${ages[0]}`);
  await page.context().close();
});

test("a sensitive field that has the focus already is reported at the start, after joining", async () => {
  const page = await open();
  await page.click("#number");
  await start(page);
  assert.deepEqual(await report(page), ["card_number"]);
  const kinds = await page.evaluate(async () =>
    (await /** @type {any} */ (globalThis).lab.messages()).map((/** @type {any} */ { kind }) => kind)
  );
  assert.deepEqual(kinds, ["init", "sensor_join", "field_begin"]);
  await page.context().close();
});

test("a field that is removed or disabled while it has the focus ends the span", async () => {
  const page = await open();
  await start(page);
  await page.click("#number");
  await page.evaluate(() => document.querySelector("#number")?.remove());
  assert.deepEqual(await report(page), ["card_number", "end"]);
  await page.click("#cvv");
  await page.evaluate(() => document.querySelector("#cvv")?.toggleAttribute("disabled", true));
  await page.waitForTimeout(100);
  await challenge(page);
  assert.deepEqual(await report(page), ["card_number", "end", "card_cvv", "end"]);
  await page.context().close();
});

test("a revealed password stays sensitive, and a field that becomes sensitive is reported with the next answer", async () => {
  const page = await open();
  await start(page);
  await page.click("#password");
  await page.evaluate(() => document.querySelector("#password")?.setAttribute("type", "text"));
  await challenge(page);
  assert.deepEqual(await report(page), ["password"]);
  await page.click("#name");
  await page.evaluate(() => document.querySelector("#name")?.setAttribute("autocomplete", "cc-number"));
  await challenge(page);
  assert.deepEqual(await report(page), ["password", "end", "card_number"]);
  await page.context().close();
});

test("fields in open shadow roots are seen, also when the focus moves within one root", async () => {
  const page = await open();
  await page.evaluate(() => {
    const outer = document.querySelector("#host")?.attachShadow({ mode: "open" });
    if (!outer) throw new Error("no host");
    const make = (/** @type {ShadowRoot} */ root, /** @type {string} */ id, /** @type {string} */ autocomplete) => {
      const input = document.createElement("input");
      input.id = id;
      input.setAttribute("autocomplete", autocomplete);
      root.append(input);
    };
    make(outer, "plain", "name");
    make(outer, "shadow-number", "cc-number");
    const inner = document.createElement("div");
    outer.append(inner);
    make(inner.attachShadow({ mode: "open" }), "deep-cvv", "cc-csc");
  });
  await start(page);
  for (const id of ["plain", "shadow-number", "plain", "deep-cvv", "plain", "name"]) {
    await page.click(`#${id}`);
    await page.waitForTimeout(30);
  }
  assert.deepEqual(await report(page), ["card_number", "end", "card_cvv", "end"]);
  await page.context().close();
});

test("a closed shadow root is covered by the attribute on its host", async () => {
  const page = await open();
  await page.evaluate(() => {
    const host = document.querySelector("#host");
    host?.setAttribute("data-recording-sensitive", "card");
    const input = document.createElement("input");
    host?.attachShadow({ mode: "closed" }).append(input);
    Object.assign(globalThis, { hidden: input });
  });
  await start(page);
  await page.evaluate(() => /** @type {any} */ (globalThis).hidden.focus());
  assert.deepEqual(await report(page), ["card"]);
  await page.click("#name");
  assert.deepEqual(await report(page), ["card", "end"]);
  await page.context().close();
});

test("a script's pretended focus change can begin a span but not end one", async () => {
  const page = await open();
  await start(page);
  await page.evaluate(() => {
    document.querySelector("#number")?.dispatchEvent(new FocusEvent("focusin", { bubbles: true, composed: true }));
  });
  assert.deepEqual(await report(page), ["pretended card_number"]);
  await page.evaluate(() => {
    document.querySelector("#number")?.dispatchEvent(new FocusEvent("focusout", { bubbles: true, composed: true }));
    document.querySelector("#name")?.dispatchEvent(new FocusEvent("focusin", { bubbles: true, composed: true }));
  });
  await challenge(page);
  assert.deepEqual(await report(page), ["pretended card_number"]);
  // The user's own next focus change ends it.
  await page.click("#name");
  assert.deepEqual(await report(page), ["pretended card_number", "end"]);

  await page.click("#cvv");
  await page.evaluate(() => {
    document.querySelector("#cvv")?.dispatchEvent(new FocusEvent("focusout", { bubbles: true, composed: true }));
  });
  await challenge(page);
  assert.deepEqual(await report(page), ["pretended card_number", "end", "card_cvv"]);
  await page.context().close();
});

/** WebDriver BiDi keeps every page of Firefox in focus. */
const ALWAYS_IN_FOCUS = BROWSER === "firefox" && "the window cannot lose the focus under WebDriver BiDi";

test("a sensitive field keeps its span while the window has lost the focus", { skip: ALWAYS_IN_FOCUS }, async () => {
  const page = await open();
  await start(page);
  await page.click("#number");
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setFocusEmulationEnabled", { enabled: false });
  // What the browser does when the window loses the focus: focusout, with the element staying the active one.
  const other = await page.context().newPage();
  await other.bringToFront();
  await page.waitForTimeout(200);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "number");
  await challenge(page);
  assert.deepEqual(await report(page), ["card_number"]);
  await page.context().close();
});

/** @param {import("playwright-core").Page} page */
async function challenge(page) {
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const [{ context_id: contextId }] = await lab.messages("sensor_join");
    const nonce = crypto.randomUUID();
    await lab.engine("emit", { kind: "challenge", context_id: contextId, nonce });
    await lab.until(async () => (await lab.messages("sensor_answer")).some((/** @type {any} */ answer) => answer.nonce === nonce));
  });
}

test("a challenge is answered with its nonce, several at once with the newest, another context's not at all", async () => {
  const page = await open();
  await start(page);
  const nonces = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const [{ context_id: contextId }] = await lab.messages("sensor_join");
    await lab.engine("emit", { kind: "challenge", context_id: "another", nonce: "not mine" });
    await lab.engine("emit", { kind: "challenge", context_id: contextId, nonce: "one" });
    await lab.until(async () => (await lab.messages("sensor_answer")).length === 1);
    for (const nonce of ["two", "three", "four"]) void lab.engine("emit", { kind: "challenge", context_id: contextId, nonce });
    const until = performance.now() + 300;
    while (performance.now() < until);
    await lab.wait(200);
    return (await lab.messages("sensor_answer")).map((/** @type {any} */ { nonce }) => nonce);
  });
  assert.deepEqual(nonces[0], "one");
  assert.deepEqual(nonces.at(-1), "four");
  assert.ok(!nonces.includes("not mine"));
  assert.ok(nonces.length < 4, `answered ${nonces}`);
  await page.context().close();
});

/** It gives the click when the stall is over; with a real mouse: tests/firefox/stall.test.mjs. */
const CLICKS_LATE = BROWSER === "firefox" && "WebDriver BiDi does not click into a page that hangs";

test("a focus that happened before a challenge is reported before the answer, though a stall delayed both", { skip: CLICKS_LATE }, async () => {
  const page = await open();
  await page.evaluate(async () => {
    const { Sensor } = await import(/** @type {string} */ ("/pkg/sensor.mjs"));
    /** @type {string[]} */
    const posted = [];
    const sensor = new Sensor((/** @type {any} */ { kind }) => posted.push(kind));
    sensor.start();
    document.querySelector("#name")?.addEventListener("keydown", () => {
      const until = performance.now() + 800;
      while (performance.now() < until);
      // The challenge is the first thing the page gets to see after the stall.
      sensor.challenge("after the click");
    });
    Object.assign(globalThis, { posted });
  });
  await page.click("#name");
  const position = await page.locator("#number").boundingBox();
  if (!position) throw new Error("no box");
  const key = page.keyboard.press("a"); // stalls the page
  await new Promise((resolve) => setTimeout(resolve, 200));
  await Promise.all([key, page.mouse.click(position.x + 5, position.y + 5)]);
  await page.waitForFunction(() => /** @type {any} */ (globalThis).posted.includes("sensor_answer"));
  const posted = await page.evaluate(() => /** @type {any} */ (globalThis).posted);
  assert.deepEqual(posted.filter((/** @type {string} */ kind) => kind !== "text_seen"), [
    "sensor_join",
    "field_begin",
    "field_begin",
    "sensor_answer",
  ]);
  await page.context().close();
});

test("a hidden page signs off and answers nothing; a visible one signs on first", async () => {
  const context = await chromium.context();
  await feignVisibility(context);
  const page = await chromium.open(undefined, FORM, context);
  await start(page);
  const kinds = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const [{ context_id: contextId }] = await lab.messages("sensor_join");
    const { feign } = /** @type {any} */ (globalThis);
    feign("hidden");
    await lab.engine("emit", { kind: "challenge", context_id: contextId, nonce: "hidden" });
    await lab.wait(200);
    feign("visible");
    await lab.engine("emit", { kind: "challenge", context_id: contextId, nonce: "visible" });
    await lab.until(async () => (await lab.messages("sensor_answer")).length > 0);
    return (await lab.messages()).map((/** @type {any} */ { kind, nonce }) => nonce ?? kind);
  });
  assert.deepEqual(kinds, ["init", "sensor_join", "sensor_sign_off", "sensor_sign_on", "visible"]);
  await page.context().close();
});
