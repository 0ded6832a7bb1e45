// @ts-check
/**
 * Looks at the machine: what of the prerequisites is there. Must never: change anything.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, pinnedToolchain, readProjectFile, ROOT, wasmBindgenVersion } from "../lib/project.mjs";
import { ask } from "../lib/run.mjs";

/** Says from which lock file node_modules was made. */
export const NPM_STAMP = join(ROOT, "node_modules/.callseal-lock");

/** Where Debian has kamailio's modules, by architecture. */
const KAMAILIO_MODULES = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/kamailio/modules`);

/** Fingerprint of what npm installs from. */
export function npmFingerprint() {
  const hash = createHash("sha256");
  for (const file of ["package.json", "package-lock.json"]) hash.update(readProjectFile(file)).update("\0");
  return hash.digest("hex");
}

/** @returns {Promise<import("./plan.mjs").Findings>} */
export async function probe() {
  const [{ toolchain, installed }, wasmPack, wasmBindgen, cargoDeny, cargoFuzz, toolchains, pythonVenv] = await Promise.all([
    chooseToolchain(),
    versionOf("wasm-pack"),
    versionOf("wasm-bindgen"),
    versionOf("cargo-deny"),
    versionOf("cargo-fuzz"),
    ask(["rustup", "toolchain", "list"], { RUSTUP_AUTO_INSTALL: "0" }),
    ask(["python3", "-c", "import venv, ensurepip"]),
  ]);
  const [targets, components] = installed
    ? await Promise.all([
        ask(["rustup", "target", "list", "--installed", "--toolchain", toolchain]),
        ask(["rustup", "component", "list", "--installed", "--toolchain", toolchain]),
      ])
    : [null, null];
  return {
    debian: isDebian(),
    root: process.getuid?.() === 0,
    rustup: findProgram("rustup") !== null,
    toolchain,
    toolchainInstalled: installed,
    targets: (targets ?? "").split("\n"),
    // "clippy-x86_64-unknown-linux-gnu" → "clippy"
    components: (components ?? "").split("\n").map((line) => line.split("-")[0] ?? ""),
    wasmPack,
    wasmBindgen,
    wantedWasmBindgen: wasmBindgenVersion(),
    cargoDeny,
    cargoFuzz,
    nightly: /^nightly-(?!\d)/m.test(toolchains ?? ""),
    npmCurrent: existsSync(NPM_STAMP) && readFileSync(NPM_STAMP, "utf8") === npmFingerprint(),
    compiler: findProgram("cc") !== null,
    chromium: findProgram("chromium") !== null,
    chromedriver: findProgram("chromedriver") !== null,
    firefox: findProgram("firefox-esr") !== null,
    pulseaudio: ["pulseaudio", "pactl", "pacat"].every((name) => findProgram(name) !== null),
    ffmpeg: findProgram("ffmpeg") !== null && findProgram("ffprobe") !== null,
    xvfb: findProgram("Xvfb") !== null,
    xdotool: findProgram("xdotool") !== null,
    multimon: findProgram("multimon-ng") !== null,
    openssl: findProgram("openssl") !== null,
    nginx: findProgram("nginx") !== null || existsSync("/usr/sbin/nginx"),
    sshd: findProgram("sshd") !== null || existsSync("/usr/sbin/sshd"),
    pythonVenv: pythonVenv !== null,
    telephony:
      ["kamailio", "rtpengine", "baresip", "janus"].every((name) => findProgram(name) !== null || existsSync(`/usr/sbin/${name}`)) &&
      KAMAILIO_MODULES.some((folder) => existsSync(join(folder, "websocket.so"))),
  };
}

/**
 * The pinned toolchain; or, where it is not installed under its number, `stable` if that is the very same release,
 * which saves a download.
 * @returns {Promise<{toolchain: string, installed: boolean}>}
 */
async function chooseToolchain() {
  const pinned = pinnedToolchain();
  // Without the variable some releases of rustup would begin to download it here.
  const names = ((await ask(["rustup", "toolchain", "list"], { RUSTUP_AUTO_INSTALL: "0" })) ?? "").split("\n");
  if (names.some((name) => name.startsWith(`${pinned}-`) || name.startsWith(`${pinned} `) || name === pinned)) {
    return { toolchain: pinned, installed: true };
  }
  if (names.some((name) => name.startsWith("stable"))) {
    const version = await ask(["rustup", "run", "stable", "rustc", "--version"]);
    if (version?.startsWith(`rustc ${pinned} `) === true) return { toolchain: "stable", installed: true };
  }
  return { toolchain: pinned, installed: false };
}

/** @param {string} program @returns {Promise<string | null>} the number in its `--version` */
async function versionOf(program) {
  if (findProgram(program) === null) return null;
  return /\d+\.\d+\.\d+\S*/.exec((await ask([program, "--version"])) ?? "")?.[0] ?? null;
}

/** @returns {boolean} */
function isDebian() {
  if (findProgram("apt-get") === null || !existsSync("/etc/os-release")) return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync("/etc/os-release", "utf8"));
}
