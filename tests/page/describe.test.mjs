// @ts-check
/** What is said about a field is what stands around it on the page, in every way a page can be built, and never what is in it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage } from "./support/browser.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

/**
 * Describes the element of a selector; `>>>` steps into a shadow root.
 * @param {string} body
 * @param {string} selector
 * @param {() => void} [prepare]  runs in the page when describe.mjs has been loaded
 * @returns {Promise<any>}
 */
async function describe(body, selector, prepare = () => undefined) {
  const page = await chromium.open(undefined, body);
  try {
    await page.evaluate(async () => {
      const path = "/pkg/describe.mjs";
      Object.assign(globalThis, await import(path));
    });
    await page.evaluate(prepare);
    return await page.evaluate((steps) => {
      /** @type {any} */
      let found = document;
      for (const step of steps) found = (found.shadowRoot ?? found).querySelector(step);
      return /** @type {any} */ (globalThis).describe(found);
    }, selector.split(">>>"));
  } finally {
    await page.context().close();
  }
}

test("every kind of label is read", async () => {
  const labelled = await describe(`
    <label for="a">Card <b>number</b></label><label>again <input id="a"></label>`, "#a");
  assert.equal(labelled.label, "Card number again");
  const aria = await describe(`
    <span id="x">Security</span><span id="y">code</span>
    <input id="a" aria-labelledby="x missing y a" aria-label="CVV">`, "#a");
  assert.equal(aria.aria, "Security code CVV");
  assert.equal(aria.label, "");
});

test("attributes are read as they stand, and the form's where it is the owner", async () => {
  const field = await describe(`
    <form id="pay" name="checkout" autocomplete="cc-number">
      <input id="a" name="n" type="tel" placeholder="p" title="t" inputmode="numeric" maxlength="19" pattern="[0-9]+">
    </form>`, "#a");
  const { tag, type, name, id, placeholder, title, inputmode, maxLength, pattern, autocomplete, formAutocomplete, form } = field;
  assert.deepEqual(
    { tag, type, name, id, placeholder, title, inputmode, maxLength, pattern, autocomplete, formAutocomplete, form },
    {
      tag: "input", type: "tel", name: "n", id: "a", placeholder: "p", title: "t", inputmode: "numeric", maxLength: 19,
      pattern: "[0-9]+", autocomplete: "", formAutocomplete: "cc-number", form: "checkout pay",
    },
  );
  const outside = await describe(`<form id="pay" autocomplete="off"></form><input id="a" form="pay">`, "#a");
  assert.equal(outside.formAutocomplete, "off");
  assert.equal(outside.maxLength, null);
});

test("a form whose fields hide its own properties is read all the same", async () => {
  const names = ["id", "name", "getAttribute", "parentNode", "nodeType", "autocomplete", "elements", "firstChild", "localName", "shadowRoot", "assignedSlot", "getRootNode"];
  const field = await describe(
    `<form id="pay" autocomplete="off" data-recording-sensitive="iban"><input id="a" name="number">${names.map((name) => `<input name="${name}">`).join("")}</form>`,
    "#a",
  );
  assert.equal(field.form, "pay");
  assert.equal(field.formAutocomplete, "off");
  assert.equal(field.mark, "iban");
  assert.deepEqual(field.after.map((/** @type {any} */ { name }) => name), names.slice(0, 10));
});

test("prototypes that the page replaces afterwards are not asked", async () => {
  const field = await describe(`<label for="a">Card number</label><input id="a" name="n">`, "#a", () => {
    Element.prototype.getAttribute = () => "forged";
    for (const [prototype, name] of /** @type {[object, string][]} */ ([
      [HTMLInputElement.prototype, "labels"], [HTMLInputElement.prototype, "type"], [Node.prototype, "parentNode"],
    ])) {
      Object.defineProperty(prototype, name, { get: () => { throw new Error("forged"); } });
    }
  });
  assert.equal(field.label, "Card number");
  assert.equal(field.name, "n");
});

test("neither values nor what a user wrote or chose is read", async () => {
  const body = `
    <label>Number <input id="a" value="4111111111111111"><textarea>4111111111111111</textarea></label>
    <div contenteditable>4111111111111111</div>
    <label>Bank <select id="s"><option selected>4111111111111111</option></select></label>
    <input id="b" value="4111111111111111"><textarea id="t">4111111111111111</textarea>`;
  for (const selector of ["#a", "#b", "#s", "#t", "[contenteditable]"]) {
    const field = await describe(body, selector, () => {
      for (const { prototype } of [HTMLInputElement, HTMLTextAreaElement, HTMLSelectElement]) {
        Object.defineProperty(prototype, "value", { get: () => { throw new Error("a value was read"); } });
      }
      Object.defineProperty(Node.prototype, "textContent", { get: () => { throw new Error("content was read"); } });
    });
    assert.ok(!JSON.stringify(field).includes("4111"), selector);
  }
});

test("the inside of what is being edited is no text around a field", async () => {
  const inside = await describe(`<p>Notes</p><div contenteditable><p>4111111111111111</p><p id="a">x</p></div>`, "#a");
  assert.ok(!JSON.stringify(inside).includes("4111"));
  assert.equal(inside.near, "Notes");
  const designed = await describe(`<p>4111111111111111</p><input id="a">`, "#a", () => {
    document.designMode = "on";
  });
  assert.ok(!JSON.stringify(designed).includes("4111"));
});

test("fields in shadow trees know their neighbours, marks and headings across the border", async () => {
  const body = `
    <section data-recording-sensitive="card_cvv"><h3>Payment</h3><x-field id="one"></x-field><x-field id="two"></x-field><input name="last"></section>`;
  const field = await describe(body, "#two>>>input", () => {
    for (const host of document.querySelectorAll("x-field")) {
      const root = host.attachShadow({ mode: "open" });
      const label = document.createElement("label");
      label.textContent = `Field ${host.id}`;
      label.htmlFor = "in";
      const input = document.createElement("input");
      input.id = "in";
      input.name = host.id;
      root.append(label, input);
    }
  });
  assert.equal(field.label, "Field two");
  assert.equal(field.mark, "card_cvv");
  assert.equal(field.heading, "Payment");
  assert.deepEqual(field.before.map((/** @type {any} */ { name, label }) => [name, label]), [["one", "Field one"]]);
  assert.deepEqual(field.after.map((/** @type {any} */ { name }) => name), ["last"]);
});

test("a label that a component draws around a slot labels what is put in", async () => {
  const field = await describe(`<x-label><input id="a"></x-label>`, "#a", () => {
    const root = /** @type {Element} */ (document.querySelector("x-label")).attachShadow({ mode: "open" });
    const label = document.createElement("label");
    label.append("Security code", document.createElement("slot"));
    root.append(label);
  });
  assert.equal(field.label, "Security code");
});

test("the nearest mark counts, also across a shadow root", async () => {
  const body = `<div data-recording-sensitive="false"><div data-recording-sensitive=" IBAN "><input id="a"></div><input id="b"></div><input id="c">`;
  assert.equal((await describe(body, "#a")).mark, "iban");
  assert.equal((await describe(body, "#b")).mark, "false");
  assert.equal((await describe(body, "#c")).mark, null);
});

test("neighbours are the nearest first, with their labels, and stay within the form", async () => {
  const body = `
    <input name="search"><form>
    <label for="n">Card number</label><input id="n" name="number"><select name="month" aria-label="Month"></select>
    <input type="hidden" name="token"><label>Year <input name="year"></label>
    <input id="a"><button>Pay</button><input name="last" placeholder="Coupon"></form><input name="footer">`;
  const field = await describe(body, "#a");
  assert.deepEqual(
    field.before.map((/** @type {any} */ { type, name, label }) => [type, name, label]),
    [["text", "year", "Year"], ["select-one", "month", "Month"], ["text", "number", "Card number"]],
  );
  assert.deepEqual(field.after.map((/** @type {any} */ { name, label }) => [name, label]), [["last", "Coupon"]]);
});

test("the legend and the text before a field are told", async () => {
  const field = await describe(
    `<fieldset><legend>Credit <i>card</i></legend><table><tr><td>Number:</td><td><input id="a"></td></tr></table></fieldset>`,
    "#a",
  );
  assert.equal(field.heading, "Credit card");
  assert.equal(field.near, "Credit card Number:");
});

test("a drawing of a field is told apart from one", async () => {
  const body = `<input id="a" readonly aria-hidden="true"><input id="b" readonly><input id="c" aria-hidden="true">`;
  assert.equal((await describe(body, "#a")).decorative, true);
  assert.equal((await describe(body, "#b")).decorative, false);
  assert.equal((await describe(body, "#c")).decorative, false);
});

test("texts and neighbours are bounded, and so is the time on a huge page", async () => {
  const page = await chromium.open(undefined, `<form id="form"></form>`);
  const { field, best } = await page.evaluate(async () => {
    const path = "/pkg/describe.mjs";
    const { describe } = await import(path);
    const form = /** @type {HTMLFormElement} */ (document.querySelector("#form"));
    for (let index = 0; index < 4000; index += 1) {
      const row = document.createElement("div");
      const label = document.createElement("label");
      label.textContent = "word ".repeat(200);
      label.append(document.createElement("input"));
      row.append(label, document.createElement("span"), document.createElement("span"));
      form.append(row);
    }
    const middle = form.querySelectorAll("input")[2000];
    const times = [];
    let field;
    for (let round = 0; round < 50; round += 1) {
      const began = performance.now();
      field = describe(middle);
      times.push(performance.now() - began);
    }
    return { field, best: Math.min(...times) };
  });
  assert.equal(field.label.length, 256);
  assert.equal(field.before.length, 10);
  assert.equal(field.after.length, 10);
  assert.ok(field.before.every((/** @type {any} */ { label }) => label.length === 256));
  assert.ok(best < 2, `${best} ms`);
  await page.context().close();
});
