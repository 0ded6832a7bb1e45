// @ts-check
/**
 * Authoring tool: speaks the shipped disclosures with espeak-ng and lists them.
 *
 * Owns `pkg/prompts` but its README; the words and voices are in `words.json` beside this file. Never changes a sound
 * that is listed: its hash is in proofs, so other words are another version. Never runs in a build or a test: what it
 * makes is tracked. Needs `espeak-ng` and `ffmpeg`. Run it from the repository's root after changing the words:
 *
 *     node scripts/prompts/make.mjs
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readProjectFile, ROOT } from "../lib/project.mjs";
import { moduleOf, typesOf } from "./module.mjs";

/**
 * @typedef {import("./module.mjs").ListedPrompt} ListedPrompt
 * @typedef {import("./module.mjs").Family} Family
 * @typedef {{espeak: string, wordsPerMinute: number, gainDb: number}} Voice  the gain makes all voices equally loud,
 *   with room above them for what resampling overshoots
 * @typedef {Pick<ListedPrompt, "promptId" | "version" | "kind" | "answers" | "purposes">
 *   & {constant: string, words: Record<string, string>}} Wording
 */

const FOLDER = join(ROOT, "pkg/prompts");

/** Wide-band telephony (ITU-T G.722): more than most lines carry, a third of the engine's own rate. */
const RATE_HZ = 16_000;

/** Steps of the samples, 14 bits: finer than any telephone codec (G.711: 13), and a fifth less to load than with 16. */
const STEPS = 2 ** 13;

/**
 * @param {Wording} wording @param {string} language @param {string} text
 * @returns {Omit<ListedPrompt, "durationMs" | "sha256" | "file">} what is known before anything is spoken
 */
function described({ promptId, version, kind, answers, purposes }, language, text) {
  return { promptId, version, kind, language, text, answers, purposes, delivery: "audio" };
}

/**
 * The listed prompt as it is, or a new one.
 * @param {ListedPrompt[]} listed @param {Wording} wording @param {string} language @param {string} text @param {Voice} voice
 * @returns {ListedPrompt}
 * @throws {Error} if the words or the sound of a listed version were changed
 */
function listedOrSpoken(listed, wording, language, text, voice) {
  const known = described(wording, language, text);
  const name = `${known.promptId} v${known.version} (${language})`;
  const present = listed.find(
    (prompt) => prompt.promptId === known.promptId && prompt.version === known.version && prompt.language === language,
  );
  if (present === undefined) return speak(known, name, voice);
  const { durationMs, sha256, file, ...rest } = present;
  if (!isDeepStrictEqual(rest, known)) throw new Error(`${name} is shipped with other words: write a new version`);
  if (hashOf(file) !== sha256) throw new Error(`the sound of ${name} is not the one that is shipped: restore it`);
  return { ...known, durationMs, sha256, file };
}

/**
 * @param {Omit<ListedPrompt, "durationMs" | "sha256" | "file">} known @param {string} name @param {Voice} voice
 * @returns {ListedPrompt}
 */
function speak(known, name, { espeak, wordsPerMinute, gainDb }) {
  const file = `${known.language}/${known.promptId}.${known.version}.flac`;
  const output = join(FOLDER, file);
  if (existsSync(output)) throw new Error(`${file} is there but not listed: remove it`);
  mkdirSync(dirname(output), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "callseal-prompt-"));
  try {
    const raw = join(folder, "raw.wav");
    execFileSync("espeak-ng", ["-v", espeak, "-s", String(wordsPerMinute), "-w", raw, known.text]);
    const trim = "silenceremove=start_periods=1:start_threshold=-50dB";
    const filters = [
      ...[trim, "areverse", trim, "areverse", `volume=${gainDb}dB`, `aresample=${RATE_HZ}`],
      `aeval=round(val(0)*${STEPS})/${STEPS}`,
    ];
    execFileSync("ffmpeg", [
      ...["-v", "error", "-i", raw, "-af", filters.join(",")],
      ...["-ar", String(RATE_HZ), "-ac", "1", "-sample_fmt", "s16", "-c:a", "flac", "-compression_level", "12"],
      ...["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", output],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const durationMs = Math.round(durationSecondsOf(output) * 1000);
  process.stderr.write(`${name}: ${durationMs} ms\n`);
  return { ...known, durationMs, sha256: hashOf(file), file };
}

/** @param {string} path @returns {number} */
function durationSecondsOf(path) {
  return Number(execFileSync("ffprobe", ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path]));
}

/** @param {string} file  below `pkg/prompts` @returns {string} */
function hashOf(file) {
  return createHash("sha256").update(readFileSync(join(FOLDER, file))).digest("hex");
}

/** @type {{voices: Record<string, Voice>, prompts: Wording[]}} */
const { voices, prompts } = JSON.parse(readProjectFile("scripts/prompts/words.json"));
/** @type {ListedPrompt[]} */
const listed = JSON.parse(readFileSync(join(FOLDER, "index.json"), "utf8")).prompts;

const families = prompts.map((wording) => ({
  constant: wording.constant,
  prompts: Object.entries(voices).map(([language, voice]) => {
    const text = wording.words[language];
    if (text === undefined) throw new Error(`${wording.promptId} v${wording.version} has no words in ${language}`);
    return listedOrSpoken(listed, wording, language, text, voice);
  }),
}));
const all = families.flatMap((family) => family.prompts);
writeFileSync(join(FOLDER, "index.json"), `${JSON.stringify({ version: 1, prompts: all }, null, 2)}\n`);
writeFileSync(join(FOLDER, "index.mjs"), moduleOf(families));
writeFileSync(join(FOLDER, "index.d.ts"), typesOf(families));
