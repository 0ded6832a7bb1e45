// @ts-check
/**
 * A sound card that nobody hears, for a browser that has no fake one: a PulseAudio of its own with a loudspeaker that
 * leads nowhere and a microphone into which a WAV file is spoken.
 *
 * Owns the server's life and when the microphone speaks: from its file's beginning, whenever it is opened. Must never touch
 * the machine's own sound server.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findProgram } from "../lib/project.mjs";
import { Missing } from "./bad-input.mjs";

/** How long the server may take to be there, in milliseconds. */
const START_LIMIT_MS = 15_000;
/** Sound that waits between the file and the microphone, in milliseconds: enough for a busy machine. */
const VOICE_LATENCY_MS = 150;
/** Of a WAV file of PCM samples without further chunks (RIFF, 12; fmt, 24; data, 8). */
const WAV_HEADER_BYTES = 44;
/** How often it is looked for, in milliseconds. */
const LOOK_MS = 25;

/**
 * @typedef {object} SoundServer
 * @property {Record<string, string>} env  for programs that shall use it
 * @property {() => void} stop
 */

/**
 * @param {string} [microphone]  WAV file, 48 kHz mono 16-bit; without it the microphone is silent
 * @returns {Promise<SoundServer>}
 * @throws {Missing} if there is no PulseAudio
 */
export async function startSoundServer(microphone) {
  for (const program of ["pulseaudio", "pactl", "pacat"]) {
    if (findProgram(program) === null) throw new Missing(`There is no ${program}. On Debian: apt-get install pulseaudio pulseaudio-utils`);
  }
  const folder = mkdtempSync(join(tmpdir(), "callseal-sound-"));
  const socket = join(folder, "socket");
  /** @type {Set<import("node:child_process").ChildProcess>} */
  const children = new Set();
  const run = (/** @type {string} */ program, /** @type {string[]} */ words) => {
    // A folder of its own for everything it would look up or keep: the user's server is another.
    const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_SERVER: `unix:${socket}` };
    const child = spawn(program, words, { env, stdio: ["pipe", "pipe", "ignore"] });
    children.add(child);
    child.on("close", () => children.delete(child));
    child.on("error", () => children.delete(child));
    return child;
  };
  const stop = () => {
    for (const child of [...children].reverse()) child.kill("SIGKILL");
    process.off("exit", stop);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.on("exit", stop);
  const modules = [
    "module-null-sink sink_name=nowhere",
    "module-null-sink sink_name=voice rate=48000 channels=1",
    // Browsers leave out what a loudspeaker plays from their list of microphones; this is one.
    "module-remap-source source_name=microphone master=voice.monitor",
    // The last one: when its socket is there, so is everything else.
    `module-native-protocol-unix socket=${socket} auth-anonymous=1`,
  ];
  run("pulseaudio", ["-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", ...modules.flatMap((module) => ["-L", module])]);
  const deadline = Date.now() + START_LIMIT_MS;
  while (!existsSync(socket)) {
    if (Date.now() > deadline) {
      stop();
      throw new Error(`pulseaudio was not ready within ${START_LIMIT_MS / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  if (microphone !== undefined) {
    const voice = readFileSync(microphone).subarray(WAV_HEADER_BYTES);
    /** Ready to speak, so that the first word is not late. */
    const speaker = () => {
      const form = ["--format=s16le", "--rate=48000", "--channels=1", "--raw"];
      const child = run("pacat", ["--playback", "--device=voice", `--latency-msec=${VOICE_LATENCY_MS}`, ...form]);
      // It ends when nobody listens any more, in the middle of a word.
      child.stdin.on("error", () => undefined);
      return child;
    };
    let speaking = speaker();
    /** Who listens. A browser opens the device several times until it is content. @type {Set<string>} */
    const listeners = new Set();
    createInterface(run("pactl", ["subscribe"]).stdout).on("line", (line) => {
      const [, event, listener = ""] = /^Event '(new|remove)' on source-output #(\d+)/.exec(line) ?? [];
      if (event === "new") {
        if (listeners.size === 0) speaking.stdin.end(voice);
        listeners.add(listener);
      }
      if (event === "remove" && listeners.delete(listener) && listeners.size === 0) {
        speaking.kill();
        speaking = speaker();
      }
    });
  }
  return { env: { PULSE_SERVER: `unix:${socket}` }, stop };
}
