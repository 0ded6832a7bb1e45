// @ts-check
/** A page of hard cases: whatever way a sensitive field comes into use or is filled, the sensor reports it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage } from "./support/browser.mjs";
import { told } from "./support/told.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

const PAGE = `
  <input id="name" autocomplete="name">
  <input id="number" autocomplete="cc-number">
  <input id="cvv" autocomplete="cc-csc">
  <input id="password" type="password">
  <textarea id="notes"></textarea>
  <div id="host"></div>`;

/**
 * @param {string} [body]
 * @param {any} [detection]
 * @returns {Promise<Page>} with a sensor that has begun
 */
async function open(body = PAGE, detection = {}, prepare = () => {}) {
  const page = await chromium.open(undefined, body);
  await page.evaluate(prepare);
  await page.evaluate((options) => /** @type {any} */ (globalThis).lab.start(options).then(() => undefined), { detection });
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
const report = async (page) => told(await messages(page));

/** The last text that was shown to the value detectors. @param {Page} page */
const lastText = async (page) => (await messages(page)).filter(({ kind }) => kind === "text_seen").at(-1)?.text;

/** @param {Page} page */
async function challenge(page) {
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const [{ context_id: contextId }] = await lab.messages("sensor_join");
    const nonce = crypto.randomUUID();
    await lab.engine("emit", { kind: "challenge", context_id: contextId, nonce });
    await lab.until(async () => (await lab.messages("sensor_answer")).some((/** @type {any} */ answer) => answer.nonce === nonce));
  });
}

test("focus: the field and what is around it are described, and nothing that is in it", async () => {
  const page = await open(`<form><label>Card number <input id="number" autocomplete="cc-number" value="4242"></label></form>`);
  await page.click("#number");
  const [begin] = (await messages(page)).filter(({ kind }) => kind === "field_begin");
  const { label, autocomplete, id } = JSON.parse(begin.descriptor);
  assert.deepEqual([begin.how, label, autocomplete, id], ["focus", "Card number", "cc-number", "number"]);
  assert.ok(!begin.descriptor.includes("4242"));
  await page.context().close();
});

test("input: what is typed into an ordinary field is shown once per task, in its present form", async () => {
  const page = await open();
  await page.click("#notes");
  await page.keyboard.type("charge 4242");
  assert.equal(await lastText(page), "charge 4242");
  for (let count = 0; count < 4; count += 1) await page.keyboard.press("Backspace");
  assert.equal(await lastText(page), "charge ");
  const texts = (await messages(page)).filter(({ kind }) => kind === "text_seen");
  assert.equal(new Set(texts.map(({ field }) => field)).size, 1);
  const before = texts.length;
  await page.evaluate(() => {
    const notes = /** @type {HTMLTextAreaElement} */ (document.querySelector("#notes"));
    for (let count = 0; count < 1000; count += 1) notes.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
  assert.equal((await messages(page)).filter(({ kind }) => kind === "text_seen").length, before + 1, "a flood is one message");
  await page.context().close();
});

test("input: the last digit is told while its field is the one in use, however fast the focus moves on", async () => {
  const page = await open();
  await page.click("#notes");
  await page.evaluate(() => {
    const notes = /** @type {HTMLTextAreaElement} */ (document.querySelector("#notes"));
    notes.value = "4242 4242 4242 4242";
    notes.dispatchEvent(new InputEvent("input", { bubbles: true }));
    /** @type {HTMLElement} */ (document.querySelector("#name")).focus();
  });
  const said = (await messages(page)).filter(({ kind }) => kind === "field_begin" || kind === "text_seen");
  const [notes, text, name] = said.slice(-3);
  assert.deepEqual([notes.kind, text.kind, name.kind], ["field_begin", "text_seen", "field_begin"]);
  assert.deepEqual([text.text, text.field], ["4242 4242 4242 4242", notes.field]);
  await page.context().close();
});

test("input: of a long text at most 4096 characters around the caret are shown", async () => {
  const page = await open();
  await page.fill("#notes", `${"a".repeat(9000)}NEEDLE${"b".repeat(9000)}`);
  assert.equal((await lastText(page)).length, 4096);
  await page.evaluate(() => {
    const notes = /** @type {HTMLTextAreaElement} */ (document.querySelector("#notes"));
    notes.setSelectionRange(9003, 9003);
    notes.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
  const text = await lastText(page);
  assert.ok(text.includes("NEEDLE") && text.length === 4096);
  await page.context().close();
});

test("a password field's content is never read, nor that of a field that was one", async () => {
  const page = await open(undefined, {}, () => {
    const { get, set } = /** @type {any} */ (Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value"));
    Object.assign(globalThis, { reads: /** @type {string[]} */ ([]) });
    Object.defineProperty(HTMLInputElement.prototype, "value", {
      get() {
        /** @type {any} */ (globalThis).reads.push(this.id);
        return get.call(this);
      },
      set,
      configurable: true,
    });
  });
  await page.click("#password");
  await page.keyboard.type("hunter2");
  await page.evaluate(() => document.querySelector("#password")?.setAttribute("type", "text"));
  await page.keyboard.type("x");
  await challenge(page);
  const all = await messages(page);
  assert.ok(!JSON.stringify(all).includes("hunter2"));
  assert.deepEqual(told(all), ["password"]);
  const reads = await page.evaluate(() => /** @type {any} */ (globalThis).reads);
  assert.ok(!reads.includes("password"), `read: ${reads}`);
  await page.context().close();
});

test("show-password toggle: a field that was toggled before it got the focus was a password field", async () => {
  const page = await open();
  await page.evaluate(() => document.querySelector("#password")?.setAttribute("type", "text"));
  await page.click("#password");
  assert.deepEqual(await report(page), ["password"]);
  await page.context().close();
});

test("paste: what is pasted is shown, also where the page handles the paste itself", async () => {
  const page = await open();
  await page.evaluate(() => {
    const notes = /** @type {HTMLTextAreaElement} */ (document.querySelector("#notes"));
    notes.addEventListener("paste", (event) => {
      event.preventDefault();
      notes.value = event.clipboardData?.getData("text") ?? "";
    });
  });
  await page.fill("#name", "4242 4242 4242 4242");
  await page.click("#name");
  for (const keys of ["Control+A", "Control+C"]) await page.keyboard.press(keys);
  await page.fill("#name", "");
  await page.click("#notes");
  await page.keyboard.press("Control+V");
  assert.equal(await lastText(page), "4242 4242 4242 4242");
  await page.context().close();
});

test("autofill: fields that are filled without having the focus are reported as filled", async () => {
  const page = await open();
  await page.click("#name");
  await page.evaluate(() => {
    for (const id of ["number", "cvv", "name"]) {
      const field = /** @type {HTMLInputElement} */ (document.querySelector(`#${id}`));
      field.value = "42";
      // What a browser sends for each field it fills in: no key was pressed.
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  assert.deepEqual(await report(page), ["filled card_number", "filled card_cvv"]);
  await page.context().close();
});

test("programmatic change: a value that a script sets is noticed by its length with the next challenge", async () => {
  const page = await open(`${PAGE}<input id="filled" autocomplete="cc-number" value="4111">`);
  await challenge(page);
  assert.deepEqual(await report(page), [], "what was there at the beginning is no news");
  await page.evaluate(() => {
    const set = (/** @type {string} */ id, /** @type {string} */ value) => {
      /** @type {HTMLInputElement} */ (document.querySelector(`#${id}`)).value = value;
    };
    set("number", "4242424242424242");
    set("notes", "4000 0000 0000 0002");
  });
  await challenge(page);
  const all = await messages(page);
  assert.deepEqual(told(all), ["filled card_number"]);
  const texts = all.filter(({ kind }) => kind === "text_seen").map(({ text }) => text);
  assert.deepEqual(texts, ["4242424242424242", "4000 0000 0000 0002"]);
  assert.equal(all.at(-1).kind, "sensor_answer", "it is told before it is vouched for");
  await page.context().close();
});

test("closed shadow root: its host is described, as the focus is retargeted to it", async () => {
  const page = await open();
  await page.evaluate(() => {
    const host = /** @type {HTMLElement} */ (document.querySelector("#host"));
    host.setAttribute("aria-label", "Card number");
    const input = document.createElement("input");
    host.attachShadow({ mode: "closed" }).append(input);
    input.focus();
  });
  const [begin] = (await messages(page)).filter(({ kind }) => kind === "field_begin");
  const { tag, id, aria } = JSON.parse(begin.descriptor);
  assert.deepEqual([begin.how, tag, id, aria], ["focus", "div", "host", "Card number"]);
  await page.context().close();
});

test("open shadow root: what is typed in it is shown", async () => {
  const page = await open();
  await page.evaluate(() => {
    const area = document.createElement("textarea");
    document.querySelector("#host")?.attachShadow({ mode: "open" }).append(area);
    area.focus();
  });
  await page.keyboard.type("in the shadow");
  assert.equal(await lastText(page), "in the shadow");
  await page.context().close();
});

test("same-origin iframe: loaded, without an address, written by a script, and loaded anew", async () => {
  const page = await open();
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const frame = document.createElement("iframe");
    frame.id = "frame";
    document.body.append(frame);
    const inner = /** @type {Document} */ (frame.contentDocument);
    inner.body.innerHTML = `<input id="inner" autocomplete="cc-number">`;
    /** @type {HTMLElement} */ (inner.querySelector("#inner")).focus();
    await lab.wait(50);
  });
  assert.deepEqual(await report(page), ["card_number"]);
  await page.click("#name");
  assert.deepEqual(await report(page), ["card_number", "end"]);
  await page.evaluate(async () => {
    const frame = /** @type {HTMLIFrameElement} */ (document.querySelector("#frame"));
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    frame.srcdoc = `<input id="again" autocomplete="cc-csc"><textarea id="notes"></textarea>`;
    await loaded;
  });
  const inner = page.frameLocator("#frame");
  await inner.locator("#again").click();
  assert.deepEqual(await report(page), ["card_number", "end", "card_cvv"]);
  await inner.locator("#notes").click();
  await page.keyboard.type("in the frame");
  assert.equal(await lastText(page), "in the frame");
  await inner.locator("#again").click();
  await page.evaluate(() => document.querySelector("#frame")?.remove());
  await challenge(page);
  assert.deepEqual(await report(page), ["card_number", "end", "card_cvv", "end", "card_cvv", "end"]);
  await page.context().close();
});

test("same-origin iframe: ages count by this page's clock, not by the frame's", async () => {
  const page = await open();
  await page.waitForTimeout(500);
  await page.evaluate(() => {
    const frame = document.createElement("iframe");
    frame.id = "frame";
    frame.srcdoc = `<input id="inner" autocomplete="cc-number">`;
    document.body.append(frame);
  });
  await page.frameLocator("#frame").locator("#inner").click();
  const [begin] = (await messages(page)).filter(({ kind }) => kind === "field_begin");
  assert.ok(begin.event_age_ms < 400, `age ${begin.event_age_ms}`);
  await page.context().close();
});

test("contenteditable: the text around the caret is shown, its blocks as lines", async () => {
  const page = await open(`<div id="edit" contenteditable><p>one</p><p>tw<b>o</b></p><ul><li>three</li></ul></div><input id="name">`);
  await page.click("#edit b");
  await page.keyboard.press("End");
  await page.keyboard.type(" 4242");
  assert.equal((await lastText(page)).trim(), "one\ntwo 4242\nthree");
  const [begin] = (await messages(page)).filter(({ kind }) => kind === "field_begin");
  const text = (await messages(page)).filter(({ kind }) => kind === "text_seen").at(-1);
  assert.equal(text.field, begin.field, "it is the field that has the focus");
  await page.context().close();
});

test("contenteditable: an editor that handles keys itself and makes no input event is seen too", async () => {
  const page = await open(`<div id="edit" contenteditable></div>`);
  await page.evaluate(() => {
    const edit = /** @type {HTMLElement} */ (document.querySelector("#edit"));
    edit.addEventListener("beforeinput", (event) => {
      event.preventDefault();
      edit.append(/** @type {InputEvent} */ (event).data ?? "");
    });
  });
  await page.click("#edit");
  await page.keyboard.type("4242");
  assert.equal(await lastText(page), "4242");
  await page.context().close();
});

test("custom element: a form-associated one is described by its attributes, and its value is looked at", async () => {
  const page = await open(`<card-field id="card" autocomplete="cc-number" tabindex="0"></card-field><note-field id="note" tabindex="0"></note-field>`, {}, () => {
    class Field extends HTMLElement {
      static formAssociated = true;
      value = "";
      constructor() {
        super();
        const input = document.createElement("input");
        input.addEventListener("input", () => {
          this.value = input.value;
        });
        this.attachShadow({ mode: "closed", delegatesFocus: true }).append(input);
      }
    }
    customElements.define("card-field", Field);
    customElements.define("note-field", class extends Field {});
  });
  await page.click("#card");
  assert.deepEqual(await report(page), ["card_number"]);
  await page.click("#note");
  await page.keyboard.type("4242");
  assert.deepEqual(await report(page), ["card_number", "end"]);
  assert.equal(await lastText(page), "4242");
  await page.context().close();
});

test("controlled input: a value set past the framework, with an event of a script, is seen at once", async () => {
  const page = await open();
  await page.evaluate(() => {
    const field = /** @type {HTMLInputElement} */ (document.querySelector("#number"));
    // What controlled inputs of React need: its own value tracker is passed by.
    Object.defineProperty(field, "value", { get: () => "hidden by the framework", set: () => {}, configurable: true });
    const native = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    native?.set?.call(field, "4242424242424242");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  assert.deepEqual(await report(page), ["filled card_number"]);
  assert.equal(await lastText(page), "4242424242424242");
  await page.context().close();
});

test("payment iframe: the focus in a frame of another origin is told with its host alone, also from one to the next", async () => {
  const page = await open(`${PAGE}
    <iframe id="one" title="Secure card number" srcdoc="<input>" sandbox></iframe>`);
  await page.route("https://pay.example/**", (route) => route.fulfill({ contentType: "text/html", body: "<input id=inner autofocus>" }));
  await page.click("#name");
  const box = await page.locator("#one").boundingBox();
  if (!box) throw new Error("no box");
  await page.mouse.click(box.x + 40, box.y + 18);
  await page.evaluate(() => {
    const frame = document.createElement("iframe");
    // The policy of the test's page lets no other origin in; its address is what counts.
    frame.setAttribute("sandbox", "");
    frame.id = "two";
    frame.tabIndex = 0;
    frame.src = "https://pay.example/v3/fields?token=secret#secret";
    document.body.append(frame);
  });
  await page.waitForTimeout(100);
  await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector("#two")).focus());
  await challenge(page);
  await page.click("#name");
  const begins = (await messages(page)).filter(({ kind }) => kind === "field_begin");
  assert.deepEqual(begins.map(({ frame_host }) => frame_host), [null, "", "pay.example", null]);
  assert.equal(begins[1].descriptor, "", "whom that frame belongs to nobody knows: it is no ordinary field");
  assert.ok(!JSON.stringify(begins).includes("secret"));
  await page.context().close();
});

test("selectors: a field that a selector names is told with its class, the first that matches", async () => {
  const page = await open(`<div class="case"><input id="a"><button id="b">x</button></div>`, {
    selectors: [{ selector: ".case input", class: "health" }, { selector: "input", class: "card" }],
  });
  await page.click("#a");
  await page.click("#b");
  const all = (await messages(page)).filter(({ kind }) => kind.startsWith("field"));
  assert.deepEqual(all.map(({ kind, descriptor }) => (descriptor ? JSON.parse(descriptor).selectorClass : kind)), ["health", "field_end"]);
  await page.context().close();
});

test("selectors: one that is none refuses the configuration", async () => {
  const page = await chromium.open(undefined, PAGE);
  const code = await page.evaluate(() =>
    /** @type {any} */ (globalThis).lab.start({ detection: { selectors: [{ selector: ":::", class: "card" }] } }).then(
      () => "started",
      (/** @type {any} */ error) => `${error.code} ${error.message}`,
    ));
  assert.match(code, /^config\/invalid .*detection\.selectors\[0\]\.selector/);
  await page.context().close();
});

test("routes: every change of the address is told without its query, where the configuration asks for it", async () => {
  const page = await open(PAGE, { urls: ["/pay/**"] });
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    history.pushState({}, "", "/pay/card?customer=Jo#/step?name=Jo");
    await lab.wait(50);
    history.replaceState({}, "", "/done");
    await lab.wait(50);
    location.hash = "#part";
    await lab.wait(50);
    history.back();
    await lab.wait(100);
  });
  const told = (await messages(page)).filter(({ kind }) => kind === "page_location").map(({ url }) => new URL(url));
  assert.deepEqual(told.map(({ pathname, hash }) => pathname + hash), ["/page", "/pay/card#/step", "/done", "/done#part", "/done"]);
  assert.ok(told.every(({ search, href }) => search === "" && !href.includes("Jo")));
  await page.context().close();

  const plain = await open();
  await plain.evaluate(() => history.pushState({}, "", "/pay/card"));
  assert.deepEqual((await messages(plain)).filter(({ kind }) => kind === "page_location"), []);
  await plain.context().close();
});

test("values are not looked at where the configuration says so", async () => {
  const page = await open(PAGE, { detectValues: false });
  await page.click("#notes");
  await page.keyboard.type("4242");
  assert.equal(await lastText(page), undefined);
  await page.context().close();
});

test("a page whose scripts replace what the sensor goes by changes nothing", async () => {
  const page = await open();
  await page.evaluate(() => {
    Object.defineProperty(document, "activeElement", { get: () => document.body });
    Object.defineProperty(Document.prototype, "activeElement", { get: () => document.body });
    Element.prototype.getAttribute = () => null;
    Object.defineProperty(Element.prototype, "matches", { value: () => false });
  });
  await page.click("#number");
  assert.deepEqual(await report(page), ["card_number"]);
  await challenge(page);
  assert.deepEqual(await report(page), ["card_number"]);
  await page.context().close();
});

test("frame by a form: one without an address that was led elsewhere is not ordinary, unless the page says so", async () => {
  const page = await open(`${PAGE}<iframe id="pay" name="pay" sandbox></iframe>
    <iframe id="chat" srcdoc="<input>" sandbox data-recording-sensitive="false"></iframe>`);
  for (const id of ["pay", "chat"]) {
    const box = await page.locator(`#${id}`).boundingBox();
    if (!box) throw new Error("no box");
    await page.mouse.click(box.x + 60, box.y + 60);
    await page.evaluate((name) => /** @type {HTMLElement} */ (document.querySelector(`#${name}`)).focus(), id);
    await challenge(page);
  }
  const begins = (await messages(page)).filter(({ kind, frame_host: host }) => kind === "field_begin" && host === "");
  assert.deepEqual(begins.map(({ descriptor }) => descriptor === ""), [true, false]);
  await page.context().close();
});

test("frames of old pages: fields in framesets are followed too", async () => {
  const page = await open(PAGE);
  await page.evaluate(() => {
    const frameset = document.createElement("frameset");
    const frame = document.createElement("frame");
    frameset.append(frame);
    document.body.replaceWith(frameset);
    const inner = /** @type {Document} */ (frame.contentDocument);
    inner.body.innerHTML = `<input id="inner" autocomplete="cc-number">`;
  });
  await challenge(page);
  await page.evaluate(() => {
    const frame = document.querySelector("frame");
    /** @type {HTMLElement | null | undefined} */ (frame?.contentDocument?.querySelector("#inner"))?.focus();
  });
  assert.deepEqual(await report(page), ["card_number"]);
  await page.context().close();
});

test("a record that is opened with its fields filled in is no news", async () => {
  const page = await open();
  await page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", `<input id="iban" aria-label="IBAN" autocomplete="cc-number" value="DE89 3704 0044 0532 0130 00">`);
  });
  await challenge(page);
  await challenge(page);
  assert.deepEqual(await report(page), []);
  await page.evaluate(() => {
    /** @type {HTMLInputElement} */ (document.querySelector("#iban")).value = "";
    /** @type {HTMLInputElement} */ (document.querySelector("#iban")).value = "GB33";
  });
  await challenge(page);
  assert.deepEqual(await report(page), ["filled card_number"]);
  await page.context().close();
});

test("a script's event is as old as it is sent, however long ago it was made", async () => {
  const page = await open();
  await page.evaluate(async () => {
    const event = new Event("input", { bubbles: true });
    await new Promise((resolve) => setTimeout(resolve, 600));
    const number = /** @type {HTMLInputElement} */ (document.querySelector("#number"));
    number.value = "42";
    number.dispatchEvent(event);
  });
  const [filled] = (await messages(page)).filter(({ how }) => how === "filled");
  assert.ok(filled.event_age_ms < 500, `${filled.event_age_ms} ms`);
  await page.context().close();
});

test("a script cannot make a page pass for hidden", async () => {
  const page = await open();
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await challenge(page);
  assert.ok(!(await messages(page)).some(({ kind }) => kind === "sensor_sign_off"));
  await page.context().close();
});

test("what has the focus when the sensor begins counts from the page's start, for nobody has looked before", async () => {
  const page = await chromium.open(undefined, PAGE);
  await page.focus("#number");
  await page.waitForTimeout(700);
  await page.evaluate(() => /** @type {any} */ (globalThis).lab.start().then(() => undefined));
  const [begin] = (await messages(page)).filter(({ kind }) => kind === "field_begin");
  assert.ok(Date.now() - begin.posted_at_ms > 700, `${begin.posted_at_ms}`);
  await page.context().close();
});
