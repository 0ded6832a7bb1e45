// @ts-check
/** The adapter of the Twilio Voice SDK: calls found by their tracks, and announcements through the SDK's audio processors. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage } from "./support/stage.mjs";
import { twilioGateway } from "./support/twilio-gateway.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {any} What the functions below find in the page. */
const { bench, lab } = /** @type {any} */ (globalThis);

/** @type {import("./support/stage.mjs").Stage} */
let chromium;
/** @type {Page} where the far ends are */
let far;
before(async () => {
  chromium = await stage(["Twilio"]);
  far = await chromium.customer();
});
after(() => chromium?.close());

/** An agent's page with `devices` registered devices, which answer what comes in. */
async function agent(/** @type {any} */ options = {}) {
  /** @type {any} */
  let gateway = null;
  const page = await chromium.agent(async (page) => {
    gateway = await twilioGateway(page, far);
  });
  await page.evaluate(async (options) => {
    const { bench, Twilio } = /** @type {any} */ (globalThis);
    bench.devices = [];
    /** @type {RTCPeerConnection[]} */
    bench.peers = [];
    const own = RTCPeerConnection.prototype.addTrack;
    RTCPeerConnection.prototype.addTrack = function (/** @type {[MediaStreamTrack, ...MediaStream[]]} */ ...args) {
      bench.peers.push(this);
      return own.apply(this, args);
    };
    if (options.stuck) {
      AudioContext.prototype.resume = () => new Promise(() => {});
      Object.defineProperty(BaseAudioContext.prototype, "state", { get: () => "suspended" });
    }
    bench.lines = [];
    for (let index = 0; index < (options.devices ?? 1); index += 1) {
      const device = new Twilio.Device("token", { logLevel: "silent", edge: "ashburn", disableAudioContextSounds: true });
      bench.devices.push(device);
      // The SDK waits for its ringtone before it tells of a call.
      device.audio.incoming(false);
      device.on("incoming", (/** @type {any} */ call) => {
        bench.lines[index] = call;
        call.accept();
      });
      // The second device of a page uses the same Callseal.
      if (index === 0) {
        await bench.start("twilio", (/** @type {any} */ module, /** @type {any} */ callseal) => {
          bench.module = module;
          bench.used = callseal;
          return module.twilioVoice(callseal, device, { facts: () => ({ media: "phone" }), ...options.options });
        }, options);
        await bench.phone.ready;
      } else bench.second = bench.module.twilioVoice(bench.used, device);
      await device.register();
    }
    bench.dial = async (/** @type {string} */ To) => {
      bench.lines[0] = await bench.devices[0].connect({ params: { To } });
      bench.phone.watch(bench.lines[0]);
    };
  }, options);
  return { page, gateway };
}

const heard = (/** @type {Page} */ page, /** @type {string} */ event) => page.evaluate((event) => bench.heard(event), event);
const engineHeard = (/** @type {Page} */ page, /** @type {string} */ words) => page.evaluate((words) => bench.engineHeard(words), words);
const events = (/** @type {Page} */ page) => page.evaluate(() => bench.take());
/** @type {(page: Page) => Promise<string[]>} */
const told = (page) => page.evaluate(() => bench.told());

test("an incoming call is found once, with its CallSid and number; the caller hangs up", async () => {
  const { page, gateway } = await agent();
  await gateway.ring("CA1", "+12065550101");
  await engineHeard(page, "1 answered media");
  await heard(page, "+12065550101 answered");
  const [call] = await page.evaluate(() => [...bench.phone.calls].map(({ id, direction }) => ({ id, direction })));
  assert.deepEqual(call, { id: "CA1", direction: "incoming" });
  gateway.hangUp("CA1");
  await engineHeard(page, "1 hang_up");
  await heard(page, "+12065550101 ended customer");
  assert.deepEqual(await events(page), ["opened", "answered", "ended customer"].map((event) => `+12065550101 ${event}`));
  const words = await told(page);
  assert.deepEqual(words.slice(0, 2), ["1 call_open", "1 facts 1 +12065550101"]);
  assert.equal(words.length, 5);
  await page.context().close();
});

test("an outgoing call: mute is told, and that the agent hung up", async () => {
  const { page } = await agent();
  await page.evaluate(() => bench.dial("+493012345678"));
  await engineHeard(page, "1 answered media");
  await page.evaluate(() => {
    bench.lines[0].mute(true);
    bench.lines[0].mute(false);
  });
  assert.match(await page.evaluate(() => [...bench.phone.calls][0].id), /^CA/);
  await page.evaluate(() => bench.lines[0].disconnect());
  await engineHeard(page, "1 hang_up");
  assert.deepEqual(await events(page), ["opened", "answered", "muted", "unmuted", "ended agent"].map((event) => `+493012345678 ${event}`));
  assert.deepEqual((await told(page)).sort(), ["1 answered host", "1 answered media", "1 call_open", "1 facts 1 +493012345678", "1 hang_up"]);
  await page.context().close();
});

test("two calls at once, on two devices, are not mixed up", async () => {
  const { page, gateway } = await agent({ devices: 2 });
  await gateway.ring("CA11", "+12065550101", 0);
  await engineHeard(page, "1 answered media");
  await gateway.ring("CA12", "+493012345678", 1);
  await engineHeard(page, "2 answered media");
  gateway.hangUp("CA11", 0);
  await engineHeard(page, "1 hang_up");
  const words = await told(page);
  assert.deepEqual(words.filter((word) => /open|facts|hang/.test(word)), ["1 call_open", "1 facts 1 +12065550101", "2 call_open", "2 facts 1 +493012345678", "1 hang_up"]);
  await page.context().close();
});

for (const audioProcessors of [false, true]) {
  test(`the announcement is heard ${audioProcessors ? "through the audio processors, without a track being replaced" : "in the sender's track"}; a muted agent is not recorded`, async () => {
    const { page, gateway } = await agent({ options: { audioProcessors } });
    await gateway.ring("CA2", "+12065550101");
    await engineHeard(page, "1 answered media");
    const played = await page.evaluate(async () => {
      const [{ callId }] = [...bench.phone.calls];
      const [sender] = bench.peers[0].getSenders();
      const tone = await bench.toneFile(700, 1.5);
      await lab.engine("emit", { kind: "play_disclosure", call_id: callId, ...tone });
      await lab.until(async () => (await lab.messages("disclosure_started")).length === 1);
      const { registry } = await import(/** @type {string} */ ("/pkg/tap.mjs"));
      return { isReplaced: registry().swaps.replacement(sender) !== null, errors: lab.errors };
    });
    assert.deepEqual(played, { isReplaced: !audioProcessors, errors: [] });
    await far.evaluate(() => bench.farHears("CA2", 700));
    await page.evaluate(() => lab.until(async () => (await lab.messages("disclosure_ended")).length === 1));
    await far.evaluate(() => bench.farHears("CA2", 700, false));
    await page.evaluate(() => bench.capturedCustomer());
    await page.evaluate(() => bench.lines[0].mute(true));
    assert.equal(await page.evaluate(() => bench.capturedSilence()), true);
    gateway.hangUp("CA2");
    await engineHeard(page, "1 hang_up");
    const words = await told(page);
    assert.deepEqual(words.filter((word) => /open|facts|hang/.test(word)), ["1 call_open", "1 facts 1 +12065550101", "1 hang_up"]);
    assert.equal(words.indexOf("1 facts 1 +12065550101") < words.indexOf("1 answered media"), true);
    await far.evaluate(() => bench.farClose("CA2"));
    await page.context().close();
  });
}

test("where the page's audio does not run, the microphone goes out as it is", async () => {
  const { page, gateway } = await agent({ without: true, stuck: true, options: { audioProcessors: true } });
  await gateway.ring("CA4", "+12065550101");
  await heard(page, "+12065550101 answered");
  await far.evaluate(() => bench.farConnected("CA4"));
  assert.match(await page.evaluate(() => bench.lines[0].getLocalStream().getAudioTracks()[0].label), /^Fake/);
  await far.evaluate(() => bench.farClose("CA4"));
  await page.context().close();
});

for (const audioProcessors of [false, true]) {
  test(`without Callseal a call goes on${audioProcessors ? " through the audio processors" : ""}, and the host is told the same`, async () => {
    const { page, gateway } = await agent({ without: true, options: { audioProcessors } });
    await gateway.ring("CA3", "+12065550101");
    await heard(page, "+12065550101 answered");
    await far.evaluate(() => bench.farConnected("CA3"));
    gateway.hangUp("CA3");
    await heard(page, "+12065550101 ended customer");
    assert.deepEqual(await events(page), ["opened", "answered", "ended customer"].map((event) => `+12065550101 ${event}`));
    await far.evaluate(() => bench.farClose("CA3"));
    await page.context().close();
  });
}
