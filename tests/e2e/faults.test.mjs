// @ts-check
/** Faults of the browser in the middle of a call: the timeline stays true, and the call itself is never harmed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { completeReport } from "../../scripts/demo/report.mjs";
import { writeWav } from "../../scripts/demo/wav.mjs";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { decode, likeness, LIKENESS_RATE_HZ, peak, probe, rms } from "./support/sound.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP, writeChatter } from "./support/voices.mjs";

const RATE_HZ = 48_000;

/** Runs in the page before its scripts: keeps hold of every audio context and sent track of the page. */
function watchAudio() {
  if (window !== window.top) return;
  const contexts = /** @type {AudioContext[]} */ ([]);
  const Original = AudioContext;
  window.AudioContext = class extends Original {
    /** @param {AudioContextOptions} [options] */
    constructor(options) {
      super(options);
      contexts.push(this);
    }
  };
  Object.assign(window, { watchedContexts: contexts });
}

test("a suspended audio context becomes a labelled gap of the same length, silent, and the timeline stays true", () =>
  withInstallation(async (installation) => {
    const [agent, customer] = [join(installation.folder, "agent.wav"), join(installation.folder, "customer.wav")];
    writeChatter(agent, "certainly", { fromS: 0, everyS: 3.1, lengthS: 30 });
    writeChatter(customer, "digits", { fromS: 0, everyS: 4.1, lengthS: 30 });
    const desktop = await installation.open({ agent, customer, prepare: (context) => context.addInitScript(watchAudio) });
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question");
    await desktop.page.locator("callseal-panel [data-action=yes]").click();
    await until(call.connectedAtMs + 6_000);
    const suspendedMs = await desktop.page.evaluate(async () => {
      const contexts = /** @type {{watchedContexts: AudioContext[]}} */ (/** @type {unknown} */ (window)).watchedContexts;
      const running = contexts.filter(({ state }) => state === "running");
      const resumes = running.map((context) => context.resume);
      // The page wakes its context at once; what is played here is a browser that refuses for 2 s.
      for (const context of running) context.resume = () => Promise.resolve();
      await Promise.all(running.map((context) => context.suspend()));
      const begun = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      for (const [index, context] of running.entries()) await resumes[index]?.call(context);
      return performance.now() - begun;
    });
    await until(call.connectedAtMs + 14_000);
    const hangUpS = (Date.now() - call.connectedAtMs) / 1000;
    await desktop.page.click("#hang-up");
    const account = await closed(desktop);
    await stored(desktop, account.call_id);
    const recording = join(installation.folder, "recording.ogg");
    const { report, problems } = completeReport(account, { ...installation, recording });
    assert.deepEqual(problems, []);
    assert.ok(report.verification.ok);

    const gap = report.gaps.find(({ from_sample: from, to_sample: to }) => to - from > RATE_HZ);
    assert.ok(gap, JSON.stringify(report.gaps));
    assert.equal(gap.reason, "suspended");
    const gapMs = (gap.to_sample - gap.from_sample) / 48;
    console.log(`suspended ${Math.round(suspendedMs)} ms, gap ${Math.round(gapMs)} ms at ${(gap.from_sample / RATE_HZ).toFixed(2)} s`);
    assert.ok(Math.abs(gapMs - suspendedMs) < 250, `gap ${gapMs} ms, suspended ${suspendedMs} ms`);
    assert.ok(Math.abs(gap.from_sample / RATE_HZ - 6) < 0.6, `gap at ${gap.from_sample / RATE_HZ} s`);

    const { seconds } = probe(recording);
    const expectedS = hangUpS - (report.recording_origin_ms ?? 0) / 1000;
    assert.ok(Math.abs(seconds - expectedS) < 0.4, `recording ${seconds} s, expected ${expectedS} s`);
    const origin = Math.round((report.recording_origin_ms ?? 0) * 48);
    for (const channel of decode(recording, { channels: 2 })) {
      const [from, to] = [gap.from_sample - origin, gap.to_sample - origin];
      assert.ok(peak(channel, from + RATE_HZ / 20, to - RATE_HZ / 20) < 1e-3, "silent inside the gap");
      assert.ok(rms(channel, to + RATE_HZ / 2, to + 5 * RATE_HZ) > 0.01, "sound behind the gap");
    }
  }));

test("if the announcer's graph dies, the microphone's own track is back at once and nothing is recorded", () =>
  withInstallation(async (installation) => {
    const agent = join(installation.folder, "agent.wav");
    const said = writeChatter(agent, "certainly", { fromS: 3, everyS: 4, lengthS: 20 });
    const desktop = await installation.open({ agent, customer: CUSTOMER_CLIP, prepare: (context) => context.addInitScript(watchAudio) });
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "disclosing", "the announcement");
    await until(call.connectedAtMs + 800);
    await desktop.page.evaluate(async () => {
      const contexts = /** @type {{watchedContexts: AudioContext[]}} */ (/** @type {unknown} */ (window)).watchedContexts;
      await Promise.all(contexts.filter(({ state }) => state !== "closed").map((context) => context.close()));
    });
    await until(call.connectedAtMs + 11_000);
    const heardFile = join(installation.folder, "heard.wav");
    writeWav(heardFile, await desktop.heard(call));
    await desktop.page.click("#hang-up");
    const report = await closed(desktop);
    assert.notEqual(report.outcome, "recorded");
    assert.ok((report.disclosure?.fraction_delivered ?? 0) < 1);
    assert.deepEqual(installation.storedCalls(), []);

    const [reference] = decode(agent, { rate: LIKENESS_RATE_HZ, channels: 1 });
    const [heard] = decode(heardFile, { rate: LIKENESS_RATE_HZ, channels: 1 });
    assert.ok(reference && heard);
    for (const { fromS, toS } of said.filter((each) => each.toS < 10.5)) {
      const found = likeness(reference, heard, { fromS, toS, offsetS: 0, shiftS: 0.6 });
      console.log(`agent at the customer's end from ${fromS} s: ${found.toFixed(2)}`);
      assert.ok(found > 0.7, `the customer hears the agent: ${found}`);
    }
  }));

test("a desktop whose recorder cannot start still makes calls", () =>
  withInstallation(async (installation) => {
    const server = await installation.serve();
    const context = await installation.browse({ agent: AGENT_CLIP });
    await context.route("**/callseal/config.json", (route) => route.fulfill({ status: 503 }));
    const page = await context.newPage();
    await page.goto(`${server.url}/?agent=device`);
    await page.getByText("The recorder did not start").waitFor();
    await page.click("#call-in");
    await page.locator('#lines [data-state="connected"]').waitFor();
  }));
