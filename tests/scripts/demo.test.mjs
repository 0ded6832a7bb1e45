// @ts-check
/** What the scripted demo accepts and demands, and how it reads sound. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import wavefile from "wavefile";
import { DEFAULT_SCRIPT, demandedOutcomes, faultsOf } from "../../scripts/demo/script.mjs";
import { readWav, resample, writeWav } from "../../scripts/demo/wav.mjs";
import { ROOT } from "../../scripts/lib/project.mjs";

const HANG_UP = { at_s: 9, do: "hangup" };

/** @param {unknown[]} steps */
const script = (...steps) => ({ version: 1, steps });

test("the default script has no faults", () => {
  assert.deepEqual(faultsOf(DEFAULT_SCRIPT), []);
});

test("every fault of a script is named with its path", () => {
  /** @type {[unknown, string[]][]} */
  const cases = [
    [null, ["$: must be an object"]],
    [{ version: 1 }, ["$.steps: must be a list"]],
    [{ version: 2, steps: [HANG_UP], extra: 1 }, ["$.extra: is not known here", "$.version: must be 1"]],
    [script({ at_s: 1, do: "dance" }), ["$.steps[0].do: must be one of consent, focus, type, blur, hangup"]],
    [script({ at_s: 1, do: "toString" }), ["$.steps[0].do: must be one of consent, focus, type, blur, hangup"]],
    [script({ at_s: -1, do: "blur" }, HANG_UP), ["$.steps[0].at_s: must be a number from 0 to 3600"]],
    [script({ do: "blur" }, HANG_UP), ["$.steps[0].at_s: must be a number from 0 to 3600"]],
    [script({ at_s: 1, do: "consent", answer: "maybe" }), ["$.steps[0].answer: must be one of yes, no, withdraw"]],
    [script({ at_s: 1, do: "focus" }), ["$.steps[0].selector: must be a text that is not empty"]],
    [script({ at_s: 1, do: "type", selector: "#notes" }), ["$.steps[0].text: must be a text"]],
    [script({ at_s: 1, do: "blur", selector: "#notes" }, HANG_UP), ["$.steps[0].selector: is not known here"]],
    [script(HANG_UP, { at_s: 10, do: "blur" }), ["$.steps: must end with its only hangup"]],
    [script({ at_s: 10, do: "blur" }, HANG_UP), ["$.steps[1].at_s: must not be earlier than the step before it"]],
  ];
  for (const [value, faults] of cases) assert.deepEqual(faultsOf(value), faults, JSON.stringify(value));
});

test("the answers of a script demand an outcome", () => {
  /** @param {("yes" | "no" | "withdraw")[]} answers */
  const demanded = (...answers) =>
    demandedOutcomes({ version: 1, steps: answers.map((answer, index) => ({ at_s: index, do: "consent", answer })) });
  assert.deepEqual(demanded("yes"), ["recorded"]);
  assert.deepEqual(demanded("yes", "withdraw"), ["withdrawn"]);
  assert.deepEqual(demanded("no"), ["declined"]);
  assert.deepEqual(demanded("no", "yes"), ["declined"]);
  assert.deepEqual(demanded(), ["declined", "failed"]);
});

test("bad input ends with status 2, names the place, and leaves standard output empty", () => {
  const folder = mkdtempSync(join(tmpdir(), "callseal-demo-test-"));
  try {
    const faulty = join(folder, "script.json");
    writeFileSync(faulty, JSON.stringify(script({ at_s: 1, do: "consent", answer: "perhaps" }, HANG_UP)));
    /** @type {[string[], RegExp][]} */
    const cases = [
      [["--script", faulty], /script\.json: \$\.steps\[0\]\.answer: must be one of/],
      [["--script", join(folder, "absent.json")], /absent\.json/],
      [["--agent", join(folder, "absent.wav")], /--agent: there is no file .*absent\.wav/],
      [["--colour", "blue"], /Unknown option '--colour'/],
    ];
    for (const [words, complaint] of cases) {
      const { status, stdout, stderr } = spawnSync("node", ["scripts/demo.mjs", ...words], { cwd: ROOT, encoding: "utf8" });
      assert.equal(status, 2, `${words.join(" ")}: ${stderr}`);
      assert.match(stderr, complaint);
      assert.equal(stdout, "");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("sound of any rate, depth and number of channels is read as the same mono sound", () => {
  const folder = mkdtempSync(join(tmpdir(), "callseal-demo-test-"));
  try {
    for (const [rate, channels, depth] of /** @type {const} */ ([[8_000, 1, "8"], [16_000, 2, "16"], [22_050, 1, "24"], [44_100, 2, "32f"], [96_000, 2, "32"]])) {
      const path = join(folder, `${rate}.wav`);
      const file = new wavefile.WaveFile();
      file.fromScratch(channels, rate, "64", channels === 1 ? tone(rate) : [tone(rate), tone(rate)]);
      file.toBitDepth(depth);
      writeFileSync(path, file.toBuffer());

      const sound = resample(readWav(path), 48_000);
      assert.ok(Math.abs(sound.samples.length - 48_000) <= 6, `${rate}: ${sound.samples.length} samples of a second`);
      const expected = tone(48_000);
      let worst = 0;
      // Past the resampler's run-in. It may shift the end by one sample of the old rate; wrong sound is off by 0.5 or more.
      for (let index = 4_800; index < 43_200; index += 1) worst = Math.max(worst, Math.abs((sound.samples[index] ?? 0) - (expected[index] ?? 0)));
      assert.ok(worst < 0.2, `${rate} Hz, ${channels} channels, ${depth} bits: off by ${worst}`);

      writeWav(path, sound);
      assert.equal(readWav(path).samples.length, sound.samples.length);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** One second of 440 Hz. @param {number} rate */
function tone(rate) {
  return Float64Array.from({ length: rate }, (_, index) => 0.5 * Math.sin((2 * Math.PI * 440 * index) / rate));
}
