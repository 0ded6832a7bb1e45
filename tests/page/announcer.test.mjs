// @ts-check
/** The prompt reaches the customer, and whatever goes wrong, the agent's own voice does too. */
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
 * A page with a call and the fake engine; `lab.play()` asks for the prompt, `lab.contexts` are the audio contexts
 * that Callseal made, `lab.kinds()` what the engine was told about the disclosure.
 */
async function inCall() {
  const page = await chromium.open();
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    lab.context();
    lab.contexts = [];
    const Native = AudioContext;
    Object.assign(globalThis, {
      AudioContext: class extends Native {
        constructor(/** @type {AudioContextOptions} */ options) {
          super(options);
          lab.contexts.push(this);
        }
      },
    });
    await lab.start();
    Object.assign(lab, await lab.call({ agent: 3100, customer: 1500 }));
    lab.events = [];
    lab.near.addEventListener("negotiationneeded", () => lab.events.push("negotiationneeded"));
    await lab.until(async () => (await lab.messages("audio_port")).length > 0);
    [{ call_id: lab.callId }] = await lab.messages("call_open");
    lab.play = async (changes = {}) => {
      await lab.engine("emit", { kind: "play_disclosure", call_id: lab.callId, ...(await lab.prompt()), ...changes });
    };
    lab.kinds = async () => (await lab.messages()).map((/** @type {any} */ { kind }) => kind).filter((/** @type {string} */ kind) => kind.startsWith("disclosure"));
    lab.told = (/** @type {string} */ kind) =>
      lab.until(async () => {
        const [message] = await lab.messages(kind);
        return message;
      }, 12_000);
    // What really goes out, past the tap's pretence.
    lab.reallySent = () => {
      const registry = /** @type {any} */ (globalThis)[Symbol.for("callseal.tap")];
      return registry.natives.senderTrack.call(lab.sender);
    };
    lab.heardAgent = () => lab.until(() => lab.heard.level(3100) > -35, 3000);
  });
  return page;
}

test("the prompt is captured exactly as announced, ducks the agent, and gives the line back", async () => {
  const page = await inCall();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.heardAgent();
    lab.microphone.enabled = false; // so that nothing but the prompt is on the left
    await lab.play();
    const { frame } = await lab.told("disclosure_started");
    const pageSees = lab.sender.track === lab.microphone;
    const swapped = lab.reallySent() !== lab.microphone;
    const ended = await lab.told("disclosure_ended");
    await lab.until(() => lab.reallySent() === lab.microphone);
    lab.microphone.enabled = true;
    await lab.heardAgent();
    const prompt = await lab.engine("prompt", lab.callId);
    const blocks = await lab.engine("blocks", lab.callId);
    let worst = 0;
    let compared = 0;
    for (const block of blocks) {
      block.left.forEach((/** @type {number} */ sample, /** @type {number} */ index) => {
        const position = block.frame + index - frame;
        if (position < 0 || position >= prompt.length) return;
        worst = Math.max(worst, Math.abs(sample - prompt[position]));
        compared += 1;
      });
    }
    const { sha256 } = await lab.prompt();
    const [audio] = await lab.messages("disclosure_audio");
    return {
      pageSees,
      swapped,
      worst,
      all: compared === prompt.length,
      endFrame: ended.frame - frame === prompt.length,
      hash: audio.sha256 === sha256,
      kinds: await lab.kinds(),
      events: lab.events,
      opened: (await lab.messages("call_open")).length,
    };
  });
  assert.ok(result.worst < 1e-6, `captured prompt differs by ${result.worst}`);
  assert.deepEqual({ ...result, worst: 0 }, {
    pageSees: true,
    swapped: true,
    worst: 0,
    all: true,
    endFrame: true,
    hash: true,
    kinds: ["disclosure_audio", "disclosure_started", "disclosure_ended"],
    events: [],
    opened: 1,
  });
  await page.context().close();
});

test("the customer hears the prompt, and the talking agent under it", async () => {
  const page = await inCall();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.heardAgent();
    await lab.wait(500);
    const full = lab.heard.level(3100);
    // Speech lies between 200 and 1000 Hz, where the agent's tone is not.
    const speech = () => Math.max(...[200, 300, 400, 500, 600, 700, 800].map((hertz) => lab.heard.level(hertz)));
    const before = speech();
    await lab.play();
    const { frame } = await lab.told("disclosure_started");
    let loudest = -200;
    for (let count = 0; count < 12; count += 1) {
      await lab.wait(80);
      loudest = Math.max(loudest, speech());
    }
    await lab.told("disclosure_ended");
    await lab.wait(500);
    // The agent's level under the prompt, where it is exact: what was sent, less the prompt.
    const prompt = await lab.engine("prompt", lab.callId);
    const blocks = await lab.engine("blocks", lab.callId);
    const peak = (/** @type {number} */ from, /** @type {number} */ to) => {
      let highest = 0;
      for (const block of blocks) {
        for (let index = 0; index < 960; index += 1) {
          const at = block.frame + index - frame;
          if (at >= from && at < to) highest = Math.max(highest, Math.abs(block.left[index] - (prompt[at] ?? 0)));
        }
      }
      return highest;
    };
    return {
      rise: loudest - before,
      ducked: peak(12_000, prompt.length - 1000) / peak(-20_000, -6000),
      back: full - lab.heard.level(3100),
    };
  });
  assert.ok(result.rise > 20, `speech rose by ${result.rise} dB`);
  assert.ok(Math.abs(result.ducked - 0.2) < 0.01, `agent under the prompt: ${result.ducked}`);
  assert.ok(Math.abs(result.back) < 3, `agent afterwards: -${result.back} dB`);
  await page.context().close();
});

test("a device change during the prompt goes into the mix, and its track is what the page gets back", async () => {
  const page = await inCall();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.play();
    await lab.told("disclosure_started");
    const other = lab.tone(3700);
    const resolved = await lab.sender.replaceTrack(other);
    const pageSees = lab.sender.track === other;
    const still = lab.reallySent() !== other;
    await lab.until(() => lab.heard.level(3700) > -60, 1000);
    await lab.told("disclosure_ended");
    await lab.until(() => lab.reallySent() === other);
    await lab.until(() => lab.heard.level(3700) > -35 && lab.heard.level(3100) < -60, 3000);
    return { resolved, pageSees, still, kinds: await lab.kinds() };
  });
  assert.deepEqual(result, {
    resolved: undefined,
    pageSees: true,
    still: true,
    kinds: ["disclosure_audio", "disclosure_started", "disclosure_ended"],
  });
  await page.context().close();
});

test("during the prompt the page's calls fail and succeed as without it", async () => {
  const page = await inCall();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.play();
    await lab.told("disclosure_started");
    const name = async (/** @type {() => any} */ work) => {
      try {
        const value = await work();
        return value === undefined ? "ok" : typeof value;
      } catch (error) {
        return /** @type {Error} */ (error).name;
      }
    };
    const canvas = document.createElement("canvas");
    canvas.getContext("2d");
    const [video] = canvas.captureStream().getVideoTracks();
    return {
      video: await name(() => lab.sender.replaceTrack(video)),
      junk: await name(() => lab.sender.replaceTrack({})),
      addAgain: await name(() => lab.near.addTrack(lab.microphone)),
      stats: await name(() => lab.near.getStats(lab.microphone)),
      sees: lab.sender.track === lab.microphone,
      senders: lab.near.getSenders().filter((/** @type {RTCRtpSender} */ { track }) => track === lab.microphone).length,
    };
  });
  assert.deepEqual(result, {
    video: "TypeError",
    junk: "TypeError",
    addAgain: "InvalidAccessError",
    stats: "object",
    sees: true,
    senders: 1,
  });
  await page.context().close();
});

test("mute during the prompt mutes the agent and not the prompt", async () => {
  const page = await inCall();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.heardAgent();
    lab.microphone.enabled = false;
    await lab.play();
    const { frame } = await lab.told("disclosure_started");
    await lab.told("disclosure_ended");
    const prompt = await lab.engine("prompt", lab.callId);
    const blocks = (await lab.engine("blocks", lab.callId)).filter((/** @type {any} */ block) => block.frame >= frame && block.frame < frame + prompt.length);
    const peak = Math.max(...blocks.flatMap((/** @type {any} */ { left }) => [...left]));
    return { peak: peak > 0.05, agent: lab.heard.level(3100) < -70 };
  });
  assert.deepEqual(result, { peak: true, agent: true });
  await page.context().close();
});

for (const [title, fault, codes] of /** @type {[string, string, string[]][]} */ ([
  ["the audio context is closed", "lab.contexts[0].close()", ["announcer/context-not-running"]],
  ["the audio context is suspended", "lab.contexts[0].suspend()", ["announcer/context-not-running"]],
  ["the mix's track is stopped", "lab.reallySent().stop()", ["announcer/track-ended"]],
  ["the page removes the sender", "lab.near.removeTrack(lab.sender)", ["announcer/sender-removed"]],
])) {
  test(`the agent's own track is back at once when, during the prompt, ${title}`, async () => {
    const page = await inCall();
    const result = await page.evaluate(async (script) => {
      const { lab } = /** @type {any} */ (globalThis);
      await lab.heardAgent();
      await lab.play();
      await lab.told("disclosure_started");
      await lab.wait(300);
      const registry = /** @type {any} */ (globalThis)[Symbol.for("callseal.tap")];
      const removed = script.includes("removeTrack");
      const faults = /** @type {Record<string, () => unknown>} */ ({
        "lab.contexts[0].close()": () => lab.contexts[0].close(),
        "lab.contexts[0].suspend()": () => lab.contexts[0].suspend(),
        "lab.reallySent().stop()": () => lab.reallySent().stop(),
        "lab.near.removeTrack(lab.sender)": () => lab.near.removeTrack(lab.sender),
      });
      const begun = performance.now();
      await faults[script]?.();
      const wanted = removed ? null : lab.microphone;
      await lab.until(() => lab.reallySent() === wanted && registry.swaps.replacement(lab.sender) === null, 2000);
      const took = performance.now() - begun;
      if (!removed) await lab.heardAgent();
      const { reason } = await lab.told("disclosure_failed");
      return { took, reason, sees: lab.sender.track === wanted, ended: (await lab.messages("disclosure_ended")).length };
    }, fault);
    assert.ok(result.took < 500, `took ${result.took} ms`);
    assert.deepEqual({ ...result, took: 0 }, { took: 0, reason: codes[0], sees: true, ended: 0 });
    await page.context().close();
  });
}

test("the agent's own track is back when the engine stops the prompt, dies during it, or the call ends", async () => {
  for (const way of ["stop", "crash", "close"]) {
    const page = await inCall();
    const result = await page.evaluate(async (how) => {
      const { lab } = /** @type {any} */ (globalThis);
      await lab.play();
      await lab.told("disclosure_started");
      if (how === "stop") await lab.engine("emit", { kind: "stop_disclosure", call_id: lab.callId });
      if (how === "crash") await lab.engine("crash");
      if (how === "close") lab.near.close();
      await lab.until(() => lab.sender.track === lab.microphone && (how === "close" || lab.reallySent() === lab.microphone), 2000);
      if (how !== "close") await lab.heardAgent();
      return true;
    }, way);
    assert.equal(result, true);
    await page.context().close();
  }
});

test("a prompt with another hash, or that cannot be fetched, is not played, and the line is not touched", async () => {
  const page = await inCall();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.play({ sha256: "0".repeat(64) });
    await lab.until(async () => (await lab.messages("disclosure_failed")).length === 1);
    await lab.play({ url: "/pkg/prompts/absent.wav", sha256: "1".repeat(64) });
    await lab.until(async () => (await lab.messages("disclosure_failed")).length === 2);
    return {
      reasons: (await lab.messages("disclosure_failed")).map((/** @type {any} */ { reason }) => reason),
      untouched: lab.reallySent() === lab.microphone,
      kinds: new Set(await lab.kinds()).size,
    };
  });
  assert.deepEqual(result, { reasons: ["disclosure/wrong-hash", "disclosure/unavailable"], untouched: true, kinds: 1 });
  await page.context().close();
});

test("a prompt can be played again", async () => {
  const page = await inCall();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.play();
    await lab.told("disclosure_ended");
    await lab.play();
    await lab.until(async () => (await lab.messages("disclosure_ended")).length === 2, 10_000);
    await lab.until(() => lab.reallySent() === lab.microphone);
    return lab.kinds();
  });
  assert.deepEqual(result, [
    "disclosure_audio",
    "disclosure_started",
    "disclosure_ended",
    "disclosure_audio",
    "disclosure_started",
    "disclosure_ended",
  ]);
  await page.context().close();
});

test("the tone that tells of the recording is heard by the customer, captured with the agent, and ends when it is told to", async () => {
  const page = await inCall();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.heardAgent();
    await lab.engine("emit", { kind: "beep", call_id: lab.callId, on: true });
    const heard = await lab.until(() => lab.heard.level(1400) > -45, 4000);
    await lab.until(() => lab.reallySent() === lab.microphone);
    await lab.heardAgent();
    await lab.engine("emit", { kind: "beep", call_id: lab.callId, on: false });
    const blocks = await lab.engine("blocks", lab.callId);
    // Goertzel at 1,400 Hz, block by block: how long the tone is on the captured left channel.
    const coefficient = 2 * Math.cos((2 * Math.PI * 1400) / 48000);
    let sounding = 0;
    for (const { left } of blocks) {
      let [one, two] = [0, 0];
      for (const sample of left) [one, two] = [sample + coefficient * one - two, one];
      const power = (one * one + two * two - coefficient * one * two) / (left.length / 2) ** 2;
      if (Math.sqrt(power) > 0.05) sounding += 1;
    }
    return { heard, capturedMs: sounding * 20, renegotiated: lab.events };
  });
  assert.equal(result.heard, true);
  assert.ok(result.capturedMs >= 160 && result.capturedMs <= 260, `${result.capturedMs} ms were captured`);
  assert.deepEqual(result.renegotiated, []);
  await page.context().close();
});
