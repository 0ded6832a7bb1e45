// @ts-check
/**
 * The engine realm: a dedicated Worker that hosts the Wasm engine.
 *
 * Owns: loading the Wasm, passing messages in and out, the ticking of time. Must never decide anything, keep audio or
 * touch a key: keys exist only inside the Wasm's memory. A trap in the Wasm is final: the instance is dropped, the
 * page is told, nothing more is recorded.
 */
import init, { startEngine } from "./dist/callseal.js";
import { PROTOCOL_VERSION } from "./protocol.mjs";
import { StoreHelpers } from "./store-helpers.mjs";

/** Time between two ticks, in milliseconds: challenges are due every 250 ms, deadlines count in tenths of seconds. */
const TICK_MS = 100;

/** Longer prompts are none to the engine (60 s, `src/disclosure.rs`); they are not even copied into its memory. */
const LONGEST_PROMPT_SAMPLES = 60 * 48_000;

/** Time between two questions how much the disk has left, in milliseconds: a minute of calls is some 400 kB. */
const DISK_ASKED_EVERY_MS = 10_000;

/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("./protocol.mjs").EngineMessage} EngineMessage */
/** @typedef {import("./protocol.mjs").AudioBlock} AudioBlock */

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (globalThis));

/** @type {import("./dist/callseal.js").Engine | null} */
let engine = null;
/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;
/** @type {ReturnType<typeof setInterval> | undefined} */
let measuring;
let failed = false;
/** Messages that arrive while the engine starts. @type {PageMessage[]} */
let early = [];
/** Where the audio of calls that are not closed comes in. @type {Map<string, MessagePort[]>} */
const ports = new Map();

/** @param {EngineMessage} message */
function post(message) {
  scope.postMessage(message);
  // Nothing more of it is wanted, and a port that is kept open is kept for as long as the page lives.
  if (message.kind === "call_closed") closePorts(message.call_id);
}

const helpers = new StoreHelpers(post);

/** @param {string} callId */
function closePorts(callId) {
  for (const port of ports.get(callId) ?? []) port.close();
  ports.delete(callId);
}

/**
 * @param {unknown} thrown
 * @param {string} otherwise  the code for what is not one of our own errors
 */
function fail(thrown, otherwise) {
  failed = true;
  engine = null;
  clearInterval(ticking);
  clearInterval(measuring);
  for (const callId of [...ports.keys()]) closePorts(callId);
  const own = thrown instanceof Error && thrown.name === "CallsealError";
  const code = own && "code" in thrown ? String(thrown.code) : otherwise;
  // The text of a foreign error may quote anything; only our own sentences are passed on.
  const message = own ? thrown.message : "The recording engine stopped working; nothing more is recorded in this page.";
  post({ kind: "error", call_id: null, code, message, retryable: false, fatal: true });
}

/**
 * Runs one call into the engine; a trap ends it for good.
 * @param {(engine: import("./dist/callseal.js").Engine) => void} call
 */
function withEngine(call) {
  if (engine === null) return;
  try {
    call(engine);
  } catch (thrown) {
    fail(thrown, "engine/crashed");
  }
}

/**
 * @param {string} callId
 * @param {MessagePort} port
 */
function listenTo(callId, port) {
  ports.set(callId, [...(ports.get(callId) ?? []), port]);
  port.onmessage = ({ data }) => {
    const block = /** @type {AudioBlock} */ (data);
    if (block.kind === "block" && block.left instanceof Float32Array && block.right instanceof Float32Array) {
      withEngine((running) => running.block(callId, block.frame, block.wall_ms, block.left, block.right));
      // The copy inside the Wasm is the only one that is kept.
      block.left.fill(0);
      block.right.fill(0);
    }
  };
}

/** @param {Extract<PageMessage, {kind: "init"}>} message */
async function start(message) {
  if (message.protocol !== PROTOCOL_VERSION) {
    const thrown = Object.assign(new Error("The page and the engine are of different versions of Callseal."), {
      name: "CallsealError",
      code: "engine/version",
    });
    return fail(thrown, "engine/version");
  }
  try {
    const [, wasmUrl] = scope.name.split(" ");
    await init(wasmUrl === undefined ? undefined : { module_or_path: wasmUrl });
    engine = await startEngine(message.config, post, helpers, message.resumes);
  } catch (thrown) {
    return fail(thrown, "engine/load-failed");
  }
  ticking = setInterval(() => withEngine((running) => running.tick()), TICK_MS);
  measuring = setInterval(() => void measureDisk(), DISK_ASKED_EVERY_MS);
  void measureDisk();
  for (const waiting of early.splice(0)) take(waiting);
}

async function measureDisk() {
  try {
    const { quota, usage } = await scope.navigator.storage.estimate();
    if (quota !== undefined && usage !== undefined) withEngine((running) => running.leftOnDisk(Math.max(0, quota - usage)));
  } catch {
    // A browser that does not tell has its own way to say that the disk is full: a write that fails.
  }
}

/**
 * @param {number} id
 * @param {string} callId
 */
async function exportFiles(id, callId) {
  /** @type {{name: string, content: Blob}[] | null} */
  let files = null;
  try {
    const found = /** @type {[string, Blob][] | undefined} */ (await engine?.spooledFiles(callId));
    files = found?.map(([name, content]) => ({ name, content })) ?? null;
  } catch {
    // Nothing of this call is here, or it was let go meanwhile: the page says so.
  }
  post({ kind: "export_given", request_id: id, files });
}

/** @param {PageMessage} message */
function take(message) {
  switch (message.kind) {
    case "audio_port":
      if (message.port instanceof MessagePort) listenTo(message.call_id, message.port);
      break;
    case "disclosure_audio":
      if (message.samples instanceof Float32Array && message.samples.length <= LONGEST_PROMPT_SAMPLES) {
        withEngine((running) => running.disclosureAudio(message.call_id, message.samples));
      }
      break;
    case "grant_given":
      helpers.answered(message.request_id, message.answer);
      break;
    case "export_wanted":
      void exportFiles(message.request_id, message.call_id);
      break;
    default:
      withEngine((running) => running.handle(message));
  }
}

let starting = false;
scope.onmessage = (/** @type {MessageEvent<PageMessage>} */ { data: message }) => {
  if (failed) return;
  if (message.kind === "init") {
    if (!starting) {
      starting = true;
      void start(message);
    }
  } else if (engine === null) {
    early.push(message);
  } else {
    take(message);
  }
};
