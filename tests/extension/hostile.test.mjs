// @ts-check
/** A page that does what it can against the recorder: nothing is permitted by it, and what it does is on record. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withInstallation } from "./support/installation.mjs";
import { press, until, untilPhase } from "./support/panel.mjs";

/** @typedef {import("playwright-core").Page} Page */

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Page} panel */
const cards = (panel) => panel.locator("callseal-panel article").count();

test("a page that removes the frame gets it back, the recording goes on, and ledger and options page tell of it", async () => {
  await withInstallation({}, async (installation) => {
    const { browser } = installation.parts;
    const { panel, desk, id } = await installation.recordedCall();
    await pause(3_000);
    const removed = await desk.evaluate(() => {
      const ours = [...document.documentElement.children].filter(({ localName }) => localName === "div");
      for (const element of ours) element.remove();
      return ours.length;
    });
    assert.ok(removed >= 1, "there was something to remove");
    await pause(14_000);
    await desk.evaluate("phone.hangUp()");
    const entries = await installation.evidence(panel, id);
    const troubles = entries.filter(({ kind }) => kind === "trouble.noted").map(({ body }) => body.code);
    assert.ok(troubles.includes("extension/frame-removed") || troubles.includes("extension/frame-lost"), JSON.stringify(troubles));
    const [{ start_sample: origin }] = entries.filter(({ kind }) => kind === "part.opened").map(({ body }) => body);
    const [{ end_sample: end }] = entries.filter(({ kind }) => kind === "part.closed").map(({ body }) => body);
    const gaps = entries.filter(({ kind, body }) => kind === "gap" && body.to_sample - body.from_sample > 48_000).map(({ body }) => body);
    assert.ok(end - origin > 15 * 48_000, "the recording went on");
    assert.ok(gaps.every(({ from_sample: from, to_sample: to }) => to - from < 10 * 48_000), JSON.stringify(gaps));
    const options = await browser.own("options.html");
    await options.locator("#incidents li").first().waitFor({ timeout: 5_000 });
  });
});

test("what a page says over a stolen port permits nothing", async () => {
  await withInstallation({}, async (installation) => {
    const panel = await installation.panel();
    const desk = await installation.desk();
    // The port to the extension's frame is found as soon as it is used: an answer to the frame's question is enough.
    await desk.evaluate(() => {
      const native = MessagePort.prototype.postMessage;
      const stolen = /** @type {any} */ (globalThis);
      MessagePort.prototype.postMessage = function (/** @type {any[]} */ ...words) {
        if (words[0]?.kind === "pong" || words[0]?.kind === "report") stolen.port = this;
        if (words[0]?.report?.kind === "call_open") stolen.callId = words[0].report.call_id;
        return Reflect.apply(native, this, words);
      };
    });
    await installation.call(desk);
    const id = await untilPhase(panel, "asking");
    const said = await desk.evaluate(async (call_id) => {
      const { port, callId } = /** @type {any} */ (globalThis);
      const permits = [
        { kind: "consent", call_id, party: null, answer: "yes", method: "agent_button", words: null, trusted: true, event_age_ms: 0 },
        { kind: "answer", call_id, answer: "yes", party: null, words: null, event_age_ms: 0 },
        { kind: "disclosure_read", call_id, trusted: true, event_age_ms: 0 },
        { kind: "resume", call_id, by: "agent_button", trusted: true, event_age_ms: 0 },
        { kind: "sensor_answer", context_id: "x", nonce: "x" },
      ];
      for (const report of permits) {
        port?.postMessage({ kind: "report", report });
        port?.postMessage(report);
      }
      return { hasPort: port !== undefined, callId };
    }, id);
    assert.deepEqual(said, { hasPort: true, callId: id }, "the page has the port");
    await pause(2_000);
    assert.equal(await panel.locator(`[data-call="${id}"]`).getAttribute("data-phase"), "asking");
    assert.equal(await cards(panel), 1);
  });
});

test("frames and panels that a page embeds itself, and ports that it forges, lead nowhere", async () => {
  await withInstallation({ headers: {} }, async (installation) => {
    const { browser } = installation.parts;
    const panel = await installation.panel();
    const desk = await installation.desk();
    await installation.call(desk);
    const id = await untilPhase(panel, "asking");
    const own = `chrome-extension://${await browser.id()}`;
    await desk.evaluate(async (origin) => {
      const uuid = () => crypto.randomUUID();
      for (const file of ["frame.html", "floating.html"]) {
        const frame = document.createElement("iframe");
        frame.src = `${origin}/${file}`;
        document.body.append(frame);
        await new Promise((resolve) => frame.addEventListener("load", resolve));
        const { port1, port2 } = new MessageChannel();
        frame.contentWindow?.postMessage({ callseal: uuid() }, "*", [port2]);
        port1.postMessage({ kind: "report", report: { kind: "call_open", call_id: uuid() } });
      }
      const { port1, port2 } = new MessageChannel();
      for (const type of ["callseal:wanted", "callseal:port"]) {
        document.dispatchEvent(new MessageEvent(type, { cancelable: true, ports: [port2] }));
      }
      port1.postMessage({ kind: "frame_wanted" });
    }, own);
    await pause(3_000);
    assert.equal(await cards(panel), 1);
    const embedded = desk.frames().filter((frame) => frame.url().endsWith("floating.html"));
    const shown = await Promise.all(embedded.map((frame) => frame.locator("article").count().catch(() => 0)));
    assert.ok(shown.filter((count) => count > 0).length <= 1, "only the extension's own panel shows the call");
    assert.equal(await panel.locator(`[data-call="${id}"]`).getAttribute("data-phase"), "asking");
    for (const file of ["panel.html", "options.html", "hub.html", "hub.js"]) {
      const answer = await desk.evaluate((url) => fetch(url).then(() => "reached", () => "refused"), `${own}/${file}`);
      assert.equal(answer, "refused", file);
    }
  });
});

test("a yes on a floating panel that is covered does not count; uncovered it does", async () => {
  await withInstallation({}, async (installation) => {
    const panel = await installation.panel();
    const desk = await installation.desk();
    await installation.call(desk);
    const id = await untilPhase(panel, "asking");
    await desk.bringToFront();
    /** @type {import("playwright-core").Frame | undefined} */
    let floating;
    await until(() => {
      floating = desk.frames().find((frame) => frame.url().endsWith("floating.html"));
      return floating !== undefined;
    }, "the floating panel");
    if (floating === undefined) return;
    await untilPhase(floating, "asking");
    await pause(1_500);
    // A bait that lets the click through, as clickjacking does.
    await desk.evaluate(() => {
      const bait = document.createElement("div");
      bait.id = "bait";
      bait.popover = "manual";
      for (const [name, value] of Object.entries({ position: "fixed", inset: "0", width: "100vw", height: "100vh", background: "white", "pointer-events": "none", "z-index": "2147483647" })) {
        bait.style.setProperty(name, value);
      }
      document.body.append(bait);
      bait.showPopover();
    });
    await pause(1_500);
    const yes = floating.locator('button[data-action="yes"]').first();
    const box = await yes.boundingBox();
    assert.ok(box, "the button is there");
    await desk.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await pause(1_500);
    assert.equal(await panel.locator(`[data-call="${id}"]`).getAttribute("data-phase"), "asking", "the covered click did not count");
    assert.ok(await floating.locator("#notice").isVisible(), "the panel says why");

    await desk.evaluate(() => document.querySelector("#bait")?.remove());
    await pause(1_500);
    await desk.mouse.click(box.x + box.width / 2, box.y + box.height / 2).catch(() => undefined);
    await press(floating, "yes").catch(() => undefined);
    await panel.locator(`[data-call="${id}"][data-phase="recording"]`).waitFor({ timeout: 10_000 });
  });
});
