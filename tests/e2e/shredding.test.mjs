// @ts-check
/**
 * A withdrawal where the policy has the recording destroyed: in a real call, in the browser's storage and in the store.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { closed, snapshot, spoolFiles, stored, until, withInstallation } from "./support/desk.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP } from "./support/voices.mjs";

/** The agent's parts of a file's path that hold audio, keys or names. */
const SHREDDED = /tink|jwe/u;

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

test("a withdrawal destroys audio and keys in spool and store while the call goes on; the evidence stays and is confirmed", () =>
  withInstallation(async (installation) => {
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP, shred: true });
    const { page } = desktop;
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question", 30_000);
    await page.locator("callseal-panel [data-action=yes]").click();
    const recording = await snapshot(desktop, (state) => state.recording, "the recording");
    const folder = installation.callFolder(recording.call_id);
    // There has to be audio in the store that can be destroyed: the first segment takes as long as it lasts.
    const envelope = join(folder, "0/000000.v1.jwe.json");
    const segment = join(folder, "0/000000.ogg.tink");
    const limit = Date.now() + 60_000;
    while (!(existsSync(envelope) && existsSync(segment)) && Date.now() < limit) await until(Date.now() + 200);
    assert.ok(existsSync(envelope) && existsSync(segment), "the first segment is in the store");

    await page.locator("callseal-panel [data-action=withdraw]").click();
    await snapshot(desktop, ({ shredding }) => shredding === "confirmed", "the store to confirm", 30_000);
    assert.ok(!existsSync(envelope) && !existsSync(segment), "gone from the store while the call goes on");
    await page.locator("callseal-panel", { hasText: "is destroyed; the store has confirmed it" }).waitFor();
    assert.equal(await page.locator("#hang-up").isEnabled(), true, "the call goes on");
    await page.click("#hang-up");
    const report = await closed(desktop);
    await stored(desktop, report.call_id);

    assert.equal(report.outcome, "withdrawn");
    assert.ok(report.objects.every(({ name }) => name.includes("/ledger/")));
    const left = filesBelow(folder);
    assert.deepEqual(left.filter((file) => SHREDDED.test(file)), []);
    assert.ok(left.includes("shredded.jws"));
    const spool = await spoolFiles(page);
    assert.deepEqual(spool.filter(({ path }) => path.includes(report.call_id) && SHREDDED.test(path)), []);

    const shredded = await desktop.event(({ type }) => type === "shredded", "the host to be told", 1_000);
    const { confirmation } = /** @type {{confirmation: string}} */ (shredded.detail);
    assert.equal(confirmation, readFileSync(join(folder, "shredded.jws"), "utf8"));

    const run = (/** @type {string[]} */ ...words) => spawnSync(installation.command, words, { encoding: "utf8" });
    const verified = run("verify", folder, "--key", installation.privateKey, "--json");
    const verdict = JSON.parse(verified.stdout);
    assert.deepEqual([verified.status, verdict.ok, verdict.level, verdict.shredding.objects_left], [0, true, "shredded", 0]);
    const out = join(installation.folder, "recording.ogg");
    const opened = run("open", folder, "--key", installation.privateKey, "--out", out);
    assert.equal(opened.status, 17, opened.stderr);
    assert.match(opened.stderr, /was destroyed, as its ledger demands/u);
    assert.ok(!existsSync(out));
    assert.ok(call.connectedAtMs > 0);
  }));
