// @ts-check
/** Setup's decisions, for machines other than this one. */
import assert from "node:assert/strict";
import test from "node:test";
import { plan } from "../../scripts/setup/plan.mjs";

/** A machine that lacks nothing. @type {import("../../scripts/setup/plan.mjs").Findings} */
const COMPLETE = {
  debian: true,
  root: true,
  rustup: true,
  toolchain: "1.95.0",
  toolchainInstalled: true,
  targets: ["wasm32-unknown-unknown", "x86_64-unknown-linux-gnu"],
  components: ["cargo", "clippy", "rustc", "rustfmt"],
  wasmPack: "0.15.1",
  wasmBindgen: "0.2.126",
  wantedWasmBindgen: "0.2.126",
  cargoDeny: "0.20.2",
  cargoFuzz: "0.13.2",
  nightly: true,
  npmCurrent: true,
  compiler: true,
  chromium: true,
  chromedriver: true,
  firefox: true,
  pulseaudio: true,
  ffmpeg: true,
  xvfb: true,
  xdotool: true,
  multimon: true,
  openssl: true,
  nginx: true,
  sshd: true,
  pythonVenv: true,
  telephony: true,
};

/** Debian 12 with Rust, Node and Python, and nothing else. */
const FRESH = {
  ...COMPLETE,
  targets: ["x86_64-unknown-linux-gnu"],
  wasmPack: null,
  wasmBindgen: null,
  cargoDeny: null,
  cargoFuzz: null,
  nightly: false,
  npmCurrent: false,
  chromium: false,
  chromedriver: false,
  firefox: false,
  pulseaudio: false,
  ffmpeg: false,
  xvfb: false,
  xdotool: false,
  multimon: false,
  openssl: false,
  nginx: false,
  sshd: false,
  pythonVenv: false,
  telephony: false,
};

/** @param {import("../../scripts/setup/plan.mjs").Plan} made */
const ids = (made) => made.steps.map(({ id }) => id);

test("a complete machine has nothing to do", () => {
  assert.deepEqual(plan(COMPLETE, "test"), { steps: [], problems: [] });
});

test("a fresh machine gets everything, npm and Debian first", () => {
  const made = plan(FRESH, "test");
  assert.deepEqual(made.problems, []);
  assert.deepEqual(ids(made), [
    ...["npm-ci", "apt-get-update", "apt-get-install", "apt-get-install-telephony", "rust-target"],
    ...["cargo-install-wasm-pack", "cargo-install-wasm-bindgen-cli", "cargo-install-cargo-deny"],
    ...["cargo-install-cargo-fuzz", "rust-nightly"],
  ]);
  const debian = made.steps.find(({ id }) => id === "apt-get-install");
  for (const name of ["chromium", "chromium-driver", "ffmpeg", "firefox-esr", "pulseaudio", "xvfb", "xdotool", "multimon-ng", "openssl", "nginx-light", "openssh-server", "python3-venv"]) {
    assert.ok(debian?.command.includes(name), name);
  }
});

test("a telephone network that cannot be had keeps nothing else away", () => {
  const made = plan({ ...COMPLETE, telephony: false }, "test");
  assert.deepEqual(ids(made), ["apt-get-update", "apt-get-install-telephony"]);
  assert.deepEqual(made.steps.map(({ mayFail }) => mayFail), [true, true]);
  for (const elsewhere of [{ root: false }, { debian: false }]) {
    assert.deepEqual(plan({ ...COMPLETE, telephony: false, ...elsewhere }, "test"), { steps: [], problems: [] });
  }
  assert.deepEqual(plan({ ...COMPLETE, telephony: false }, "demo"), { steps: [], problems: [] });
});

test("a build needs no browser, no Python and no cargo-deny", () => {
  assert.deepEqual(ids(plan(FRESH, "build")), [
    ...["npm-ci", "rust-target", "cargo-install-wasm-pack", "cargo-install-wasm-bindgen-cli"],
  ]);
});

test("a demo needs Chromium and ffmpeg, but no driver", () => {
  const debian = plan(FRESH, "demo").steps.find(({ id }) => id === "apt-get-install");
  assert.deepEqual(debian?.command.slice(-2), ["chromium", "ffmpeg"]);
});

test("without root nothing is begun and one sentence says what to run", () => {
  const made = plan({ ...FRESH, root: false }, "demo");
  assert.deepEqual(made.problems, [
    "Missing: chromium, ffmpeg. Run `sudo apt-get update && sudo apt-get install -y chromium ffmpeg` and start again.",
  ]);
});

test("without root a machine that lacks no Debian package is prepared all the same", () => {
  const made = plan({ ...COMPLETE, root: false, wasmPack: null }, "test");
  assert.deepEqual(made.problems, []);
  assert.deepEqual(ids(made), ["cargo-install-wasm-pack"]);
});

test("another system is told the names of the packages", () => {
  const [problem] = plan({ ...FRESH, debian: false }, "demo").problems;
  assert.match(problem ?? "", /not a Debian system.*apt-get install -y chromium ffmpeg/);
});

test("a machine without rustup is told so", () => {
  assert.match(plan({ ...COMPLETE, rustup: false }, "build").problems[0] ?? "", /rustup/);
});

test("a toolchain that is not there is installed with its target and components in one go", () => {
  const made = plan({ ...COMPLETE, toolchainInstalled: false, targets: [], components: [] }, "test");
  assert.deepEqual(ids(made), ["rust-toolchain"]);
  assert.ok(made.steps[0]?.command.join(" ").includes("1.95.0 --profile minimal"));
  assert.match(made.steps[0]?.onFailure ?? "", /rust-toolchain\.toml pins Rust 1\.95\.0/);
});

test("target and components are added to the toolchain that is built with", () => {
  const made = plan({ ...COMPLETE, toolchain: "stable", targets: [], components: ["rustc"] }, "test");
  assert.deepEqual(
    made.steps.map(({ command }) => command.join(" ")),
    [
      "rustup target add --toolchain stable wasm32-unknown-unknown",
      "rustup component add --toolchain stable rustfmt clippy",
    ],
  );
});

test("a wasm-bindgen of another version is replaced by the pinned one", () => {
  const made = plan({ ...COMPLETE, wasmBindgen: "0.2.128" }, "build");
  assert.deepEqual(made.steps[0]?.command, [
    ...["cargo", "install", "--locked", "wasm-bindgen-cli", "--version", "0.2.126", "--force"],
  ]);
});
