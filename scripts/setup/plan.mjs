// @ts-check
/**
 * Decides what setup has to do, from what was found on the machine.
 * Pure: no look at the machine, no command run here, so that every kind of machine can be tested on any.
 */

/**
 * Which command is being prepared: `build` needs no browser, `demo` does, `test` needs everything.
 * @typedef {"build" | "demo" | "test"} Purpose
 */

/**
 * What was found. Versions are null if the program is missing.
 * @typedef {object} Findings
 * @property {boolean} debian          apt-get and an os-release of the Debian family are there
 * @property {boolean} root
 * @property {boolean} rustup
 * @property {string} toolchain        the toolchain to build with
 * @property {boolean} toolchainInstalled
 * @property {string[]} targets        installed for that toolchain
 * @property {string[]} components     installed for that toolchain, without the host's triple
 * @property {string | null} wasmPack
 * @property {string | null} wasmBindgen
 * @property {string} wantedWasmBindgen
 * @property {string | null} cargoDeny
 * @property {string | null} cargoFuzz
 * @property {boolean} nightly         Rust's nightly toolchain, which fuzzing needs
 * @property {boolean} npmCurrent      node_modules was made from today's lock file
 * @property {boolean} compiler        a C compiler, which Rust links with
 * @property {boolean} chromium
 * @property {boolean} chromedriver
 * @property {boolean} firefox         Debian's, in which the page's tests and the end-to-end specs run too
 * @property {boolean} pulseaudio      the sound card of that Firefox in the tests
 * @property {boolean} ffmpeg
 * @property {boolean} xvfb
 * @property {boolean} xdotool         a real mouse, for a page that hangs
 * @property {boolean} multimon        the decoder of keypad tones that is asked whether any is left
 * @property {boolean} openssl         as a timestamp authority in the tests
 * @property {boolean} nginx           as a plain HTTP store in the tests
 * @property {boolean} sshd            as an SFTP store in the tests
 * @property {boolean} pythonVenv      python3 with venv and ensurepip
 * @property {boolean} telephony       kamailio with WebSocket, rtpengine, baresip and Janus: a telephone network in the tests
 */

/**
 * One thing to do.
 * @typedef {object} Step
 * @property {string} id               name of its log
 * @property {string} title            shown while it runs
 * @property {string[]} command
 * @property {Record<string, string>} [env]
 * @property {boolean} [mayFail]       a failure is reported but does not stop the rest
 * @property {string} onFailure        one sentence: what to do by hand
 */

/** @typedef {{steps: Step[], problems: string[]}} Plan */

/** wasm-pack only drives the other tools; this version was tried with the pinned family. */
export const WASM_PACK_VERSION = "0.15.1";

/** cargo-deny is a check, not part of the build; pinned so that a new lint cannot fail an old commit. */
export const CARGO_DENY_VERSION = "0.20.2";

/** cargo-fuzz drives libFuzzer; what it builds with is the nightly toolchain. */
export const CARGO_FUZZ_VERSION = "0.13.2";

const WASM_TARGET = "wasm32-unknown-unknown";
const COMPONENTS = ["rustfmt", "clippy"];

/** Purposes from the least demanding to the most. @type {Purpose[]} */
const PURPOSES = ["build", "demo", "test"];

/**
 * Debian packages by what they are needed for.
 * @type {{found: (findings: Findings) => boolean, packages: string[], from: Purpose}[]}
 */
const DEBIAN_PACKAGES = [
  { found: (findings) => findings.compiler, packages: ["build-essential"], from: "build" },
  { found: (findings) => findings.chromium, packages: ["chromium"], from: "demo" },
  { found: (findings) => findings.ffmpeg, packages: ["ffmpeg"], from: "demo" },
  { found: (findings) => findings.chromedriver, packages: ["chromium-driver"], from: "test" },
  { found: (findings) => findings.firefox, packages: ["firefox-esr"], from: "test" },
  { found: (findings) => findings.pulseaudio, packages: ["pulseaudio", "pulseaudio-utils"], from: "test" },
  { found: (findings) => findings.xvfb, packages: ["xvfb"], from: "test" },
  { found: (findings) => findings.xdotool, packages: ["xdotool"], from: "test" },
  { found: (findings) => findings.multimon, packages: ["multimon-ng"], from: "test" },
  { found: (findings) => findings.openssl, packages: ["openssl"], from: "test" },
  { found: (findings) => findings.nginx, packages: ["nginx-light"], from: "test" },
  { found: (findings) => findings.sshd, packages: ["openssh-server"], from: "test" },
  { found: (findings) => findings.pythonVenv, packages: ["python3", "python3-venv"], from: "test" },
];

const DEBIAN_ENV = { DEBIAN_FRONTEND: "noninteractive" };
const INSTALL = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "install", "-y", "--no-install-recommends"];

/** @type {Step} */
const UPDATE_LISTS = {
  id: "apt-get-update",
  title: "Debian's package lists",
  command: ["apt-get", "-o", "DPkg::Lock::Timeout=120", "update"],
  env: DEBIAN_ENV,
  // Lists of a foreign source may be out of reach while Debian's own are fine.
  mayFail: true,
  onFailure: "Going on with the lists that are there.",
};

/** What the telephone network of the tests is made of; those tests are left out, and say so, where it cannot be had. */
const TELEPHONY_PACKAGES = ["kamailio", "kamailio-websocket-modules", "rtpengine-daemon", "baresip-core", "janus"];

/**
 * @param {Findings} findings
 * @param {Purpose} purpose
 * @returns {Plan} the steps in their order; with problems nothing should be begun
 */
export function plan(findings, purpose) {
  const debian = debianSteps(findings, purpose);
  const rust = rustSteps(findings, purpose);
  /** @type {Step[]} */
  const npm = findings.npmCurrent
    ? []
    : [
        {
          id: "npm-ci",
          title: "npm packages (about 15 s)",
          command: ["npm", "ci", "--no-audit", "--no-fund"],
          onFailure: "Run `npm ci` in this folder and start again.",
        },
      ];
  return {
    problems: [...debian.problems, ...rust.problems],
    // npm first: it is quick, and fails early where there is no network.
    steps: [...npm, ...debian.steps, ...telephonySteps(findings, purpose, debian.steps.length > 0), ...rust.steps],
  };
}

/**
 * A step of its own, so that a package that is not to be had keeps nothing else away.
 * @param {Findings} findings
 * @param {Purpose} purpose
 * @param {boolean} listsAreFresh
 * @returns {Step[]}
 */
function telephonySteps(findings, purpose, listsAreFresh) {
  if (purpose !== "test" || findings.telephony || !findings.debian || !findings.root) return [];
  const list = TELEPHONY_PACKAGES.join(" ");
  return [
    ...(listsAreFresh ? [] : [UPDATE_LISTS]),
    {
      id: "apt-get-install-telephony",
      title: `Debian packages ${list}`,
      command: [...INSTALL, ...TELEPHONY_PACKAGES],
      env: DEBIAN_ENV,
      mayFail: true,
      onFailure: `Tests with real telephones will be left out (apt-get install -y --no-install-recommends ${list}).`,
    },
  ];
}

/**
 * @param {Findings} findings
 * @param {Purpose} purpose
 * @returns {Plan}
 */
function debianSteps(findings, purpose) {
  const packages = DEBIAN_PACKAGES.filter(
    ({ found, from }) => PURPOSES.indexOf(from) <= PURPOSES.indexOf(purpose) && !found(findings),
  ).flatMap((row) => row.packages);
  if (packages.length === 0) return { steps: [], problems: [] };
  const list = packages.join(" ");
  if (!findings.debian) {
    return {
      steps: [],
      problems: [
        `Missing: ${packages.join(", ")}. This is not a Debian system, so install what corresponds to the Debian ` +
          `packages of these names with your package manager (on Debian: apt-get install -y ${list}) and start again.`,
      ],
    };
  }
  if (!findings.root) {
    return {
      steps: [],
      problems: [
        `Missing: ${packages.join(", ")}. Run \`sudo apt-get update && sudo apt-get install -y ${list}\` and start again.`,
      ],
    };
  }
  return {
    problems: [],
    steps: [
      UPDATE_LISTS,
      {
        id: "apt-get-install",
        title: `Debian packages ${list}`,
        command: [...INSTALL, ...packages],
        env: DEBIAN_ENV,
        onFailure: `Run \`apt-get update && apt-get install -y ${list}\` and start again.`,
      },
    ],
  };
}

/**
 * @param {Findings} findings
 * @param {Purpose} purpose
 * @returns {Plan}
 */
function rustSteps(findings, purpose) {
  if (!findings.rustup) {
    return {
      steps: [],
      problems: [
        "Missing: rustup, Rust's installer. Install it as described on https://rustup.rs and start again.",
      ],
    };
  }
  const { toolchain } = findings;
  const components = COMPONENTS.filter((name) => !findings.components.includes(name));
  /** @type {Step[]} */
  const steps = [];
  if (!findings.toolchainInstalled) {
    steps.push({
      id: "rust-toolchain",
      title: `Rust ${toolchain} with ${WASM_TARGET} (about 1 min)`,
      command: [
        ...["rustup", "toolchain", "install", toolchain, "--profile", "minimal", "--no-self-update"],
        ...["--target", WASM_TARGET, "--component", COMPONENTS.join(",")],
      ],
      onFailure:
        `rust-toolchain.toml pins Rust ${toolchain}, which rustup could not download: install it by ` +
        `\`rustup toolchain install ${toolchain}\` where there is a network, and start again.`,
    });
  } else {
    if (!findings.targets.includes(WASM_TARGET)) {
      steps.push({
        id: "rust-target",
        title: `Rust target ${WASM_TARGET}`,
        command: ["rustup", "target", "add", "--toolchain", toolchain, WASM_TARGET],
        onFailure: `Run \`rustup target add --toolchain ${toolchain} ${WASM_TARGET}\` and start again.`,
      });
    }
    if (purpose === "test" && components.length > 0) {
      steps.push({
        id: "rust-components",
        title: `Rust components ${components.join(" ")}`,
        command: ["rustup", "component", "add", "--toolchain", toolchain, ...components],
        onFailure: `Run \`rustup component add --toolchain ${toolchain} ${components.join(" ")}\` and start again.`,
      });
    }
  }
  if (findings.wasmPack !== WASM_PACK_VERSION) {
    steps.push(cargoInstall("wasm-pack", WASM_PACK_VERSION, "about 3 min"));
  }
  if (findings.wasmBindgen !== findings.wantedWasmBindgen) {
    steps.push(cargoInstall("wasm-bindgen-cli", findings.wantedWasmBindgen, "about 5 min"));
  }
  if (purpose === "test" && findings.cargoDeny !== CARGO_DENY_VERSION) {
    steps.push(cargoInstall("cargo-deny", CARGO_DENY_VERSION, "about 5 min"));
  }
  if (purpose === "test" && findings.cargoFuzz !== CARGO_FUZZ_VERSION) {
    steps.push(cargoInstall("cargo-fuzz", CARGO_FUZZ_VERSION, "about 1 min"));
  }
  if (purpose === "test" && !findings.nightly) {
    steps.push({
      id: "rust-nightly",
      title: "Rust nightly, for fuzzing (about 1 min)",
      command: ["rustup", "toolchain", "install", "nightly", "--profile", "minimal", "--no-self-update"],
      onFailure: "Run `rustup toolchain install nightly --profile minimal` and start again.",
    });
  }
  return { steps, problems: [] };
}

/**
 * Tools go into the ordinary cargo root, outside the checkout, so that other checkouts find them too.
 * @param {string} name
 * @param {string} version
 * @param {string} duration
 * @returns {Step}
 */
function cargoInstall(name, version, duration) {
  const command = ["cargo", "install", "--locked", name, "--version", version];
  return {
    id: `cargo-install-${name}`,
    title: `${name} ${version} (${duration}, once per machine)`,
    // Another version of the tool may be there.
    command: [...command, "--force"],
    onFailure: `Run \`${command.join(" ")} --force\` and start again.`,
  };
}
