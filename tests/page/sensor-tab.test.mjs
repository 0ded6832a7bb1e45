// @ts-check
/** A CRM in one tab, the softphone in another: what is in use there reaches the engine here, and its challenges go back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BROWSER, stage } from "./support/browser.mjs";
import { told } from "./support/told.mjs";
import { feignVisibility } from "./support/visibility.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

const CRM = `<input id="name" autocomplete="name"><input id="number" autocomplete="cc-number"><textarea id="notes"></textarea>`;

/** A tab with the sensor alone. @param {Page} desk */
async function openTab(desk) {
  const page = await chromium.open(["/pages/lab.mjs"], CRM, desk.context());
  await page.evaluate(async () => {
    const path = "/pkg/sensor-tab.mjs";
    const { startSensor } = await import(path);
    Object.assign(globalThis, { stopSensor: startSensor() });
  });
  return page;
}

/** @param {any} [detection] */
async function openDesk(detection = {}) {
  const page = await chromium.open();
  await page.evaluate((options) => /** @type {any} */ (globalThis).lab.start(options).then(() => undefined), { detection });
  return page;
}

/** What the engine heard of other tabs. @param {Page} desk @returns {Promise<any[]>} */
const heard = (desk) =>
  desk.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.wait(150);
    return (await lab.messages()).filter((/** @type {any} */ { context_id: id }) => id?.startsWith("tab-"));
  });

/** @param {Page} desk @param {string} contextId @param {string} nonce */
const challenge = (desk, contextId, nonce) =>
  desk.evaluate(({ context_id, nonce }) => /** @type {any} */ (globalThis).lab.engine("emit", { kind: "challenge", context_id, nonce }), {
    context_id: contextId,
    nonce,
  });

test("a field and a text in another tab reach the engine under a name of their own, and the tab answers its challenges", async () => {
  const desk = await openDesk();
  const tab = await openTab(desk);
  await tab.bringToFront();
  await tab.click("#number");
  await tab.click("#notes");
  await tab.keyboard.type("4242");
  const messages = await heard(desk);
  assert.equal(messages[0].kind, "sensor_join");
  assert.deepEqual(told(messages), ["card_number", "end"]);
  assert.ok(messages.some(({ kind, text }) => kind === "text_seen" && text === "4242"));
  const [{ context_id: id }] = messages;
  assert.ok(messages.every(({ context_id: other }) => other === id));
  await challenge(desk, id, "one");
  assert.deepEqual((await heard(desk)).filter(({ kind }) => kind === "sensor_answer").map(({ nonce }) => nonce), ["one"]);
  await desk.context().close();
});

test("a tab that was there before the softphone joins when that begins, and says what is in use", async () => {
  const desk = await chromium.open();
  const tab = await openTab(desk);
  await tab.bringToFront();
  await tab.click("#number");
  await desk.evaluate(() => /** @type {any} */ (globalThis).lab.start().then(() => undefined));
  const messages = await heard(desk);
  assert.equal(messages[0].kind, "sensor_join");
  assert.deepEqual(told(messages), ["card_number"]);
  await desk.context().close();
});

test("what the configuration asks of sensors reaches other tabs", async () => {
  const desk = await openDesk({ urls: ["/pay"], selectors: [{ selector: "#name", class: "health" }], detectValues: false });
  const tab = await openTab(desk);
  await tab.bringToFront();
  await heard(desk);
  await tab.click("#name");
  await tab.keyboard.type("x");
  await tab.evaluate(() => history.pushState({}, "", "/pay?card=1"));
  const messages = await heard(desk);
  const begins = messages.filter(({ kind, how }) => kind === "field_begin" && how === "focus");
  assert.equal(JSON.parse(begins.at(-1).descriptor).selectorClass, "health");
  assert.equal(new URL(messages.findLast(({ kind }) => kind === "page_location").url).pathname, "/pay");
  assert.deepEqual(messages.filter(({ kind }) => kind === "text_seen"), []);
  await desk.context().close();
});

test("a tab that is closed ends what was in use in it and leaves", async () => {
  const desk = await openDesk();
  const tab = await openTab(desk);
  await tab.bringToFront();
  await tab.click("#number");
  await tab.close({ runBeforeUnload: true });
  await desk.waitForTimeout(200);
  const messages = await heard(desk);
  const kinds = messages.map(({ kind }) => kind);
  assert.ok(kinds.includes("sensor_leave"), `${kinds}`);
  // The lock may be free before the tab's own words are there: the last of them counts.
  assert.ok(kinds.includes("field_end") && kinds.lastIndexOf("field_end") < kinds.lastIndexOf("sensor_leave"), `${kinds}`);
  await desk.context().close();
});

/** In Firefox all tabs of a site are one process, so that the softphone's own crashes with it. */
const ONE_PROCESS = BROWSER === "firefox" && "Firefox has one process for all tabs of a site";

test("a tab that crashed is gone", { skip: ONE_PROCESS }, async () => {
  const desk = await openDesk();
  const tab = await openTab(desk);
  await heard(desk);
  const session = await tab.context().newCDPSession(tab);
  session.send("Page.crash").catch(() => undefined);
  await desk.evaluate(() => {
    const { lab } = /** @type {any} */ (globalThis);
    return lab.until(async () => (await lab.messages("sensor_gone")).length > 0);
  });
  await desk.context().close();
});

test("a script cannot make a tab leave by an event of its own", async () => {
  const desk = await openDesk();
  const tab = await openTab(desk);
  await tab.bringToFront();
  await tab.click("#number");
  await tab.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide")));
  const messages = await heard(desk);
  assert.deepEqual(told(messages), ["card_number"]);
  assert.ok(!messages.some(({ kind }) => kind === "sensor_leave"));
  await desk.context().close();
});

test("a hidden tab signs off and answers nothing", async () => {
  const desk = await openDesk();
  await feignVisibility(desk.context());
  const tab = await openTab(desk);
  await tab.evaluate(() => /** @type {any} */ (globalThis).feign("hidden"));
  const messages = await heard(desk);
  const [{ context_id: id }] = messages;
  assert.ok(messages.some(({ kind }) => kind === "sensor_sign_off"));
  await challenge(desk, id, "hidden");
  assert.ok(!(await heard(desk)).some(({ kind }) => kind === "sensor_answer"));
  await desk.context().close();
});

test("nothing from the channel speaks for the softphone's own page, and what is not a sensor's message is dropped", async () => {
  const desk = await openDesk();
  const own = await desk.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const [{ context_id: id }] = await lab.messages("sensor_join");
    return id;
  });
  const tab = await chromium.open(["/pages/lab.mjs"], CRM, desk.context());
  await tab.evaluate(async (own) => {
    const channel = new BroadcastChannel("callseal");
    const say = (/** @type {any} */ message, more = {}) => channel.postMessage({ callseal: 1, to: "desk", desk: null, message, ...more });
    say({ kind: "field_end", context_id: own, event_age_ms: 0 });
    say({ kind: "sensor_answer", context_id: own, nonce: "guess" });
    say({ kind: "hang_up", call_id: "x", event_age_ms: 0 });
    say({ kind: "consent", context_id: "a", call_id: "x", answer: "yes" });
    say({ kind: "sensor_join", context_id: "callseal:keys" });
    say({ kind: "sensor_gone", context_id: "a" });
    say({ kind: "text_seen", context_id: "a", field: 1, text: "x".repeat(5000), event_age_ms: 0 });
    say({ kind: "sensor_join", context_id: "wrong-version" }, { callseal: 2 });
    say({ kind: "sensor_answer", context_id: "a", nonce: "for another" }, { desk: "another" });
    channel.postMessage("hello");
    channel.postMessage(null);
    say({ kind: "field_begin", context_id: "a", field: 1, how: "focus", frame_host: null, descriptor: 7, event_age_ms: 0, extra: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }, own);
  const messages = await heard(desk);
  assert.deepEqual(messages, [
    { kind: "field_end", context_id: `tab-${own}`, event_age_ms: 0 },
    { kind: "sensor_answer", context_id: `tab-${own}`, nonce: "guess" },
    // A descriptor that cannot be read is the engine's to judge: it counts as sensitive.
    { kind: "field_begin", context_id: "tab-a", field: 1, how: "focus", frame_host: null, descriptor: "", event_age_ms: 0, posted_at_ms: 0 },
  ]);
  await desk.context().close();
});

test("two softphones ask one tab, and each gets the answer to its own challenge", async () => {
  const desk = await openDesk();
  const tab = await openTab(desk);
  await tab.bringToFront();
  const answered = await tab.evaluate(async () => {
    const channel = new BroadcastChannel("callseal");
    /** @type {any[]} */
    const answers = [];
    let id = "";
    channel.onmessage = ({ data }) => {
      if (data.to === "desk" && data.message.kind === "sensor_join") id = data.message.context_id;
      if (data.to === "desk" && data.message.kind === "sensor_answer") answers.push(`${data.desk} ${data.message.nonce}`);
    };
    channel.postMessage({ callseal: 1, to: "sensors", desk: "first", kind: "hello", settings: {} });
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const desk of ["first", "second"]) {
      channel.postMessage({ callseal: 1, to: "sensors", desk, kind: "challenge", context_id: id, nonce: `n-${desk}` });
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    return answers;
  });
  assert.deepEqual(answered.sort(), ["first n-first", "second n-second"]);
  await desk.context().close();
});

/** Listens to the channel like any page of the origin. @param {Page} desk */
async function listener(desk) {
  const page = await chromium.open(["/pages/lab.mjs"], "", desk.context());
  await page.evaluate(() => {
    const heard = /** @type {any[]} */ ([]);
    Object.assign(globalThis, { overheard: heard });
    new BroadcastChannel("callseal").onmessage = ({ data }) => heard.push(data);
  });
  return page;
}

test("before a page with calls has asked for it, nothing that is typed leaves a tab", async () => {
  const desk = await chromium.open();
  const spy = await listener(desk);
  const tab = await openTab(desk);
  await tab.bringToFront();
  await tab.click("#notes");
  await tab.keyboard.type("4242 4242 4242 4242");
  await tab.waitForTimeout(200);
  const kinds = await spy.evaluate(() => /** @type {any} */ (globalThis).overheard.map((/** @type {any} */ { message }) => message?.kind));
  assert.ok(kinds.includes("field_begin") && !kinds.includes("text_seen"), `${kinds}`);
  await desk.context().close();
});

test("a page with calls that asks for less takes nothing away from another one", async () => {
  const desk = await openDesk({ urls: ["/pay"], selectors: [{ selector: "#name", class: "health" }] });
  const tab = await openTab(desk);
  await tab.bringToFront();
  await heard(desk);
  await tab.evaluate(async () => {
    const settings = { selectors: [], watchLocation: false, detectValues: false };
    new BroadcastChannel("callseal").postMessage({ callseal: 1, to: "sensors", desk: "another", kind: "hello", settings });
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  await tab.click("#name");
  await tab.keyboard.type("x");
  await tab.evaluate(() => history.pushState({}, "", "/pay"));
  const messages = await heard(desk);
  const described = messages.filter(({ kind }) => kind === "field_begin").map(({ descriptor }) => JSON.parse(descriptor).selectorClass);
  assert.ok(described.includes("health"), `${described}`);
  assert.ok(messages.some(({ kind }) => kind === "text_seen") && messages.some(({ url }) => url?.endsWith("/pay")));
  await desk.context().close();
});

test("a tab whose lock a script steals says again that it is there, and what is in use", async () => {
  const desk = await openDesk();
  const tab = await openTab(desk);
  await tab.bringToFront();
  await tab.click("#number");
  await heard(desk);
  await tab.evaluate(async () => {
    const { held = [] } = await navigator.locks.query();
    const name = held.find((lock) => lock.name?.startsWith("callseal-sensor-"))?.name ?? "";
    await navigator.locks.request(name, { steal: true }, () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  const kinds = (await heard(desk)).map(({ kind }) => kind);
  assert.ok(kinds.lastIndexOf("sensor_join") > 0 && kinds.lastIndexOf("field_begin") > kinds.lastIndexOf("sensor_join"), `${kinds}`);
  await desk.context().close();
});

test("an address that is too long is cut, not dropped, and a time that is none is no time", async () => {
  const desk = await openDesk({ urls: ["/pay/**"] });
  const tab = await openTab(desk);
  await heard(desk);
  await tab.evaluate(async () => {
    history.pushState({}, "", `/pay/card#${"x".repeat(5000)}`);
    const message = { kind: "field_begin", context_id: "a", field: 1, how: "focus", frame_host: null, descriptor: "{}", event_age_ms: NaN };
    new BroadcastChannel("callseal").postMessage({ callseal: 1, to: "desk", desk: null, message });
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  const messages = await heard(desk);
  assert.ok(messages.some(({ url }) => url?.includes("/pay/card") && url.length === 2048));
  assert.ok(messages.some(({ kind, event_age_ms: age }) => kind === "field_begin" && age === 0));
  await desk.context().close();
});
