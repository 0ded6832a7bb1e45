// @ts-check
/**
 * Authoring tool: synthesises the demo's two speakers with espeak-ng.
 *
 * Owns the words and where on the clip's timeline they are spoken. Never runs in a build or a test: its outputs are
 * tracked files. Needs `espeak-ng` and `ffmpeg`. Run it from the repository's root after changing the words:
 *
 *     node scripts/demo/make-speech.mjs
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * @typedef {{voice: string, wordsPerMinute: number}} Voice
 * @typedef {{atSeconds: number, text: string, wordsPerMinute?: number}} Utterance
 */

/** Wide-band telephony: enough for speech, half the size of studio rates. */
const CLIP_RATE_HZ = 16_000;

/** @type {Voice} */
const AGENT_VOICE = { voice: "en-us+f3", wordsPerMinute: 175 };
/** @type {Voice} */
const CUSTOMER_VOICE = { voice: "en-gb+m3", wordsPerMinute: 175 };

/** @type {Utterance[]} */
const AGENT_SPEECH = [
  { atSeconds: 2.6, text: "Thank you. How may I help you?" },
  { atSeconds: 5.9, text: "Please read me the number.", wordsPerMinute: 190 },
  { atSeconds: 11.8, text: "Thank you, that went through." },
  { atSeconds: 15.7, text: "Of course, to the back door, and after four o'clock." },
  { atSeconds: 19.4, text: "Good bye." },
];

/** The card number is the well-known test number 4111 1111 1111 1111. @type {Utterance[]} */
const CUSTOMER_SPEECH = [
  { atSeconds: 4.2, text: "I would like to pay my invoice." },
  { atSeconds: 7.1, text: "4 1 1 1, 1 1 1 1, 1 1 1 1, 1 1 1 1", wordsPerMinute: 200 },
  { atSeconds: 13.9, text: "Please deliver it to the back door." },
  { atSeconds: 18.2, text: "Many thanks. Good bye." },
];

/**
 * Speaks one text as 22.05 kHz PCM with silence trimmed from both ends.
 * @param {string} folder @param {string} name @param {string} text @param {Voice} voice
 * @returns {string} path of the WAV file
 */
function speak(folder, name, text, { voice, wordsPerMinute }) {
  const raw = join(folder, `${name}.raw.wav`);
  const trimmed = join(folder, `${name}.wav`);
  execFileSync("espeak-ng", ["-v", voice, "-s", String(wordsPerMinute), "-w", raw, text]);
  const trim = "silenceremove=start_periods=1:start_threshold=-50dB";
  ffmpeg(["-i", raw, "-af", `${trim},areverse,${trim},areverse`, trimmed]);
  return trimmed;
}

/** @param {string[]} args */
function ffmpeg(args) {
  const output = args.at(-1) ?? "";
  execFileSync("ffmpeg", ["-v", "error", "-y", ...args.slice(0, -1), "-fflags", "+bitexact", "-flags:a", "+bitexact", output]);
}

/** @param {string} file @returns {number} seconds */
function durationOf(file) {
  return Number(execFileSync("ffprobe", ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file]));
}

/**
 * Lays utterances on a silent timeline.
 * @param {string} folder @param {string} speaker @param {Utterance[]} speech @param {Voice} voice @param {string} output
 */
function layOut(folder, speaker, speech, voice, output) {
  const pieces = speech.map((utterance, index) => ({
    ...utterance,
    file: speak(folder, `${speaker}-${index}`, utterance.text, {
      ...voice,
      wordsPerMinute: utterance.wordsPerMinute ?? voice.wordsPerMinute,
    }),
  }));
  const delays = pieces.map((piece, index) => `[${index}]adelay=${Math.round(piece.atSeconds * 1000)}[d${index}]`);
  const mix = `${pieces.map((_, index) => `[d${index}]`).join("")}amix=inputs=${pieces.length}:normalize=0,apad=pad_dur=0.3`;
  ffmpeg([
    ...pieces.flatMap((piece) => ["-i", piece.file]),
    "-filter_complex", `${delays.join(";")};${mix}`,
    "-ar", String(CLIP_RATE_HZ), "-ac", "1", "-c:a", "pcm_s16le", output,
  ]);
  for (const piece of pieces) {
    const end = piece.atSeconds + durationOf(piece.file);
    process.stderr.write(`${speaker} ${piece.atSeconds.toFixed(2)} – ${end.toFixed(2)} s  ${piece.text}\n`);
  }
}

const folder = mkdtempSync(join(tmpdir(), "callseal-speech-"));
try {
  layOut(folder, "agent", AGENT_SPEECH, AGENT_VOICE, "www/demo/media/agent.wav");
  layOut(folder, "customer", CUSTOMER_SPEECH, CUSTOMER_VOICE, "www/demo/media/customer.wav");
} finally {
  rmSync(folder, { recursive: true });
}
