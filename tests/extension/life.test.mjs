// @ts-check
/** What may die in the middle of a call: the service worker, the tab, the hub with the engine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withInstallation } from "./support/installation.mjs";
import { press, until, untilPhase } from "./support/panel.mjs";

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("a call goes on and is stored when the service worker is stopped in the middle of it", async () => {
  await withInstallation({}, async (installation) => {
    const { browser } = installation.parts;
    const { panel, desk, id } = await installation.recordedCall();
    const workers = async () => Number(await panel.evaluate("chrome.runtime.getContexts({contextTypes: ['BACKGROUND']}).then((all) => all.length)"));
    assert.equal(await workers(), 1);
    const session = await browser.context.newCDPSession(panel);
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.stopAllWorkers");
    await until(async () => (await workers()) === 0, "the service worker to stop", 5_000);
    await pause(8_000);
    await desk.evaluate("phone.hangUp()");
    const entries = await installation.evidence(panel, id);
    const lost = entries.filter(({ kind, body }) => kind === "gap" && body.to_sample - body.from_sample > 48_000);
    assert.deepEqual(lost, []);
  });
});

test("a tab that is closed in the middle of a call ends it: what was recorded is closed and stored", async () => {
  await withInstallation({}, async (installation) => {
    const { panel, desk, id } = await installation.recordedCall();
    await pause(6_000);
    await desk.close();
    const entries = await installation.evidence(panel, id);
    const closed = entries.find(({ kind }) => kind === "call.closed");
    assert.equal(closed?.body.outcome, "recorded");
  });
});

test("when the hub dies its calls are recovered as cut, and the next call is recorded", async () => {
  await withInstallation({}, async (installation) => {
    const { browser } = installation.parts;
    const { panel, desk, id } = await installation.recordedCall();
    await pause(14_000);
    await (await browser.background()).evaluate("chrome.offscreen.closeDocument()");
    await pause(3_000);
    await desk.evaluate("phone.hangUp()");
    await until(() => installation.storedCalls().includes(id), "the recovered call", 90_000);
    const again = await installation.desk();
    await installation.call(again);
    const next = await untilPhase(panel, "asking", 60_000);
    assert.notEqual(next, id);
    await press(panel, "yes");
    await untilPhase(panel, "recording");
    await pause(3_000);
    await again.evaluate("phone.hangUp()");
    await installation.evidence(panel, next);
  });
});

test("when the engine fails its call is shown as failed and goes on, the engine starts again, and the next call is recorded", async () => {
  await withInstallation({}, async (installation) => {
    const { browser } = installation.parts;
    const { panel, desk, id } = await installation.recordedCall();
    await pause(12_000);
    await browser.failEngine();
    await untilPhase(panel, "failed");
    assert.equal(await desk.evaluate("phone.peer.connectionState"), "connected", "the call goes on");
    assert.equal(await desk.evaluate("phone.peer.getSenders()[0].track === phone.microphone.getAudioTracks()[0]"), true);
    await until(() => installation.storedCalls().includes(id), "what was sealed before", 90_000);
    await desk.evaluate("phone.hangUp()");
    const again = await installation.desk();
    await installation.call(again);
    await untilPhase(panel, "asking", 60_000);
  });
});

test("when the extension is switched off in mid-call the page keeps its call and writes no errors", async () => {
  await withInstallation({}, async (installation) => {
    const { browser } = installation.parts;
    const { desk } = await installation.recordedCall();
    await pause(2_000);
    const background = await browser.background();
    await background.evaluate("chrome.runtime.reload()").catch(() => undefined);
    await pause(4_000);
    assert.equal(await desk.evaluate("phone.peer.connectionState"), "connected");
    assert.equal(await desk.evaluate("phone.peer.getSenders()[0].track === phone.microphone.getAudioTracks()[0]"), true);
    assert.deepEqual(desk.frames().filter((frame) => frame.url().endsWith("floating.html")), []);
    assert.deepEqual(browser.complaints, []);
  });
});
