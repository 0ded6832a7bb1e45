// @ts-check
/** What is captured: every sample once, in order, agent left and customer right, whatever the page does. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BROWSER, stage } from "./support/browser.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

test("blocks follow each other without a hole and carry every sample exactly", async () => {
  const page = await chromium.open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const { AudioGraph, Capture } = await import(/** @type {string} */ ("/pkg/graph.mjs"));
    const context = await new AudioGraph("/pkg/worklet.mjs", () => {}).open();
    const { port1, port2 } = new MessageChannel();
    /** @type {any[]} */
    const blocks = [];
    port2.onmessage = ({ data }) => blocks.push(data);
    const capture = new Capture(context, port1, { alarm() {}, rightSilentFor() {} });
    // A signal whose every sample is known: whole numbers, exact in 32-bit floats.
    const length = 48000;
    const buffer = new AudioBuffer({ length, sampleRate: 48000 });
    const samples = buffer.getChannelData(0);
    for (let index = 0; index < length; index += 1) samples[index] = index + 1;
    const source = new AudioBufferSourceNode(context, { buffer });
    capture.setSent([source]);
    const startFrame = Math.ceil(((context.currentTime + 0.2) * 48000) / 128) * 128;
    source.start(startFrame / 48000);
    await lab.until(() => blocks.length > 75);
    await capture.stop();
    const count = blocks.length;
    await lab.wait(200);
    let holes = 0;
    let wrong = 0;
    let seen = 0;
    blocks.forEach((block, at) => {
      if (at > 0 && block.frame !== blocks[at - 1].frame + 960) holes += 1;
      if (block.left.length !== 960 || block.right.length !== 960) wrong += 1;
      for (let index = 0; index < 960; index += 1) {
        const position = block.frame + index - startFrame;
        const expected = position >= 0 && position < length ? position + 1 : 0;
        if (block.left[index] !== expected || block.right[index] !== 0) wrong += 1;
        if (expected !== 0) seen += 1;
      }
    });
    return { holes, wrong, seen, length, afterStop: blocks.length - count, wall: Math.abs(blocks.at(-1).wall_ms - Date.now()) < 5000 };
  });
  assert.deepEqual(result, { holes: 0, wrong: 0, seen: result.length, length: 48000, afterStop: 0, wall: true });
  await page.context().close();
});

test("a hole in the frames drops the begun block and starts anew at the hole", async () => {
  const page = await chromium.open();
  const result = await page.evaluate(async () => {
    // The processor itself, in a scope where the test sets the clock.
    /** @type {any} */
    let Processor;
    Object.assign(globalThis, {
      AudioWorkletProcessor: class {
        port = { postMessage() {}, onmessage: null };
      },
      registerProcessor: (/** @type {string} */ _, /** @type {any} */ given) => (Processor = given),
      currentFrame: 0,
    });
    await import(/** @type {string} */ ("/pkg/worklet.mjs"));
    const scope = /** @type {any} */ (globalThis);
    /** @type {any[]} */
    const blocks = [];
    const processor = new Processor();
    processor.command({ kind: "port", port: { postMessage: (/** @type {any} */ block) => blocks.push(block) } });
    const run = (/** @type {number} */ quanta) => {
      for (let count = 0; count < quanta; count += 1) {
        const samples = Float32Array.from({ length: 128 }, (_, index) => scope.currentFrame + index);
        processor.process([[samples, samples]]);
        scope.currentFrame += 128;
      }
    };
    run(10); // one whole block, and 320 samples of the next
    scope.currentFrame += 128 * 7;
    run(15); // 1920 samples: two whole blocks from the hole on
    processor.command({ kind: "stop" });
    return { frames: blocks.map(({ frame }) => frame), firsts: blocks.map(({ left }) => left[0]), alive: processor.process([[]]) };
  });
  assert.deepEqual(result, { frames: [0, 2176, 3136], firsts: [0, 2176, 3136], alive: false });
  await page.context().close();
});

/** Levels of two tones on both captured channels, in the last second. */
const LEVELS = `(async (callId, tones) => {
  const blocks = (await lab.engine("blocks", callId)).slice(-50);
  const level = (channel, hertz) => {
    let re = 0, im = 0, count = 0;
    for (const block of blocks) block[channel].forEach((sample, index) => {
      const angle = 2 * Math.PI * hertz * (block.frame + index) / 48000;
      re += sample * Math.cos(angle); im += sample * Math.sin(angle); count += 1;
    });
    return 2 * Math.hypot(re, im) / count;
  };
  return tones.map((hertz) => ["left", "right"].map((channel) => level(channel, hertz) > 0.03));
})`;

/** @param {import("playwright-core").Page} page */
async function addLevels(page) {
  await page.evaluate(`lab.levels = ${LEVELS}`);
}

test("the sent track is left and the received one right, through replaceTrack, mute and a new microphone", async () => {
  const page = await chromium.open();
  await addLevels(page);
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    const { sender, microphone, near } = await lab.call({ agent: 500, customer: 1500 });
    const [{ call_id }] = await lab.until(async () => (await lab.messages("audio_port")).length && lab.messages("call_open"));
    /** @type {Record<string, any>} */
    const seen = {};
    const look = async (/** @type {string} */ title) => {
      await lab.wait(1600);
      seen[title] = await lab.levels(call_id, [500, 1500, 700]);
    };
    await look("at first");
    microphone.enabled = false;
    await look("muted");
    microphone.enabled = true;
    await sender.replaceTrack(lab.tone(700));
    await look("another microphone");
    near.getTransceivers()[0].sender.replaceTrack(null);
    await look("none");
    return { seen, errors: lab.errors, alarms: await lab.messages("media_alarm") };
  });
  assert.deepEqual(result.seen, {
    "at first": [[true, false], [false, true], [false, false]],
    muted: [[false, false], [false, true], [false, false]],
    "another microphone": [[false, false], [false, true], [true, false]],
    none: [[false, false], [false, true], [false, false]],
  });
  assert.deepEqual(result.alarms, []);
  await page.context().close();
});

test("a late track, a hold and its end stay in the same call", async () => {
  const page = await chromium.open();
  await addLevels(page);
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    // Data first, audio later: the call begins when the audio does.
    const near = new RTCPeerConnection();
    near.createDataChannel("data");
    const far = await lab.connect(near, { send: lab.tone(1500) });
    await lab.wait(200);
    const before = (await lab.messages("call_open")).length;
    const microphone = lab.tone(500);
    const sender = near.addTrack(microphone, new MediaStream([microphone]));
    await far.negotiate();
    const [{ call_id }] = await lab.until(async () => {
      const found = await lab.messages("call_answered");
      return found.length > 0 && found;
    });
    /** @type {Record<string, any>} */
    const seen = {};
    const look = async (/** @type {string} */ title) => {
      await lab.wait(1600);
      seen[title] = await lab.levels(call_id, [500, 1500]);
    };
    await look("late track");
    const transceiver = near.getTransceivers().find((one) => one.sender === sender);
    if (!transceiver) throw new Error("no transceiver");
    transceiver.direction = "inactive";
    await far.negotiate();
    await look("hold");
    transceiver.direction = "sendrecv";
    far.peer.getTransceivers().find((/** @type {any} */ one) => one.sender === far.sender).direction = "sendrecv";
    await far.negotiate();
    await look("resumed");
    return {
      before,
      seen,
      opened: (await lab.messages("call_open")).length,
      answered: (await lab.messages("call_answered")).length,
      ended: (await lab.messages("hang_up")).length,
    };
  });
  assert.deepEqual(result, {
    before: 0,
    seen: { "late track": [[true, false], [false, true]], hold: [[false, false], [false, false]], resumed: [[true, false], [false, true]] },
    opened: 1,
    answered: 1,
    ended: 0,
  });
  await page.context().close();
});

test("the audio context uses no output device where the browser knows how, and runs at 48 kHz; a suspended one is reported and woken", async () => {
  const page = await chromium.open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    /** @type {AudioContext[]} */
    const contexts = [];
    const Native = AudioContext;
    Object.assign(globalThis, {
      AudioContext: class extends Native {
        constructor(/** @type {AudioContextOptions} */ options) {
          super(options);
          contexts.push(this);
        }
      },
    });
    lab.context();
    contexts.length = 0;
    await lab.start();
    await lab.call();
    const [context] = await lab.until(() => contexts.length > 0 && contexts);
    await lab.until(async () => (await lab.messages("audio_port")).length > 0);
    const sink = /** @type {any} */ (context).sinkId;
    await context.suspend();
    await lab.until(() => context.state === "running");
    return {
      count: contexts.length,
      rate: context.sampleRate,
      sink: sink?.type,
      alarms: (await lab.messages("media_alarm")).map((/** @type {any} */ { code }) => code),
    };
  });
  const sink = BROWSER === "firefox" ? undefined : "none"; // docs/browsers.md
  assert.deepEqual(result, { count: 1, rate: 48000, sink, alarms: ["media/context-suspended"] });
  await page.context().close();
});

/** Firefox renders it all the same (docs/browsers.md), so there is nothing to raise an alarm about. */
const NO_TRAP = BROWSER === "firefox" && "Firefox has no such trap";

test("a received track that the browser renders as silence raises an alarm", { skip: NO_TRAP }, async () => {
  const page = await chromium.open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    // Chromium's trap, by hand: no element ever has the received stream.
    Object.defineProperty(HTMLMediaElement.prototype, "srcObject", { set() {}, get: () => null, configurable: true });
    await lab.start();
    const near = new RTCPeerConnection();
    near.addTrack(lab.tone(500));
    await lab.connect(near, { send: lab.tone(1500) });
    return lab.until(async () => {
      const alarms = await lab.messages("media_alarm");
      return alarms.length > 0 && alarms.map((/** @type {any} */ { code }) => code);
    }, 10_000);
  });
  assert.deepEqual(result, ["media/remote-silent"]);
  await page.context().close();
});
