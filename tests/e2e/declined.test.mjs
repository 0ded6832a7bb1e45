// @ts-check
/**
 * What happens when the customer does not say yes, or takes it back: by `npm run demo` where its status matters, by the
 * desktop itself where the browser's own storage matters.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../scripts/lib/project.mjs";
import { playScript } from "../../scripts/demo/call.mjs";
import { closed, snapshot, spoolFiles, stored, until, withInstallation } from "./support/desk.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP } from "./support/voices.mjs";

/** Nothing to say: the steps' problems are what counts. */
const quiet = () => undefined;

/**
 * @param {unknown[]} steps
 * @param {(run: {status: number | null, stderr: string, out: string}) => void} check
 */
function demo(steps, check) {
  const folder = mkdtempSync(join(tmpdir(), "callseal-e2e-declined-"));
  try {
    const script = join(folder, "script.json");
    const out = join(folder, "out");
    writeFileSync(script, JSON.stringify({ version: 1, steps }));
    const { status, stderr } = spawnSync("node", ["scripts/demo.mjs", "--script", script, "--out", out], { cwd: ROOT, encoding: "utf8", timeout: 180_000 });
    check({ status, stderr, out });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a no stores nothing, cannot be overridden by the agent, and is in the report", () => {
  demo(
    [
      { at_s: 2.5, do: "consent", answer: "no" },
      { at_s: 3, do: "consent", answer: "yes" },
      { at_s: 8, do: "hangup" },
    ],
    ({ status, stderr, out }) => {
      assert.equal(status, 0, stderr);
      const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
      assert.equal(report.outcome, "declined");
      assert.equal(report.recording_origin_ms, null);
      assert.equal(report.recording_duration_ms, 0);
      assert.deepEqual(report.objects, []);
      const answers = report.consent_events.filter((/** @type {{answer: unknown}} */ { answer }) => answer !== null);
      assert.deepEqual(answers.map((/** @type {{answer: string}} */ { answer }) => answer), ["no"]);
      assert.equal(answers[0].prompt_sha256, report.disclosure.sha256);
      assert.ok(!existsSync(join(out, "recording.ogg")));
      assert.ok(existsSync(join(out, "customer-heard.wav")), "the call itself went on");
    },
  );
});

test("no answer at all stores nothing", () => {
  demo([{ at_s: 4, do: "hangup" }], ({ status, stderr, out }) => {
    assert.equal(status, 0, stderr);
    const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
    assert.notEqual(report.outcome, "recorded");
    assert.deepEqual(report.objects, []);
  });
});

test("a withdrawal stops the recording and keeps what was recorded before", () => {
  demo(
    [
      { at_s: 2.5, do: "consent", answer: "yes" },
      { at_s: 8, do: "consent", answer: "withdraw" },
      { at_s: 12, do: "hangup" },
    ],
    ({ status, stderr, out }) => {
      assert.equal(status, 0, stderr);
      const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
      assert.equal(report.outcome, "withdrawn");
      assert.equal(report.verification.ok, true);
      const recordedS = report.recording_duration_ms / 1000;
      assert.ok(recordedS > 4.5 && recordedS < 6, `${recordedS} s were kept`);
      assert.ok(report.consent_events.some((/** @type {{kind: string}} */ { kind }) => kind === "withdrawn"));
      assert.ok(existsSync(join(out, "recording.ogg")));
    },
  );
});

test("after a no the browser's own storage holds no byte of the call, and no yes is on offer", () =>
  withInstallation(async (installation) => {
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP });
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question");
    await desktop.page.keyboard.press("Alt+Shift+KeyN");
    const declined = await snapshot(desktop, ({ phase }) => phase === "declined", "the no to count");
    assert.deepEqual(declined.allowed, []);
    assert.equal(await desktop.page.locator("callseal-panel [data-action]").count(), 0);
    await desktop.page.keyboard.press("Alt+Shift+KeyY");
    await until(call.connectedAtMs + 7_000);
    assert.equal(await desktop.page.locator('#lines [data-state="connected"]').count(), 1, "the call goes on");
    const problems = await playScript(desktop, { version: 1, steps: [{ at_s: 7, do: "hangup" }] }, call.connectedAtMs, quiet);
    assert.deepEqual(problems, []);
    const report = await closed(desktop);
    assert.equal(report.outcome, "declined");
    assert.deepEqual(report.consent_events.flatMap(({ answer, method }) => (answer === null ? [] : [[answer, method]])), [["no", "agent_hotkey"]]);
    assert.deepEqual(installation.storedCalls(), []);
    const bytes = (await spoolFiles(desktop.page)).filter((file) => file.bytes > 0);
    assert.deepEqual(bytes, []);
  }));

test("the spool is empty once every object is stored", () =>
  withInstallation(async (installation) => {
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP });
    const call = await desktop.callIn();
    await playScript(
      desktop,
      { version: 1, steps: [{ at_s: 2.5, do: "consent", answer: "yes" }, { at_s: 6, do: "hangup" }] },
      call.connectedAtMs,
      quiet,
    );
    const report = await closed(desktop);
    assert.ok(report.objects.length > 0);
    await stored(desktop, report.call_id);
    const bytes = (await spoolFiles(desktop.page)).filter((file) => file.bytes > 0);
    assert.deepEqual(bytes, []);
  }));
