// @ts-check
/** A no on the side panel: nothing of the call is kept anywhere. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { spoolFiles } from "../e2e/support/desk.mjs";
import { withInstallation } from "./support/installation.mjs";
import { press, untilPhase } from "./support/panel.mjs";

test("after a no nothing is stored, spooled or recorded, and the button says so", async () => {
  await withInstallation({}, async (installation) => {
    const { browser, store } = installation.parts;
    const panel = await installation.panel();
    const desk = await installation.desk();
    await installation.call(desk);
    await untilPhase(panel, "asking");
    assert.equal(await badge(browser), "?");
    await press(panel, "no");
    await untilPhase(panel, "declined");
    assert.equal(await badge(browser), "OFF");
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await desk.evaluate("phone.hangUp()");
    await untilPhase(panel, "closed");
    assert.deepEqual([...store.objects.keys()], []);
    const files = await spoolFiles(panel);
    assert.deepEqual(files.filter(({ path }) => !path.includes("/outbox/")), []);
    assert.equal(await badge(browser), "");
  });
});

/** @param {import("./support/browser.mjs").Browser} browser */
async function badge(browser) {
  // The button is told a moment after the panel.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return (await browser.background()).evaluate("chrome.action.getBadgeText({})");
}
