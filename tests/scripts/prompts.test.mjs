// @ts-check
/** The shipped disclosures: what is proved to a court must be what was played, and what was played what was said. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import wavefile from "wavefile";
import webpack from "webpack";
import { readProjectFile, ROOT } from "../../scripts/lib/project.mjs";
import { moduleOf, typesOf } from "../../scripts/prompts/module.mjs";
import * as prompts from "../../pkg/prompts/index.mjs";

/** All of it is installed with the package, in bytes. */
const SOUNDS_LIMIT_BYTES = 2_500_000;

const LANGUAGES = ["en", "es", "fr", "de", "pt"];

/** The one sound in the tests and proofs of others; it never changes. */
const FIRST_SHA256 = "67363dca78d5ce425a28f084a77fb869c17728acea80003dd0575a3a6527e551";

/** @type {import("../../scripts/prompts/module.mjs").ListedPrompt[]} */
const listed = JSON.parse(readProjectFile("pkg/prompts/index.json")).prompts;
/** @type {{voices: object, prompts: {promptId: string, version: number, constant: string, words: Record<string, string>}[]}} */
const wording = JSON.parse(readProjectFile("scripts/prompts/words.json"));

const families = wording.prompts.map(({ promptId, version, constant }) => ({
  constant,
  prompts: listed.filter((prompt) => prompt.promptId === promptId && prompt.version === version),
}));

/** @param {{promptId: string, version: number, language: string}} prompt */
const nameOf = ({ promptId, version, language }) => `${promptId} v${version} (${language})`;

test("the module and the list name the same disclosures", () => {
  const { recordForQuality, ...byLanguage } = prompts;
  assert.equal(prompts.recordForQualityIn.en, recordForQuality);
  const fromModule = Object.values(byLanguage).flatMap((family) => Object.values(family));
  const fromList = listed.map(({ promptId, version, kind, answers, language, text, sha256, file }) => ({
    ...{ promptId, version, language, text, sha256 },
    // A disclosure without a kind is a question.
    ...(kind === "question" ? {} : { kind }),
    ...(answers.includes("keypad") ? { keypad: true } : {}),
    url: new URL(`../../pkg/prompts/${file}`, import.meta.url).href,
  }));
  assert.deepEqual(new Set(fromModule), new Set(fromList));
  assert.equal(fromModule.length, fromList.length);
});

test("the module and its types are the ones that are made of the list", () => {
  assert.equal(readProjectFile("pkg/prompts/index.mjs"), moduleOf(families));
  assert.equal(readProjectFile("pkg/prompts/index.d.ts"), typesOf(families));
});

test("the list says the words that were to be spoken", () => {
  assert.deepEqual(
    listed.map((prompt) => [nameOf(prompt), prompt.text]),
    wording.prompts.flatMap((family) =>
      LANGUAGES.map((language) => [nameOf({ ...family, language }), family.words[language]]),
    ),
  );
});

test("every hash is that of the file, and no two prompts share one", () => {
  for (const { file, sha256 } of listed) {
    assert.equal(createHash("sha256").update(readFileSync(join(ROOT, "pkg/prompts", file))).digest("hex"), sha256, file);
  }
  assert.equal(new Set(listed.map(({ sha256 }) => sha256)).size, listed.length);
  assert.equal(prompts.recordForQuality.sha256, FIRST_SHA256);
});

test("every family is there in all languages, of the same kind, answered in the same ways, for the same purposes", () => {
  assert.deepEqual(families.map(({ constant }) => `${constant}In`).sort(), Object.keys(prompts).filter((name) => name.endsWith("In")).sort());
  for (const { constant, prompts: family } of families) {
    assert.deepEqual(family.map(({ language }) => language), LANGUAGES, constant);
    assert.equal(new Set(family.map(({ kind, answers, purposes }) => JSON.stringify([kind, answers, purposes]))).size, 1, constant);
  }
});

test("a question is never answered by staying, and a keypad only where its keys are named", () => {
  for (const { kind, answers, purposes, text, ...prompt } of listed) {
    assert.ok(answers.length > 0 && purposes.length > 0, nameOf(prompt));
    assert.ok(!(kind === "question" && answers.includes("stay")), nameOf(prompt));
    assert.deepEqual(text.match(/\d/g) ?? [], answers.includes("keypad") ? ["1", "2"] : [], nameOf(prompt));
  }
});

test("a question asks in its first sentence, and a notice tells in it", () => {
  for (const { kind, text, ...prompt } of listed) {
    assert.equal(/^[^.!?]+\?/u.test(text), kind === "question", nameOf(prompt));
  }
});

test("the words fit every company: no address, no sign, no blank to fill in", () => {
  for (const { text, ...prompt } of listed) {
    assert.match(text, /^[\p{L}\p{Mn}\d ,.;?¿’\u202f-]+[.?]$/u, nameOf(prompt));
    assert.doesNotMatch(text, /callseal/i, nameOf(prompt));
    // A word in capitals inside a sentence is a name, but in German.
    if (prompt.language !== "de") assert.doesNotMatch(text, /(?<![.?] |^¿?)\p{Lu}/u, nameOf(prompt));
  }
});

test("a French question mark keeps its narrow no-break space", () => {
  for (const { text } of listed.filter(({ language }) => language === "fr")) {
    assert.doesNotMatch(text, /[^\u202f][?!;]/u, text);
  }
});

test("the stated duration is that of the sound", () => {
  for (const { file, durationMs } of listed) {
    const { samples, rateHz, channels } = soundOf(file);
    assert.equal(channels, 1, file);
    assert.equal(durationMs, Math.round((samples / rateHz) * 1000), file);
  }
});

test("all sounds together are small enough to be installed everywhere, and nothing lies beside them", () => {
  const files = LANGUAGES.flatMap((language) => readdirSync(join(ROOT, "pkg/prompts", language)).map((name) => `${language}/${name}`));
  assert.deepEqual(files.sort(), listed.map(({ file }) => file).sort());
  const bytes = files.reduce((sum, file) => sum + readFileSync(join(ROOT, "pkg/prompts", file)).length, 0);
  assert.ok(bytes < SOUNDS_LIMIT_BYTES, `${bytes} bytes`);
});

test("a bundle carries the family it uses and leaves the others", async () => {
  const folder = mkdtempSync(join(tmpdir(), "callseal-prompts-"));
  try {
    const entry = join(folder, "main.mjs");
    const module = fileURLToPath(new URL("../../pkg/prompts/index.mjs", import.meta.url));
    writeFileSync(entry, `import { recordKeypadIn } from ${JSON.stringify(module)};\nconsole.log(recordKeypadIn);\n`);
    const sizes = await bundledSizes(folder, entry);
    const expected = listed.filter(({ promptId }) => promptId === "record-keypad").map(({ file }) => soundOf(file).bytes);
    // The default question is no function's result, so that it stays in the simplest of embeddings; it is small.
    expected.push(soundOf("en/record-for-quality.1.wav").bytes);
    assert.deepEqual(sizes, expected.sort((one, other) => one - other));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/**
 * Reads the head of a sound, without the tool that made it.
 * @param {string} file  below `pkg/prompts`
 * @returns {{samples: number, rateHz: number, channels: number, bytes: number}}
 */
function soundOf(file) {
  const content = readFileSync(join(ROOT, "pkg/prompts", file));
  if (file.endsWith(".wav")) {
    const wave = new wavefile.WaveFile(content);
    const { numChannels, sampleRate } = /** @type {{numChannels: number, sampleRate: number}} */ (wave.fmt);
    return { samples: wave.getSamples(false, Int16Array).length, rateHz: sampleRate, channels: numChannels, bytes: content.length };
  }
  // RFC 9639, section 8.2: the stream information is the first block, its fields are packed without gaps.
  assert.equal(content.toString("latin1", 0, 4), "fLaC", file);
  assert.equal(content.readUInt8(4) & 0x7f, 0, file);
  const packed = content.readBigUInt64BE(18);
  return {
    rateHz: Number(packed >> 44n),
    channels: Number((packed >> 41n) & 0x7n) + 1,
    samples: Number(packed & 0xf_ffff_ffffn),
    bytes: content.length,
  };
}

/**
 * @param {string} folder @param {string} entry
 * @returns {Promise<number[]>} sizes of the sounds that come with the bundle
 */
async function bundledSizes(folder, entry) {
  const compiler = webpack({ mode: "production", context: folder, entry, output: { path: join(folder, "out") }, performance: { hints: false } });
  if (compiler === null) throw new Error("webpack made no compiler");
  /** @type {import("webpack").Stats} */
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => (result === undefined ? reject(error ?? new Error("no result")) : resolve(result)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  assert.ok(!stats.hasErrors() && !stats.hasWarnings(), stats.toString({ preset: "errors-warnings", colors: false }));
  const sounds = readdirSync(join(folder, "out")).filter((name) => /\.(flac|wav)$/.test(name));
  return sounds.map((name) => readFileSync(join(folder, "out", name)).length).sort((one, other) => one - other);
}
