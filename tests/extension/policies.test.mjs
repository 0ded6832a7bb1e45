// @ts-check
/** Pages that forbid everything a page can forbid, and what the page notices of the extension: nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withInstallation } from "./support/installation.mjs";
import { STRICT, STRICTEST } from "./support/site.mjs";

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("a call is recorded under Trusted Types 'none', cross-origin isolation and a Permissions-Policy", async () => {
  await withInstallation({ headers: STRICTEST }, async (installation) => {
    const { panel, desk, id } = await installation.recordedCall();
    assert.equal(await desk.evaluate(() => crossOriginIsolated), true);
    const floating = desk.frames().find((frame) => frame.url().endsWith("/floating.html"));
    await floating?.locator(`[data-call="${id}"]`).waitFor({ timeout: 5_000 });
    assert.ok(floating, "the panel is in the page too");
    await pause(5_000);
    await desk.evaluate("phone.hangUp()");
    const entries = await installation.evidence(panel, id);
    assert.ok(entries.some(({ kind }) => kind === "segment.sealed"));
    assert.deepEqual(installation.parts.browser.complaints, []);
  });
});

/**
 * One call, and everything that the page could tell of it.
 * @param {boolean} extension
 */
async function seen(extension) {
  /** @type {unknown} */
  let result = null;
  await withInstallation({ extension, headers: STRICT }, async (installation) => {
    const desk = await installation.desk();
    const customer = await installation.call(desk);
    // With the extension, the announcement is played meanwhile.
    await pause(8_000);
    const page = await desk.evaluate(() => {
      const { phone } = /** @type {any} */ (globalThis);
      return {
        names: Object.getOwnPropertyNames(globalThis).filter((name) => name !== "phone").sort(),
        body: document.body.outerHTML,
        head: document.head.outerHTML,
        frames: window.length,
        native: /\[native code\]/u.test(RTCPeerConnection.toString()),
        instance: new RTCPeerConnection() instanceof RTCPeerConnection,
        scripts: document.scripts.length,
        phone: phone?.seen ?? null,
      };
    });
    const calls = await desk.evaluate("phone.seen");
    const heardS = (/** @type {number[]} */ (await customer.evaluate("customer.ears()"))).length / 8_000;
    await desk.evaluate("phone.hangUp()");
    result = { page, calls, heard: heardS > 5, complaints: installation.parts.browser.complaints };
  });
  return result;
}

test("the page sees the same calls and the same interfaces as without the extension, and no errors", async () => {
  const [with_, without] = [await seen(true), await seen(false)];
  assert.deepEqual(with_, without);
});
