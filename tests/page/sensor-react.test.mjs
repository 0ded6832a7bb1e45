// @ts-check
/**
 * Controlled inputs of the real React: whoever sets their value, the user or the page's state, the sensor sees what is in
 * them. React keeps a tracker of its own on each input's `value`, writes past it, and skips what it believes to be there.
 *
 * React 18 is the last that ships as a script for browsers; how it writes values is the same in 19.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { TAPPED, stage } from "./support/browser.mjs";
import { told } from "./support/told.mjs";

/** @typedef {import("playwright-core").Page} Page */

const REACT = ["/react/react.production.min.js", "/react-dom/react-dom.production.min.js", "/pages/react-form.mjs"];

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

/** @returns {Promise<Page>} a form that React has rendered, with a sensor that has begun */
async function open() {
  const page = await chromium.open([...TAPPED, ...REACT], `<div id="root"></div>`);
  await page.waitForFunction(() => document.querySelector("#notes") !== null);
  await page.evaluate(() => /** @type {any} */ (globalThis).lab.start({}).then(() => undefined));
  await challenge(page);
  return page;
}

/** @param {Page} page @returns {Promise<any[]>} */
const messages = (page) =>
  page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.wait(60);
    return lab.messages();
  });

/** @param {Page} page */
const texts = async (page) => (await messages(page)).filter(({ kind }) => kind === "text_seen").map(({ text }) => text);

/** Lets the engine ask, and waits for the answer. @param {Page} page */
async function challenge(page) {
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const [{ context_id: contextId }] = await lab.messages("sensor_join");
    const nonce = crypto.randomUUID();
    await lab.engine("emit", { kind: "challenge", context_id: contextId, nonce });
    await lab.until(async () => (await lab.messages("sensor_answer")).some((/** @type {any} */ answer) => answer.nonce === nonce));
  });
}

/** Sets the page's state, as an answer of a server does. @param {Page} page @param {Record<string, string>} state */
const setState = (page, state) => page.evaluate((values) => /** @type {any} */ (globalThis).reactForm.set(values), state);

/** @param {Page} page @param {string} id */
const shown = (page, id) => page.inputValue(`#${id}`);

test("typing: the text is seen as React has rewritten it, up to its last digit", async () => {
  const page = await open();
  await page.click("#notes");
  await page.keyboard.type("4242424242424242");
  assert.equal(await shown(page, "notes"), "4242 4242 4242 4242", "React groups what is typed");
  await challenge(page);
  assert.equal((await texts(page)).at(-1), "4242 4242 4242 4242");
  await page.context().close();
});

test("state: a value that React's state puts into a field is seen with the next challenge, before that is vouched for", async () => {
  const page = await open();
  await setState(page, { number: "4000 0000 0000 0002", notes: "4111 1111 1111 1111" });
  assert.equal(await shown(page, "number"), "4000 0000 0000 0002");
  await challenge(page);
  const all = await messages(page);
  assert.deepEqual(told(all), ["filled card_number"]);
  assert.deepEqual((await texts(page)).sort(), ["4000 0000 0000 0002", "4111 1111 1111 1111"]);
  assert.equal(all.at(-1).kind, "sensor_answer");
  await page.context().close();
});

test("state: a field that React's state clears while it is in use stays cut out until something happens in it", async () => {
  const page = await open();
  await page.click("#notes");
  await page.keyboard.type("4242424242424242");
  await challenge(page);
  await setState(page, { notes: "" });
  assert.equal(await shown(page, "notes"), "");
  await challenge(page);
  assert.equal((await texts(page)).at(-1), "4242 4242 4242 4242", "no script ends a stretch by emptying a field silently");
  await page.keyboard.type("4");
  assert.equal((await texts(page)).at(-1), "4");
  await page.keyboard.press("Backspace");
  assert.equal((await texts(page)).at(-1), "");
  await page.context().close();
});

test("state: a value that comes again after React's state has cleared it is seen again", async () => {
  const page = await open();
  for (const number of ["4000 0000 0000 0002", "4111 1111 1111 1111"]) {
    await setState(page, { number });
    await challenge(page);
    assert.equal((await texts(page)).at(-1), number);
    await setState(page, { number: "" });
    await challenge(page);
  }
  assert.deepEqual(told(await messages(page)), ["filled card_number", "filled card_number"]);
  await page.context().close();
});
