// @ts-check
/** What is in use in other tabs, of the same and of another origin, is cut out of the call of this one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withInstallation } from "./support/installation.mjs";

const RATE_HZ = 48_000;
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("a card field in another tab is cut out, whatever its origin, and a tab that is closed does not stop the recording", async () => {
  await withInstallation({}, async (installation) => {
    const { browser, site } = installation.parts;
    const { panel, desk, id } = await installation.recordedCall();
    await pause(6_000);
    for (const origin of [site.desk, site.payments]) {
      const form = await browser.open(`${origin}/form.html`);
      await form.bringToFront();
      await pause(1_000);
      await form.focus("#card");
      await pause(2_000);
      await form.click("#elsewhere");
      await pause(500);
      await form.close();
      await desk.bringToFront();
      await pause(9_000);
    }
    // The browser's own shortcut, as the background hears of it.
    const background = await browser.background();
    await background.evaluate("chrome.commands.onCommand.dispatch('pause')");
    await panel.locator('button[data-action="resume"]').waitFor({ timeout: 5_000 });
    await pause(1_000);
    await background.evaluate("chrome.commands.onCommand.dispatch('pause')");
    await panel.locator('button[data-action="pause"]').waitFor({ timeout: 5_000 });
    await desk.evaluate("phone.hangUp()");
    const entries = await installation.evidence(panel, id);
    const spans = entries.filter(({ kind }) => kind === "redaction.span").map(({ body }) => body);
    const fields = spans.filter(({ trigger }) => trigger === "field_focus");
    assert.deepEqual(fields.map(({ class: name }) => name), ["card_number", "card_number"], JSON.stringify(spans));
    for (const { from_sample: from, to_sample: to } of fields) assert.ok((to - from) / RATE_HZ < 12, "the tab's end does not prolong it");
    assert.equal(spans.filter(({ trigger }) => trigger === "manual").length, 1, "the shortcut paused and resumed");
    const lost = spans.filter(({ trigger }) => trigger === "no_clearance").reduce((sum, { from_sample: from, to_sample: to }) => sum + to - from, 0);
    assert.ok(lost / RATE_HZ < 3, `${lost / RATE_HZ} s were not vouched for: ${JSON.stringify(spans)}`);
  });
});
