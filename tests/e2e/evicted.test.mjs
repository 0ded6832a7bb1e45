// @ts-check
/**
 * The browser clears the origin's data in the middle of a call: by its user's hand, or since the disk is full. Chromium then
 * refuses the engine's next file, or never lets its next write return. The panel must not go on saying that the call is
 * recorded.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { snapshot, until, withInstallation } from "./support/desk.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP } from "./support/voices.mjs";

/** Something is stored by then. */
const CLEARED_S = 26;

/** An engine that says nothing is given up after 15 s; the next one is there soon after, milliseconds. */
const NOTICED_WITHIN_MS = 60_000;

test("cleared storage ends the recording, which is shown, the call goes on, and what the store has verifies as unended", () =>
  withInstallation(async (installation) => {
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP });
    const { page } = desktop;
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question", 30_000);
    await page.click("callseal-panel [data-action=yes]");
    const { call_id: id } = await snapshot(desktop, ({ recording }) => recording, "the recording");
    await until(call.connectedAtMs + CLEARED_S * 1_000);
    const session = await page.context().newCDPSession(page);
    await session.send("Storage.clearDataForOrigin", { origin: new URL(page.url()).origin, storageTypes: "all" });

    const failed = await snapshot(desktop, ({ call_id, phase }) => call_id === id && phase === "failed", "the failure", NOTICED_WITHIN_MS);
    assert.equal(failed.recording, false);
    assert.match(await page.locator(`callseal-panel [data-call="${id}"]`).innerText(), /not recorded|stopped|no longer/iu);
    assert.equal(await call.frame.evaluate(() => document.documentElement.dataset["state"]), "connected", "the call goes on");

    const words = ["verify", installation.callFolder(id), "--key", installation.privateKey, "--json"];
    const { level, errors } = JSON.parse(spawnSync(installation.command, words, { encoding: "utf8" }).stdout);
    // Nobody could write its end.
    assert.equal(level, "open", JSON.stringify(errors));
    assert.ok(errors.every((/** @type {{code: string}} */ { code }) => code === "open/truncated" || code === "open/unterminated"), JSON.stringify(errors));

    // The next call is recorded again, if need be by another engine, which has storage.
    await page.click("#hang-up");
    await desktop.callIn();
    const next = await snapshot(desktop, ({ call_id, phase }) => call_id !== id && phase === "asking", "the next question", NOTICED_WITHIN_MS);
    await page.locator("callseal-panel [data-action=yes]").last().click();
    await snapshot(desktop, ({ call_id, recording }) => call_id === next.call_id && recording, "the next recording");
    await page.click("#hang-up");
  }));
