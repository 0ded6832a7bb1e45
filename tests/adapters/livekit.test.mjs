// @ts-check
/** The adapter of LiveKit: rooms whose publisher and subscriber are two connections, and one connection. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { livekitServer } from "./support/livekit-server.mjs";
import { stage } from "./support/stage.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {any} What the functions below find in the page. */
const { bench } = /** @type {any} */ (globalThis);

/** @type {import("./support/stage.mjs").Stage} */
let chromium;
/** @type {Page} where the far ends are */
let far;
/** @type {Awaited<ReturnType<typeof livekitServer>>} */
let server;
before(async () => {
  chromium = await stage(["LiveKit"]);
  far = await chromium.customer();
  server = await livekitServer(far);
});
after(async () => {
  await chromium?.close();
  server?.close();
});

/** An agent's page; `bench.enter()` makes a room and speaks there. */
async function agent(/** @type {any} */ options = {}) {
  const page = await chromium.agent();
  await page.evaluate(async ({ url, options }) => {
    const { bench, lab, LiveKit } = /** @type {any} */ (globalThis);
    LiveKit.setLogLevel("silent");
    bench.rooms = [];
    /** @type {any} */
    let used = null;
    bench.enter = async () => {
      const room = new LiveKit.Room({ singlePeerConnection: options.hasOne === true, disconnectOnPageLeave: false });
      bench.rooms.push(room);
      if (bench.phone === undefined) await bench.start("livekit", (/** @type {any} */ module, /** @type {any} */ callseal) => (used = { module, callseal }).module.livekit(callseal, room, options.options), options);
      else bench.second = used.module.livekit(used.callseal, room);
      await room.connect(url, "token", { maxRetries: 0 });
      await room.localParticipant.publishTrack(lab.tone(400), { name: "microphone", source: "microphone" });
    };
  }, { url: server.url, options });
  return page;
}

const heard = (/** @type {Page} */ page, /** @type {string} */ event) => page.evaluate((event) => bench.heard(event), event);
const engineHeard = (/** @type {Page} */ page, /** @type {string} */ words) => page.evaluate((words) => bench.engineHeard(words), words);
const events = (/** @type {Page} */ page) => page.evaluate(() => bench.take());
/** @type {(page: Page) => Promise<string[]>} */
const told = (page) => page.evaluate(() => bench.told());

test("publisher and subscriber are one call, with the telephone's number; a further participant joins once", async () => {
  server.present.splice(0, Infinity, "+12065550101");
  const room = server.clients.length;
  const page = await agent();
  await page.evaluate(() => bench.enter());
  await engineHeard(page, "1 answered media");
  await heard(page, "+12065550101 answered");
  await page.evaluate(async () => {
    await bench.rooms[0].localParticipant.setMicrophoneEnabled(false);
    await bench.rooms[0].localParticipant.setMicrophoneEnabled(true);
  });
  await server.come(room, "colleague", ["+12065550101", "colleague"]);
  await engineHeard(page, "1 party_joined track-1");
  server.leave(room, "colleague");
  await heard(page, "+12065550101 left colleague colleague");
  server.leave(room, "+12065550101");
  await engineHeard(page, "1 hang_up");
  assert.deepEqual(await events(page), ["opened", "answered", "muted", "unmuted", "joined colleague colleague", "left colleague colleague", "ended customer"].map((event) => `+12065550101 ${event}`));
  const words = await told(page);
  assert.deepEqual(words.filter((word) => /open|facts|joined|hang/.test(word)), ["1 call_open", "1 facts 1 +12065550101 Name of +12065550101", "1 party_joined track-1", "1 hang_up"]);
  await page.context().close();
});

test("two rooms at once are two calls, and leaving one ends that one", async () => {
  const page = await agent();
  server.present.splice(0, Infinity, "+12065550101");
  await page.evaluate(() => bench.enter());
  await engineHeard(page, "1 answered media");
  server.present.splice(0, Infinity, "+493012345678");
  await page.evaluate(() => bench.enter());
  await engineHeard(page, "2 answered media");
  await page.evaluate(() => bench.rooms[0].disconnect());
  await engineHeard(page, "1 hang_up");
  await heard(page, "+12065550101 ended agent");
  const words = await told(page);
  assert.deepEqual(words.filter((word) => /open|facts|joined|hang/.test(word)), [
    "1 call_open", "1 facts 1 +12065550101 Name of +12065550101", "2 call_open", "2 facts 1 +493012345678 Name of +493012345678", "1 hang_up",
  ]);
  await page.context().close();
});

test("who speaks first in an empty room gets one call when somebody comes", async () => {
  server.present.splice(0);
  const room = server.clients.length;
  const page = await agent();
  await page.evaluate(() => bench.enter());
  await server.come(room, "customer", ["customer"]);
  await engineHeard(page, "1 answered media");
  const words = await told(page);
  assert.deepEqual(words.filter((word) => /open|facts|joined|hang/.test(word)), ["1 call_open", "1 facts 1 Name of customer"]);
  await page.context().close();
});

test("a room of one connection is one call", async () => {
  server.present.splice(0, Infinity, "+12065550101");
  const page = await agent({ hasOne: true });
  await page.evaluate(() => bench.enter());
  await engineHeard(page, "1 answered media");
  await heard(page, "+12065550101 answered");
  server.leave(server.clients.length - 1, "+12065550101");
  await engineHeard(page, "1 hang_up");
  const words = await told(page);
  assert.deepEqual(words.filter((word) => /open|facts|joined|hang/.test(word)), ["1 call_open", "1 facts 1 +12065550101 Name of +12065550101", "1 hang_up"]);
  await page.context().close();
});

test("without Callseal a room goes on, and the host is told the same", async () => {
  server.present.splice(0, Infinity, "+12065550101");
  const page = await agent({ without: true });
  await page.evaluate(() => bench.enter());
  await heard(page, "+12065550101 answered");
  await page.evaluate(() => bench.rooms[0].disconnect());
  await heard(page, "+12065550101 ended agent");
  assert.deepEqual(await events(page), ["opened", "answered", "ended agent"].map((event) => `+12065550101 ${event}`));
  await page.context().close();
});
