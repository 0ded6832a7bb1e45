// @ts-check
/** The adapter of janus.js: calls of the SIP plugin, a mixed room, and a room whose publisher and subscriber are two connections. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { janusServer } from "./support/janus-server.mjs";
import { stage } from "./support/stage.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {any} What the functions below find in the page. */
const { bench, lab } = /** @type {any} */ (globalThis);

/** @type {import("./support/stage.mjs").Stage} */
let chromium;
/** @type {Awaited<ReturnType<typeof janusServer>>} */
let server;
/** @type {Page} where the far ends are */
let far;

/** Who is in the room. @type {{id: number, display: string}[]} */
let participants = [];

/**
 * What the plugins do, as far as the tests go.
 * @returns {Promise<import("./support/janus-server.mjs").Event[]>}
 */
async function plugins(/** @type {{plugin: string, handle: number, body: any, jsep?: {type: string, sdp: string}}} */ { plugin, handle, body, jsep }) {
  const { request, room, ptype, uri } = body;
  const answerOf = async () => (jsep?.type === "offer" ? { type: "answer", sdp: await far.evaluate(([key, sdp]) => bench.farAnswer(key, sdp), [`${handle}`, jsep.sdp]) } : undefined);
  if (plugin === "janus.plugin.sip") {
    const event = (/** @type {any} */ result, /** @type {any} */ sdp = undefined) => ({ data: { sip: "event", call_id: `call-${handle}`, result }, jsep: sdp });
    if (request === "call") return [event({ event: "calling" }), event({ event: "ringing" }), event({ event: "accepted", username: uri }, await answerOf())];
    if (request === "accept" && jsep) {
      await far.evaluate(([key, sdp]) => bench.farAccept(key, sdp), [`${handle}`, jsep.sdp]);
      return [event({ event: "accepted" })];
    }
    return [event({ event: { hold: "holding", unhold: "resuming", hangup: "hangup", transfer: "transferring" }[/** @type {"hold"} */ (request)] })];
  }
  if (plugin === "janus.plugin.audiobridge") {
    if (request === "join") return [{ data: { audiobridge: "joined", room, id: 1, participants } }];
    return [{ data: { audiobridge: "event", room, result: "ok" }, jsep: await answerOf() }];
  }
  if (request === "join" && ptype === "publisher") return [{ data: { videoroom: "joined", room, id: 1, publishers: [{ id: 7, display: "Anna Bach" }] } }];
  if (request === "join") return [{ data: { videoroom: "attached", room, streams: [] }, jsep: { type: "offer", sdp: await far.evaluate((key) => bench.farOffer(key, "sendonly"), `${handle}`) } }];
  if (request === "start" && jsep) await far.evaluate(([key, sdp]) => bench.farAccept(key, sdp), [`${handle}`, jsep.sdp]);
  return [{ data: { videoroom: "event", room, configured: "ok" }, jsep: await answerOf() }];
}

before(async () => {
  server = await janusServer(plugins);
  chromium = await stage(["Janus"]);
  far = await chromium.customer();
});
after(async () => {
  await chromium?.close();
  server.close();
});

/** An agent's page with a Janus session; `bench.attach(plugin)` returns a handle, whose calls are made as the host would. */
async function agent(/** @type {any} */ options = {}) {
  const page = await chromium.agent();
  await page.evaluate(
    async ({ url, options }) => {
      const { bench, Janus: { Janus, adapter }, lab } = /** @type {any} */ (globalThis);
      await bench.start("janus", (/** @type {any} */ { janus }, /** @type {any} */ callseal) => janus(callseal, { facts: () => ({ parties: [{ index: 1, crmAddress: "FR" }] }) }), options);
      await new Promise((callback) => Janus.init({ debug: [], dependencies: Janus.useDefaultDependencies({ adapter }), callback }));
      const janus = await new Promise((resolve, reject) => {
        const made = new Janus({ server: url, success: () => resolve(made), error: reject });
      });
      bench.messages = [];
      bench.attach = (/** @type {string} */ plugin) =>
        new Promise((resolve, reject) => {
          /** @type {any} */
          let handle = null;
          const tracks = () => [{ type: "audio", capture: lab.tone(400), recv: !plugin.endsWith("videoroom") }];
          const ask = (/** @type {any} */ message, /** @type {any} */ jsep) => handle.send({ message, jsep });
          janus.attach(bench.phone.watch({
            plugin,
            success: (/** @type {any} */ attached) => {
              handle = attached;
              bench.handle = handle;
              handle.ask = ask;
              handle.offer = (/** @type {any} */ message) =>
                handle.createOffer({ tracks: tracks(), success: (/** @type {any} */ jsep) => ask(message, jsep), error: reject });
              handle.reply = (/** @type {any} */ jsep, /** @type {any} */ message) =>
                // The answer is in force before it is sent.
                handle.createAnswer({ jsep, tracks: message.request === "start" ? [] : tracks(), success: (/** @type {any} */ made) => setTimeout(() => ask(message, made), 100), error: reject });
              resolve(handle);
            },
            error: reject,
            onmessage: (/** @type {any} */ message, /** @type {any} */ jsep) => {
              bench.messages.push(message);
              if (message.result?.event === "incomingcall") handle.reply(jsep, { request: "accept" });
              else if (message.videoroom === "attached") handle.reply(jsep, { request: "start" });
              else if (jsep?.type === "answer") handle.handleRemoteJsep({ jsep });
            },
          }));
        });
    },
    { url: server.url, options },
  );
  return page;
}

const heard = (/** @type {Page} */ page, /** @type {string} */ event) => page.evaluate((event) => bench.heard(event), event);
const engineHeard = (/** @type {Page} */ page, /** @type {string} */ words) => page.evaluate((words) => bench.engineHeard(words), words);
const events = (/** @type {Page} */ page) => page.evaluate(() => bench.take());
const attach = (/** @type {Page} */ page, /** @type {string} */ plugin) =>
  page.evaluate(async (plugin) => (await bench.attach(`janus.plugin.${plugin}`)).getId(), plugin);

test("SIP plugin: a call that comes in is found once, with number and place; the caller transfers and ends it", async () => {
  const page = await agent();
  const handle = await attach(page, "sip");
  const sdp = await far.evaluate((key) => bench.farOffer(key), `${handle}`);
  server.tell(handle, {
    data: { sip: "event", call_id: "abc@sip.test", result: { event: "incomingcall", username: "sip:+33140205050@sip.test", displayname: '"Anna Bach"' } },
    jsep: { type: "offer", sdp },
  });
  await engineHeard(page, "1 answered media");
  await heard(page, "+33140205050 answered");
  server.tell(handle, { data: { sip: "event", result: { event: "transfer", refer_to: "sip:200@sip.test" } } });
  await heard(page, "+33140205050 transferred customer 200");
  const [call] = await page.evaluate(() => [...bench.phone.calls].map(({ id, direction, party }) => ({ id, direction, party })));
  assert.deepEqual(call, { id: "abc@sip.test", direction: "incoming", party: { user: "+33140205050", name: "Anna Bach" } });
  server.tell(handle, { data: { sip: "event", result: { event: "hangup", code: 200, reason: "Session Terminated" } } });
  await engineHeard(page, "1 hang_up");
  assert.deepEqual(await events(page), ["opened", "answered", "transferred customer 200", "ended customer"].map((event) => `+33140205050 ${event}`));
  const told = await page.evaluate(() => bench.told());
  assert.equal(told.length, 5);
  assert.deepEqual([...told.slice(0, 2), told[4]], ["1 call_open", "1 facts 1 +33140205050 Anna Bach FR", "1 hang_up"]);
  await page.context().close();
});

test("SIP plugin: two calls at once; what the agent does to one is told of that one", async () => {
  const page = await agent();
  for (const number of ["+33140205050", "+4930123456"]) {
    await attach(page, "sip");
    await page.evaluate((number) => {
      bench[number] = bench.handle;
      return bench.handle.offer({ request: "call", uri: `sip:${number}@sip.test` });
    }, number);
    await heard(page, `${number} answered`);
  }
  await engineHeard(page, "2 answered media");
  await page.evaluate(() => {
    bench["+4930123456"].ask({ request: "hold" });
    bench["+33140205050"].muteAudio();
    bench["+33140205050"].unmuteAudio();
  });
  await heard(page, "+4930123456 held agent");
  await page.evaluate(() => bench["+4930123456"].ask({ request: "unhold" }));
  await heard(page, "+4930123456 resumed agent");
  await page.evaluate(() => bench["+33140205050"].ask({ request: "hangup" }));
  await engineHeard(page, "1 hang_up");
  const told = await events(page);
  assert.deepEqual(told.filter((/** @type {string} */ event) => event.startsWith("+33")), ["opened", "answered", "muted", "unmuted", "ended agent"].map((event) => `+33140205050 ${event}`));
  assert.deepEqual(told.filter((/** @type {string} */ event) => event.startsWith("+49")), ["opened", "answered", "held agent", "resumed agent"].map((event) => `+4930123456 ${event}`));
  assert.equal((await page.evaluate(() => bench.told())).includes("2 hang_up"), false);
  await page.context().close();
});

test("AudioBridge: the first one there is the customer; who is mixed in afterwards joins and leaves", async () => {
  participants = [{ id: 5, display: "Anna Bach" }];
  const page = await agent();
  const handle = await attach(page, "audiobridge");
  await page.evaluate(() => bench.handle.ask({ request: "join", room: 1234 }));
  await heard(page, "opened");
  await page.evaluate(() => bench.handle.offer({ request: "configure", muted: false }));
  await engineHeard(page, "1 answered media");
  server.core(handle, "webrtcup");
  await heard(page, "answered");
  server.tell(handle, { data: { audiobridge: "event", room: 1234, participants: [{ id: 6, display: "Bert" }] } });
  await engineHeard(page, "1 party_joined host-participant-6");
  server.tell(handle, { data: { audiobridge: "event", room: 1234, leaving: 6 } });
  await engineHeard(page, "1 party_left host-participant-6");
  await page.evaluate(() => bench.handle.ask({ request: "configure", muted: true }));
  await page.evaluate(() => bench.handle.ask({ request: "leave" }));
  await engineHeard(page, "1 hang_up");
  assert.deepEqual(await events(page), ["opened", "answered", "joined participant-6 Bert", "left participant-6 Bert", "muted", "ended agent"]);
  assert.equal((await page.evaluate(() => bench.told()))[1], "1 facts 1 Anna Bach FR");
  await page.context().close();
});

test("VideoRoom: publisher and subscriber are one call; who has a track of their own joins once", async () => {
  const page = await agent();
  await attach(page, "videoroom");
  await page.evaluate(() => bench.handle.ask({ request: "join", room: 99, ptype: "publisher" }));
  await heard(page, "opened");
  await page.evaluate(() => {
    bench.publisher = bench.handle;
    return bench.publisher.offer({ request: "publish", audio: true });
  });
  await page.evaluate(() => lab.until(() => bench.publisher.webrtcStuff.pc?.connectionState === "connected"));
  const subscriber = await attach(page, "videoroom");
  await page.evaluate(() => bench.handle.ask({ request: "join", room: 99, ptype: "subscriber", feed: 7 }));
  await engineHeard(page, "1 answered media");
  server.core(subscriber, "webrtcup");
  await heard(page, "answered");
  await attach(page, "videoroom");
  await page.evaluate(() => bench.handle.ask({ request: "join", room: 99, ptype: "subscriber", feed: 8 }));
  await engineHeard(page, "1 party_joined track-1");
  await page.evaluate(() => bench.publisher.hangup());
  await engineHeard(page, "1 hang_up");
  assert.deepEqual(await events(page), ["opened", "answered", "ended agent"]);
  const told = await page.evaluate(() => bench.told());
  assert.deepEqual(told.filter((/** @type {string} */ word) => /open|joined/.test(word)), ["1 call_open", "1 party_joined track-1"]);
  await page.context().close();
});

test("without Callseal a call goes on, and the host is told the same", async () => {
  const page = await agent({ without: true });
  await attach(page, "sip");
  await page.evaluate(() => bench.handle.offer({ request: "call", uri: "sip:+33140205050@sip.test" }));
  await heard(page, "+33140205050 answered");
  await page.evaluate(() => lab.until(() => bench.handle.webrtcStuff.pc.connectionState === "connected"));
  await page.evaluate(() => bench.handle.ask({ request: "hangup" }));
  await heard(page, "+33140205050 ended agent");
  assert.deepEqual(await events(page), ["opened", "answered", "ended agent"].map((event) => `+33140205050 ${event}`));
  await page.context().close();
});
