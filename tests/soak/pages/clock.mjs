// @ts-check
/**
 * Compressed time for the engine's Worker: loaded before `worker.mjs`, which then runs unchanged.
 *
 * While blocks of audio arrive, time is what they last: 20 ms for each, so an hour takes as long as the machine needs
 * for its work, and a busy machine makes it slower but never late. Otherwise time passes as it does. Owns the clocks,
 * the timers, back-pressure towards the page, and what is measured. Must never touch a message of the engine's, but
 * answers its challenges as a sensor that has nothing to report.
 */

/** What a block lasts, in milliseconds. */
const BLOCK_MS = 20;

/** Blocks that are acknowledged to the page together. */
const BLOCKS_PER_CREDIT = 25;

/** Frames that may wait in the encoder: what a real call has there too. */
const ENCODER_QUEUE = 100;

/**
 * How hard the encoder tries, 0 to 10, or null for the browser's own choice, at which an hour of audio costs two minutes
 * of a processor. Number, size and order of the packets stay the same, and they are all the engine sees.
 */
const ENCODER_COMPLEXITY = new URLSearchParams(location.search).get("complexity");

/** How often time is moved on when no audio arrives, in milliseconds. */
const STEP_MS = 10;

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (globalThis));
const monotonic = performance.now.bind(performance);
const real = { now: monotonic, setInterval: setInterval.bind(scope), setTimeout: setTimeout.bind(scope) };

let now = performance.now();
const unixAtZero = Date.now() - now;
let drivenByBlocks = false;
let stepped = real.now();

/** @type {Map<number, {at: number, every: number | null, run: () => void}>} */
const timers = new Map();
let timer = 0;

/** @param {number} milliseconds */
function advance(milliseconds) {
  const until = now + milliseconds;
  for (;;) {
    let next = null;
    for (const [id, { at }] of timers) if (at <= until && (next === null || at < next.at)) next = { id, at };
    if (next === null) break;
    const due = timers.get(next.id);
    if (due === undefined) break;
    now = Math.max(now, due.at);
    if (due.every === null) timers.delete(next.id);
    else due.at += due.every;
    due.run();
  }
  now = until;
}

/** @param {boolean} again @returns {(run: (...values: unknown[]) => void, milliseconds?: number, ...values: unknown[]) => number} */
const makeTimer = (again) => (run, milliseconds = 0, ...values) => {
  const after = Math.max(1, milliseconds);
  timers.set(++timer, { at: now + after, every: again ? after : null, run: () => run(...values) });
  return timer;
};
/** @param {number} id */
const clearTimer = (id) => void timers.delete(id);

performance.now = () => now;
Date.now = () => Math.floor(unixAtZero + now);
Object.assign(scope, {
  setInterval: makeTimer(true),
  setTimeout: makeTimer(false),
  clearInterval: clearTimer,
  clearTimeout: clearTimer,
});

real.setInterval(() => {
  const passed = real.now() - stepped;
  stepped += passed;
  if (!drivenByBlocks) advance(passed);
}, STEP_MS);

// The engine's memory, as the module exports it.
/** @type {WebAssembly.Memory | null} */
let memory = null;
/** @param {"instantiate" | "instantiateStreaming"} name */
function watch(name) {
  const original = /** @type {(...values: unknown[]) => Promise<any>} */ (WebAssembly[name]);
  Object.assign(WebAssembly, {
    [name]: async (/** @type {unknown[]} */ ...values) => {
      const result = await original.apply(WebAssembly, values);
      memory = (result.instance ?? result).exports.memory;
      return result;
    },
  });
}
watch("instantiate");
watch("instantiateStreaming");

/** The encoders that are open. @type {Set<AudioEncoder>} */
const encoders = new Set();
scope.AudioEncoder = class extends AudioEncoder {
  /** @param {AudioEncoderInit} init */
  constructor(init) {
    super(init);
    encoders.add(this);
  }

  /** @param {AudioEncoderConfig} config */
  configure(config) {
    if (ENCODER_COMPLEXITY === null) super.configure(config);
    else super.configure({ ...config, opus: { ...config.opus, complexity: Number(ENCODER_COMPLEXITY) } });
  }

  close() {
    super.close();
    encoders.delete(this);
  }
};

async function encoderKeepsUp() {
  for (const encoder of encoders) {
    while (encoder.state === "configured" && encoder.encodeQueueSize > ENCODER_QUEUE) {
      await new Promise((resolve) => encoder.addEventListener("dequeue", resolve, { once: true }));
    }
  }
}

// The call's audio port: every block moves time on by what it lasts, and carries the time it was complete.
const handler = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
Object.defineProperty(MessagePort.prototype, "onmessage", {
  ...handler,
  /** @this {MessagePort} @param {(event: MessageEvent) => void} take */
  set(take) {
    handler?.set?.call(this, paced(this, take));
  },
});

/**
 * @param {MessagePort} port
 * @param {(event: MessageEvent) => void} take
 * @returns {(event: MessageEvent) => void}
 */
function paced(port, take) {
  let taken = 0;
  return (event) => {
    drivenByBlocks = true;
    advance(BLOCK_MS);
    event.data.wall_ms = Date.now();
    take(event);
    taken += 1;
    if (taken % BLOCKS_PER_CREDIT === 0) void encoderKeepsUp().then(() => port.postMessage(BLOCKS_PER_CREDIT));
  };
}

// The sensor.
const post = scope.postMessage.bind(scope);
scope.postMessage = (/** @type {any} */ message) => {
  if (message.kind !== "challenge") return post(message);
  const { context_id, nonce } = message;
  queueMicrotask(() => {
    scope.onmessage?.(new MessageEvent("message", { data: { kind: "sensor_answer", context_id, nonce } }));
  });
};

// What the test asks of this file and the engine never sees.
scope.addEventListener("message", (event) => {
  const { kind } = event.data;
  if (kind !== "soak_sample" && kind !== "soak_real_time") return;
  event.stopImmediatePropagation();
  if (kind === "soak_real_time") {
    drivenByBlocks = false;
    stepped = real.now();
  } else {
    post({ kind, time_ms: now, wasm_bytes: memory?.buffer.byteLength ?? null, timers: timers.size });
  }
});
