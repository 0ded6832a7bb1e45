// @ts-check
/** The store is away for 20 s in the middle of a call: nothing is lost, nothing is stored twice. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { completeReport } from "../../scripts/demo/report.mjs";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { probe } from "./support/sound.mjs";
import { writeChatter } from "./support/voices.mjs";

const DOWN_FROM_S = 16;
const DOWN_S = 20;
const HANG_UP_S = 55;

test("a store that is down for 20 s loses nothing and gets nothing twice", () =>
  withInstallation(async (installation) => {
    const [agent, customer] = [join(installation.folder, "agent.wav"), join(installation.folder, "customer.wav")];
    writeChatter(agent, "certainly", { fromS: 3, everyS: 5, lengthS: HANG_UP_S + 3 });
    writeChatter(customer, "request", { fromS: 5, everyS: 4, lengthS: HANG_UP_S + 3 });
    const tokenFile = join(installation.folder, "token");
    writeFileSync(tokenFile, crypto.randomUUID() + crypto.randomUUID(), { mode: 0o600 });
    const server = await installation.serve({ tokenFile });
    const listen = new URL(server.url).host;

    const desktop = await installation.open({ agent, customer });
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question");
    await desktop.page.locator("callseal-panel [data-action=yes]").click();
    // Focus cuts a segment early, so that there is something to send while the store is away.
    await until(call.connectedAtMs + DOWN_FROM_S * 1000);
    await server.stop();
    await until(call.connectedAtMs + (DOWN_FROM_S + 18) * 1000);
    await snapshot(desktop, ({ store_reachable: reachable }) => !reachable, "the panel to tell of the outage", 15_000);
    await desktop.page.locator("callseal-panel .offline").waitFor();
    await until(call.connectedAtMs + (DOWN_FROM_S + DOWN_S) * 1000);
    await installation.serve({ tokenFile, listen });
    await until(call.connectedAtMs + HANG_UP_S * 1000);
    await desktop.page.click("#hang-up");

    const account = await closed(desktop);
    await stored(desktop, account.call_id);
    assert.equal(account.outcome, "recorded");
    const recording = join(installation.folder, "recording.ogg");
    // That the engine's list is what lies in the store, each object once, is checked there.
    const { report, problems } = completeReport(account, { ...installation, recording });
    assert.deepEqual(problems, []);
    assert.deepEqual(report.verification.errors, []);
    assert.ok(report.verification.ok);
    const expectedS = HANG_UP_S - (report.recording_origin_ms ?? 0) / 1000;
    assert.ok(Math.abs(probe(recording).seconds - expectedS) < 0.7);
    assert.deepEqual(report.gaps.filter(({ from_sample: from, to_sample: to }) => to - from > 48_000), []);
  }));
