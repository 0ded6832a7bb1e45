// @ts-check
/** Every shipped disclosure is a sound to the browser, as long as it is said to be. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage } from "./support/browser.mjs";

/** Resampling to the context's rate may add or drop its filter's tails; 50 ms are less than a pause between words. */
const TOLERANCE_MS = 50;

/** Speech that the engine can find in the call again, as a share of full scale (root mean square, −30 dB). */
const LEAST_LEVEL = 0.03;

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

test("the browser decodes every prompt, to the stated duration, audible and not clipped", async () => {
  const page = await chromium.open();
  const decoded = await page.evaluate(async () => {
    const { prompts } = await (await fetch("/pkg/prompts/index.json")).json();
    const context = new OfflineAudioContext(1, 1, 48_000);
    return Promise.all(
      prompts.map(async (/** @type {{file: string, durationMs: number}} */ { file, durationMs }) => {
        const buffer = await context.decodeAudioData(await (await fetch(`/pkg/prompts/${file}`)).arrayBuffer());
        const samples = buffer.getChannelData(0);
        const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
        return {
          file,
          offMs: Math.abs(buffer.duration * 1000 - durationMs),
          channels: buffer.numberOfChannels,
          level: Math.sqrt(energy / samples.length),
          peak: samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0),
        };
      }),
    );
  });
  assert.equal(decoded.length, 20);
  for (const { file, offMs, channels, level, peak } of decoded) {
    assert.ok(offMs <= TOLERANCE_MS, `${file} is ${offMs} ms off`);
    assert.equal(channels, 1, file);
    assert.ok(level > LEAST_LEVEL && peak < 1, `${file}: level ${level}, peak ${peak}`);
  }
  await page.context().close();
});

test("the module's addresses lead to the sounds with the module's hashes", async () => {
  const page = await chromium.open();
  const wrong = await page.evaluate(async () => {
    /** @type {Record<string, any>} */
    const module = await import(`${location.origin}/pkg/prompts/index.mjs`);
    const { loadPrompt } = await import(`${location.origin}/pkg/prompts.mjs`);
    const context = new OfflineAudioContext(1, 1, 48_000);
    const { recordForQuality, ...byLanguage } = module;
    const all = [recordForQuality, ...Object.values(byLanguage).flatMap((family) => Object.values(family))];
    /** @type {string[]} */
    const failures = all.length === 21 ? [] : [`${all.length} prompts`];
    for (const { url, sha256 } of all) {
      await loadPrompt(context, url, sha256, new AbortController().signal).catch((/** @type {Error} */ error) => {
        failures.push(`${url}: ${error.message}`);
      });
    }
    return failures;
  });
  assert.deepEqual(wrong, []);
  await page.context().close();
});
