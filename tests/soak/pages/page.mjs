// @ts-check
/**
 * The page of the soak: it makes the call's audio out of the demo's clips and takes the agent's part.
 *
 * Owns the Worker and one call at a time. Must never hurry: a block goes out when the engine has taken an earlier one.
 */

/** Samples in a block, and blocks in a second. */
const BLOCK = 960;
const BLOCKS_PER_SECOND = 50;

/** Blocks that the Worker's clock acknowledges together. */
const HALF_SECOND_BLOCKS = 25;

/** Blocks under way to the engine: four seconds of audio. */
const UNDER_WAY = 200;

/** What the engine may take for anything it does by itself, in milliseconds of real time. */
const LIMIT_MS = 30_000;

/** Pause between two turns of a speaker's clip: so that both are heard alone and together, in samples. */
const PAUSE = { agent: 1.3 * 48_000, customer: 2.9 * 48_000 };

class Speaker {
  /** @param {Float32Array} clip @param {number} pause */
  constructor(clip, pause) {
    this.clip = clip;
    this.length = clip.length + Math.round(pause);
    this.at = 0;
  }

  /** @returns {Float32Array} the next block */
  block() {
    const block = new Float32Array(BLOCK);
    block.set(this.clip.subarray(this.at, this.at + BLOCK));
    this.at += BLOCK;
    if (this.at >= this.length) this.at = 0;
    return block;
  }
}

/** @type {Worker} */
let worker;
/** @type {any[]} */
let messages = [];
/** The last picture of the call. @type {any} */
let snapshot = null;
/** @type {string[]} */
const errors = [];
/** Calls that the store has, and calls that were left behind by an earlier engine, for as long as the page lives. */
const ended = { stored: new Set(), recovered: new Set() };
/** @type {{agent: Speaker, customer: Speaker, prompt: Float32Array}} */
let sound;

/** @type {string} */
let callId;
/** @type {MessagePort} */
let audio;
let blocks = 0;
let underWay = 0;
/** @type {(() => void) | null} */
let credited = null;

/** @param {string} url @returns {Promise<Float32Array>} */
async function clip(url) {
  const bytes = await (await fetch(url)).arrayBuffer();
  return (await new OfflineAudioContext(1, 48_000, 48_000).decodeAudioData(bytes)).getChannelData(0);
}

/**
 * @param {(message: any) => boolean} wanted
 * @param {string} what
 */
async function heard(wanted, what) {
  const until = performance.now() + LIMIT_MS;
  for (;;) {
    const found = messages.find(wanted);
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(`${what} did not come: ${JSON.stringify({ snapshot, errors })}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** @param {any} message @param {Transferable[]} [transfer] */
function say(message, transfer = []) {
  worker.postMessage(message, transfer);
}

/** @param {() => Float32Array} left @param {() => Float32Array} right */
async function send(left, right) {
  while (underWay >= UNDER_WAY) {
    await new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      credited = resolve;
    });
  }
  const block = { kind: "block", frame: blocks * BLOCK, wall_ms: 0, left: left(), right: right() };
  audio.postMessage(block, [block.left.buffer, block.right.buffer]);
  blocks += 1;
  underWay += 1;
}

/** Lets the call go on for so many seconds of its own time. @param {number} seconds */
async function talk(seconds) {
  const until = blocks + seconds * BLOCKS_PER_SECOND;
  while (blocks < until) await send(() => sound.agent.block(), () => sound.customer.block());
  await allTaken();
}

/** Everything sent so far is with the engine. It must be whole credits: half seconds. */
async function allTaken() {
  while (underWay > 0) {
    await new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      credited = resolve;
    });
  }
}

/** @returns {Promise<{segments: number, envelopes: number, chunks: number}>} what lies in the spool */
async function spooled() {
  const count = { segments: 0, envelopes: 0, chunks: 0 };
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("callseal", { create: true });
  for await (const name of /** @type {any} */ (root).keys()) {
    for (const file of await filesIn(root, name)) {
      if (file.endsWith(".ogg.tink")) count.segments += 1;
      else if (file.endsWith(".jwe.json")) count.envelopes += 1;
      else if (file.endsWith(".jsonl")) count.chunks += 1;
    }
  }
  return count;
}

/**
 * @param {FileSystemDirectoryHandle} root
 * @param {string} name
 * @returns {Promise<string[]>} none if the engine has just let go of the folder
 */
async function filesIn(root, name) {
  const files = [];
  try {
    for await (const file of /** @type {any} */ (await root.getDirectoryHandle(name)).keys()) files.push(file);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
  }
  return files;
}

const soak = {
  /** @param {any} config @param {string} workerUrl */
  async start(config, workerUrl) {
    const [agent, customer, prompt] = await Promise.all([clip("/media/agent.wav"), clip("/media/customer.wav"), clip("/media/prompt.wav")]);
    sound = { agent: new Speaker(agent, PAUSE.agent), customer: new Speaker(customer, PAUSE.customer), prompt };
    worker = new Worker(workerUrl, { type: "module", name: "callseal" });
    worker.onerror = (event) => errors.push(event.message);
    worker.onmessage = ({ data }) => {
      if (data.kind === "state") snapshot = data.snapshot;
      else messages.push(data);
      if (data.kind === "error") errors.push(`${data.code}: ${data.message}`);
      if (data.kind === "call_stored") ended.stored.add(data.call_id);
      if (data.kind === "call_recovered") ended.recovered.add(data.call_id);
    };
    const own = await (await fetch("/callseal/config.json")).json();
    say({ kind: "init", protocol: 1, config: { ...own, ...config }, resumes: [] });
    await heard(({ kind }) => kind === "ready", "ready");
    say({ kind: "sensor_join", context_id: "desk" });
  },

  /** Answers a call, discloses, and agrees. @param {string} id */
  async begin(id) {
    callId = id;
    blocks = 0;
    messages = [];
    const { port1, port2 } = new MessageChannel();
    audio = port1;
    audio.onmessage = ({ data: credit }) => {
      underWay -= credit;
      credited?.();
    };
    say({ kind: "call_open", call_id: id });
    say({ kind: "audio_port", call_id: id, port: port2 }, [port2]);
    say({ kind: "call_answered", call_id: id, answered_age_ms: 0, by: "media", trusted: false });
    const { sha256 } = await heard(({ kind }) => kind === "play_disclosure", "the request to disclose");
    const prompt = sound.prompt.slice();
    say({ kind: "disclosure_audio", call_id: id, samples: prompt, sha256 }, [prompt.buffer]);
    await talk(1);
    const starts = blocks * BLOCK;
    say({ kind: "disclosure_started", call_id: id, frame: starts });
    const halfSeconds = Math.ceil(sound.prompt.length / (HALF_SECOND_BLOCKS * BLOCK));
    for (let block = 0; block < halfSeconds * HALF_SECOND_BLOCKS; block += 1) {
      const left = new Float32Array(BLOCK);
      left.set(sound.prompt.subarray(block * BLOCK, (block + 1) * BLOCK));
      await send(() => left, () => new Float32Array(BLOCK));
    }
    await allTaken();
    say({ kind: "disclosure_ended", call_id: id, frame: blocks * BLOCK });
    await talk(1);
    say({ kind: "consent", call_id: id, answer: "yes", method: "agent_button", trusted: true, event_age_ms: 0 });
    await heard(({ kind, event }) => kind === "consent_event" && event.answer === "yes", "the answer");
  },

  /** @param {number} seconds */
  talk,

  /** A field is in use for so many seconds of the call. @param {number} seconds */
  async field(seconds) {
    say({ kind: "field_begin", context_id: "desk", field: 1, how: "focus", frame_host: null, descriptor: '{"autocomplete":"cc-number"}', event_age_ms: 0, posted_at_ms: 0 });
    await talk(seconds);
    say({ kind: "field_end", context_id: "desk", event_age_ms: 0 });
  },

  async sample() {
    messages = [];
    say({ kind: "soak_sample" });
    const { time_ms, wasm_bytes, timers } = await heard(({ kind }) => kind === "soak_sample", "the sample");
    const { objects_total, objects_stored, recorded_ms, problem } = snapshot;
    return { time_ms, wasm_bytes, timers, objects_total, objects_stored, recorded_ms, problem, errors: [...errors], ...(await spooled()) };
  },

  /** Hangs up. @returns {Promise<{report: any, closed_ms: number, stored_ms: number}>} with the real time both took */
  async hangUp() {
    const hungUp = performance.now();
    say({ kind: "soak_real_time" });
    say({ kind: "hang_up", call_id: callId, event_age_ms: 0 });
    const { report } = await heard(({ kind }) => kind === "call_closed", "the report");
    const closed_ms = performance.now() - hungUp;
    await heard(({ kind }) => kind === "call_stored", "the store's word");
    return { report, closed_ms, stored_ms: performance.now() - hungUp };
  },

  /** Hangs up and does not wait for the store. @returns {Promise<any>} the report */
  async close() {
    say({ kind: "soak_real_time" });
    say({ kind: "hang_up", call_id: callId, event_age_ms: 0 });
    return (await heard(({ kind }) => kind === "call_closed", "the report")).report;
  },

  /** Lets time pass as it does. */
  realTime() {
    say({ kind: "soak_real_time" });
  },

  /** @returns {{stored: string[], recovered: string[], errors: string[], snapshot: any}} what became of calls since the page was opened */
  ended() {
    return { stored: [...ended.stored], recovered: [...ended.recovered], errors: [...errors], snapshot };
  },

  /** @returns {Promise<{segments: number, envelopes: number, chunks: number}>} what lies in the spool now */
  spooled,

  /** @returns {Promise<{segments: number, envelopes: number, chunks: number}>} what is left in the spool behind all calls */
  async left() {
    const until = performance.now() + LIMIT_MS;
    for (;;) {
      // The engine lets go of a call just behind the word that it is stored.
      const count = await spooled();
      if (count.segments + count.envelopes + count.chunks === 0 || performance.now() > until) return count;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
};

Object.assign(globalThis, { soak });
