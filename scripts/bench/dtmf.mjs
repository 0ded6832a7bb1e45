// @ts-check
/**
 * The keypad detector's figures (docs/dtmf.md): tones over speech through codecs, and an hour of speech without tones.
 *
 * Owns the speech, the way through Opus, the independent detector beside ours, and the table. Needs `espeak-ng` and
 * `ffmpeg`; `multimon-ng` is asked too where it is there. The same seed gives the same figures. Must never: leave its
 * work files behind.
 *
 *     npm run bench:dtmf [-- --tones 500 --minutes 70 --seed 1]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT, STATUS_MISSING_PREREQUISITE, findProgram, toolEnvironment } from "../lib/project.mjs";
import { VOICES, randomOf, textOf } from "./dtmf-speech.mjs";

const RATE_HZ = 48_000;
const SOUND = ["-f", "s16le", "-ar", String(RATE_HZ), "-ac", "1"];
const RATIOS = ["clean", "20dB", "15dB", "10dB", "5dB", "0dB"];
const LINES = ["none", "mulaw", "alaw", "opus24"];
/** Bytes a program may print. */
const MAX_BUFFER = 1 << 30;
/** The speech that tones are laid over; the rest of it is only listened to. */
const MIX_MINUTES = 12;

/**
 * @typedef {object} Score
 * @property {number} tones
 * @property {[number, number]} short  right, and all, of those below 80 ms
 * @property {[number, number]} long
 * @property {number} wrong
 * @property {number} split
 * @property {number} elsewhere
 * @property {[number, number, number]} onsetMs  percentiles 1, 50, 99
 * @property {number} late
 * @property {[number, number, number]} endMs
 * @property {string} digits
 * @property {string} read
 * @property {number} realTime
 */

/** @param {string} name @param {string[]} args @returns {string} */
function run(name, args) {
  return execFileSync(name, args, { encoding: "utf8", env: toolEnvironment(), maxBuffer: MAX_BUFFER, cwd: ROOT });
}

/** @param {string[]} args */
function ffmpeg(args) {
  run("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args]);
}

/** Builds the Rust half. @returns {string} its path */
function buildFigures() {
  const lines = run("cargo", ["build", "--release", "--example", "dtmf_figures", "--message-format=json"]).split("\n");
  for (const line of lines) {
    if (!line.startsWith("{")) continue;
    const message = JSON.parse(line);
    if (message.target?.name === "dtmf_figures" && typeof message.executable === "string") return message.executable;
  }
  throw new Error("cargo names no executable for dtmf_figures");
}

/**
 * Speaks until a file of raw sound has so many minutes.
 * @param {string} folder @param {string} name @param {number} minutes @param {() => number} random
 * @returns {string} its path
 */
function speak(folder, name, minutes, random) {
  const all = join(folder, `${name}.raw`);
  const text = join(folder, `${name}.txt`);
  const wave = join(folder, `${name}.wav`);
  const piece = join(folder, `${name}.piece.raw`);
  writeFileSync(all, "");
  let samples = 0;
  for (let turn = 0; samples < minutes * 60 * RATE_HZ; turn += 1) {
    const voice = VOICES[turn % VOICES.length];
    if (voice === undefined) throw new Error("there are no voices");
    writeFileSync(text, textOf(voice.language, 8, random));
    const pace = ["-s", String(Math.round(130 + 80 * random())), "-p", String(Math.round(20 + 60 * random()))];
    run("espeak-ng", ["-v", voice.name, ...pace, "-f", text, "-w", wave]);
    // As loud as callers are: espeak-ng speaks at about −15 dB of full scale, callers by up to 12 dB less.
    ffmpeg(["-i", wave, "-af", `volume=${(-12 * random()).toFixed(1)}dB`, ...SOUND, piece]);
    const bytes = readFileSync(piece);
    appendFileSync(all, bytes);
    samples += bytes.length / 2;
  }
  return all;
}

/** Through the codec and back. @param {string} from @param {string} to @param {string} kilobits */
function throughOpus(from, to, kilobits) {
  const packets = `${to}.ogg`;
  const length = readFileSync(from).length / 2;
  ffmpeg([...SOUND, "-i", from, "-c:a", "libopus", "-b:a", `${kilobits}k`, "-application", "voip", packets]);
  ffmpeg(["-c:a", "libopus", "-i", packets, "-af", `atrim=end_sample=${length}`, ...SOUND, to]);
  rmSync(packets);
}

/** What multimon-ng reads. @param {string} file @returns {string} */
function otherReads(file) {
  const narrow = `${file}.22k`;
  ffmpeg([...SOUND, "-i", file, "-f", "s16le", "-ar", "22050", "-ac", "1", narrow]);
  const { stdout } = spawnSync("multimon-ng", ["-q", "-a", "DTMF", "-t", "raw", narrow], { encoding: "utf8", maxBuffer: MAX_BUFFER });
  rmSync(narrow);
  return [...stdout.matchAll(/^DTMF: (.)/gm)].map((match) => match[1]).join("");
}

/**
 * Digits of `truth` that `read` has in the same order, the most there can be: what a reader without times is measured by.
 * @param {string} truth @param {string} read @returns {number}
 */
function inOrder(truth, read) {
  let previous = new Uint32Array(read.length + 1);
  for (const digit of truth) {
    const row = new Uint32Array(read.length + 1);
    for (let at = 0; at < read.length; at += 1) {
      row[at + 1] = read[at] === digit ? (previous[at] ?? 0) + 1 : Math.max(previous[at + 1] ?? 0, row[at] ?? 0);
    }
    previous = row;
  }
  return previous[read.length] ?? 0;
}

/** @param {number} part @param {number} whole */
const percent = (part, whole) => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`);

/** @param {readonly string[][]} rows the first one is the head */
function print(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join(" | ")} |`);
  lines.splice(1, 0, `|${widths.map((width) => `${"-".repeat(width + 1)}:`).join("|")}|`);
  process.stdout.write(`${lines.join("\n")}\n\n`);
}

const { values } = parseArgs({
  options: {
    tones: { type: "string", default: "500" },
    minutes: { type: "string", default: "70" },
    seed: { type: "string", default: "1" },
  },
});

const missing = ["espeak-ng", "ffmpeg"].filter((name) => findProgram(name) === null);
if (missing.length > 0) {
  process.stderr.write(`bench:dtmf needs ${missing.join(" and ")}. Install with: apt-get install -y ${missing.join(" ")}\n`);
  process.exit(STATUS_MISSING_PREREQUISITE);
}
const other = findProgram("multimon-ng") !== null;
if (!other) process.stdout.write("multimon-ng is not there, so nothing is compared (apt-get install -y multimon-ng).\n\n");

const folder = mkdtempSync(join(tmpdir(), "callseal-dtmf-"));
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
}
try {
  const figures = buildFigures();
  const random = randomOf(Number(values.seed));
  const speech = speak(folder, "mix", MIX_MINUTES, random);
  run(figures, ["mix", speech, folder, values.seed, values.tones]);

  /** @type {string[][]} */
  const rows = [["tone over speech", "line", "tones", "40–79 ms", "80–200 ms", "wrong", "split", "elsewhere", "onset p1/p50/p99 ms", "> 2 ms late", "end p1/p50/p99 ms", "digits in order", "multimon-ng"]];
  let tones = 0;
  for (const ratio of RATIOS) {
    for (const line of LINES) {
      const sound = join(folder, `${ratio}.${line}.raw`);
      if (line.startsWith("opus")) throughOpus(join(folder, `${ratio}.none.raw`), sound, line.slice("opus".length));
      /** @type {Score} */
      const score = JSON.parse(run(figures, ["score", sound, join(folder, `${ratio}.json`)]));
      tones += score.tones;
      const found = score.short[0] + score.long[0];
      const theirs = other ? otherReads(sound) : "";
      const order = (/** @type {string} */ read) => `${percent(inOrder(score.digits, read), score.tones)} of ${read.length}`;
      rows.push([
        ratio,
        line,
        String(score.tones),
        percent(...score.short),
        percent(...score.long),
        percent(score.wrong, score.tones),
        percent(score.split, score.tones),
        percent(score.elsewhere, score.tones),
        score.onsetMs.map((error) => error?.toFixed(1)).join(" / "),
        percent(score.late, found),
        score.endMs.map((error) => error?.toFixed(1)).join(" / "),
        order(score.read),
        other ? order(theirs) : "–",
      ]);
    }
  }
  process.stdout.write(`${tones} tones, seed ${values.seed}\n\n`);
  print(rows);

  const quiet = speak(folder, "speech", Number(values.minutes), random);
  throughOpus(quiet, join(folder, "speech.opus.raw"), "24");
  /** @type {string[][]} */
  const falseRows = [["speech without tones", "hours", "false hits", "per hour", "cut out per hour", "of real time", "multimon-ng per hour"]];
  for (const [name, sound] of /** @type {const} */ ([["as spoken", quiet], ["Opus 24 kbit/s", join(folder, "speech.opus.raw")]])) {
    const { seconds, hits, realTime, cutMs } = JSON.parse(run(figures, ["listen", sound]));
    const hours = seconds / 3_600;
    const theirs = other ? (otherReads(sound).length / hours).toFixed(1) : "–";
    falseRows.push([name, hours.toFixed(2), String(hits.length), (hits.length / hours).toFixed(1), `${(cutMs / 1_000 / hours).toFixed(2)} s`, percent(realTime, 1), theirs]);
  }
  print(falseRows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
