// @ts-check
/** Two calls at once in one desktop stay two calls: own consent, own audio, own objects. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { completeReport } from "../../scripts/demo/report.mjs";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { decode, likeness, LIKENESS_RATE_HZ } from "./support/sound.mjs";
import { AGENT_CLIP, writeVoice } from "./support/voices.mjs";

test("two calls at once are recorded apart, each with its own customer", () =>
  withInstallation(async (installation) => {
    const voices = /** @type {const} */ ([
      { file: join(installation.folder, "first.wav"), plan: [[5, "request"], [9, "farewell"]] },
      { file: join(installation.folder, "second.wav"), plan: [[5, "delivery"], [8, "delivery"]] },
    ]);
    const said = voices.map(({ file, plan }) => writeVoice(file, plan, 20));
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: voices[0].file });
    const { page } = desktop;

    const calls = [];
    const ids = [];
    for (const { file } of voices) {
      await page.setInputFiles("#customer-file", file);
      calls.push(await desktop.callIn());
      const known = new Set(ids);
      const { call_id: id } = await snapshot(desktop, ({ call_id, phase }) => !known.has(call_id) && phase === "asking", "the question");
      ids.push(id);
    }
    assert.equal(new Set(ids).size, 2);
    assert.equal(await page.locator("callseal-panel [data-call]").count(), 2);

    // A hotkey cannot know which customer said yes.
    await page.keyboard.press("Alt+Shift+KeyY");
    await page.locator("callseal-panel .problem").waitFor();
    for (const id of ids) {
      assert.ok(!desktop.events.some(({ type, detail }) => type === "consent" && isAnswerOf(detail, id)), "the hotkey answered for nobody");
    }

    for (const id of ids) await page.locator(`callseal-panel [data-call="${id}"] [data-action=yes]`).click();
    const begun = Date.now();
    const [first, second] = calls;
    assert.ok(first && second);
    await until(Math.max(second.connectedAtMs + 11_500, begun + 5_000));
    await page.click(`#lines [data-line="${first.line}"] button`);
    await page.click("#hang-up");

    for (const [index, id] of ids.entries()) {
      const account = await closed(desktop, id);
      await stored(desktop, id);
      assert.equal(account.outcome, "recorded");
      const recording = join(installation.folder, `${index}.ogg`);
      const { report, problems } = completeReport(account, { ...installation, recording });
      assert.deepEqual(problems, []);
      assert.ok(report.verification.ok, JSON.stringify(report.verification));
      assert.ok(report.objects.every(({ name }) => name.startsWith(`${id}/`)));

      const [, right] = decode(recording, { rate: LIKENESS_RATE_HZ, channels: 2 });
      assert.ok(right);
      const originS = (report.recording_origin_ms ?? 0) / 1000;
      const score = (/** @type {number} */ which) => {
        const voice = voices[which];
        assert.ok(voice);
        const [reference] = decode(voice.file, { rate: LIKENESS_RATE_HZ, channels: 1 });
        assert.ok(reference);
        const heard = (said[which] ?? []).filter(({ fromS, toS }) => fromS > originS + 0.3 && toS < originS + report.recording_duration_ms / 1000);
        assert.ok(heard.length > 0, `call ${index} recorded nothing of what voice ${which} says`);
        return Math.max(...heard.map(({ fromS, toS }) => likeness(reference, right, { fromS, toS, offsetS: -originS })));
      };
      const [own, other] = [score(index), score(1 - index)];
      console.log(`call ${index + 1}: own customer ${own.toFixed(2)}, the other call's ${other.toFixed(2)}`);
      assert.ok(own > 0.7 && other < own - 0.3, `own ${own}, other ${other}`);
    }
    assert.deepEqual(installation.storedCalls().toSorted(), ids.toSorted());
  }));

/** @param {unknown} detail @param {string} id */
function isAnswerOf(detail, id) {
  const { callId, event } = /** @type {{callId: string, event: {kind: string}}} */ (detail);
  return callId === id && event.kind === "answered";
}
