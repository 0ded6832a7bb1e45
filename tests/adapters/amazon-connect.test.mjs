// @ts-check
/** The adapter of Amazon Connect Streams: its contacts and softphone manager, with Amazon's own side played by the page. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { load, MODULES } from "./support/libraries.mjs";
import { stage } from "./support/stage.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {any} What the functions below find in the page. */
const { bench, connect } = /** @type {any} */ (globalThis);

/** @type {import("./support/stage.mjs").Stage} */
let chromium;
/** @type {Page} where the far ends are */
let far;
before(async () => {
  // Installs what is missing.
  load("ws");
  chromium = await stage([], { connect: readFileSync(join(MODULES, "amazon-connect-streams/release/connect-streams-min.js"), "utf8") });
  far = await chromium.customer();
});
after(() => chromium?.close());

async function agent(/** @type {any} */ options = {}) {
  const page = await chromium.agent((page) =>
    page.exposeFunction("farAnswer", (/** @type {string} */ key, /** @type {string} */ sdp) => far.evaluate(([key, sdp]) => bench.farAnswer(key, sdp), [key, sdp])),
  );
  await page.evaluate(async (options) => {
    const { bench, connect, farAnswer } = /** @type {any} */ (globalThis);
    bench.farSide = farAnswer;
    await import(/** @type {string} */ ("/adapters/connect-core.mjs"));
    bench.beginConnect();
    await bench.start("amazon-connect", (/** @type {any} */ { amazonConnectStreams }, /** @type {any} */ callseal) => amazonConnectStreams(callseal, connect, options.options), options);
  }, options);
  return page;
}

const heard = (/** @type {Page} */ page, /** @type {string} */ event) => page.evaluate((event) => bench.heard(event), event);
const engineHeard = (/** @type {Page} */ page, /** @type {string} */ words) => page.evaluate((words) => bench.engineHeard(words), words);
const events = (/** @type {Page} */ page) => page.evaluate(() => bench.take());
/** @type {(page: Page) => Promise<string[]>} */
const told = (page) => page.evaluate(() => bench.told());
const change = (/** @type {Page} */ page, /** @type {string} */ id, /** @type {any} */ what) => page.evaluate(([id, what]) => bench.changeContact(id, what), [id, what]);

test("a contact is a call with its number; hold, mute, a third party and the customer's hang-up are told", async () => {
  const page = await agent();
  await page.evaluate(() => bench.ringContact("contact-1", "+12065550101"));
  await engineHeard(page, "1 answered media");
  await change(page, "contact-1", { state: "connected", agent: "connected" });
  await heard(page, "+12065550101 answered");
  await change(page, "contact-1", { customer: "hold" });
  await change(page, "contact-1", { customer: "connected" });
  await page.evaluate(() => (bench.toggleMute(true), bench.toggleMute(false)));
  await change(page, "contact-1", { third: "+493012345678" });
  await change(page, "contact-1", { third: null });
  const [call] = await page.evaluate(() => [...bench.phone.calls].map(({ id, direction }) => ({ id, direction })));
  assert.deepEqual(call, { id: "contact-1", direction: "incoming" });
  await change(page, "contact-1", { customer: "disconnected" });
  await change(page, "contact-1", { agent: "disconnected", state: "ended" });
  await engineHeard(page, "1 hang_up");
  assert.deepEqual(await events(page), [
    "opened", "answered", "held agent", "resumed agent", "muted", "unmuted", "joined contact-1-third +493012345678", "left contact-1-third +493012345678", "ended customer",
  ].map((event) => `+12065550101 ${event}`));
  const words = await told(page);
  assert.deepEqual(words.filter((word) => word !== "1 answered media"), [
    "1 call_open", "1 facts 1 +12065550101", "1 answered host", "1 party_joined host-contact-1-third", "1 party_left host-contact-1-third", "1 hang_up",
  ]);
  await page.context().close();
});

test("two contacts at once are not mixed up; one dialled is outgoing, and the agent ends it", async () => {
  const page = await agent();
  await page.evaluate(() => bench.ringContact("contact-1", "+12065550101"));
  await engineHeard(page, "1 answered media");
  await page.evaluate(() => bench.ringContact("contact-2", "+493012345678", "outbound"));
  await engineHeard(page, "2 answered media");
  for (const id of ["contact-1", "contact-2"]) await change(page, id, { state: "connected", agent: "connected" });
  assert.deepEqual(await page.evaluate(() => [...bench.phone.calls].map(({ direction }) => direction)), ["incoming", "outgoing"]);
  await change(page, "contact-2", { agent: "disconnected" });
  await change(page, "contact-2", { customer: "disconnected", state: "ended" });
  await engineHeard(page, "2 hang_up");
  await heard(page, "+493012345678 ended agent");
  const words = await told(page);
  assert.deepEqual(words.filter((word) => /open|facts|hang/.test(word)), ["1 call_open", "1 facts 1 +12065550101", "2 call_open", "2 facts 1 +493012345678", "2 hang_up"]);
  await page.context().close();
});

test("without Callseal a contact goes on, and the host is told the same", async () => {
  const page = await agent({ without: true });
  await page.evaluate(() => bench.ringContact("contact-9", "+12065550101"));
  await far.evaluate(() => bench.farConnected("contact-9-agent"));
  await change(page, "contact-9", { state: "connected", agent: "connected" });
  await page.evaluate(() => bench.dropContact("contact-9"));
  assert.deepEqual(await events(page), ["opened", "answered", "ended network"].map((event) => `+12065550101 ${event}`));
  assert.equal(await page.evaluate(() => connect.core.getSoftphoneManager().getSession("contact-9-agent")), undefined);
  await page.context().close();
});
