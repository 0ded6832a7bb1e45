// @ts-check
/**
 * A stand-in for the engine in tests of the page side: keeps what it gets, says what the test tells it to say.
 *
 * Owns nothing of the product. It speaks the protocol of pkg/protocol.mjs and decides nothing.
 */
const test = new BroadcastChannel("fake-engine");
/** @type {{message: any, at: number}[]} */
const received = [];
/** @type {Map<string, {frame: number, wall_ms: number, left: Float32Array, right: Float32Array}[]>} */
const blocks = new Map();

self.onmessage = ({ data }) => {
  const { port, samples, ...rest } = data;
  received.push({ message: { ...rest, ...(samples ? { samples_length: samples.length } : {}) }, at: performance.now() });
  if (data.kind === "init" && data.config.refuse) {
    self.postMessage({ kind: "error", call_id: null, code: data.config.refuse, message: "refused", retryable: false, fatal: true });
  } else if (data.kind === "init" && !data.config.silent) self.postMessage({ kind: "ready", protocol: data.config.protocol ?? 1, version: "fake" });
  if (data.kind === "audio_port") {
    /** @type {any[]} */
    const list = [];
    blocks.set(data.call_id, list);
    port.onmessage = (/** @type {MessageEvent} */ event) => list.push(event.data);
  }
  if (data.kind === "disclosure_audio") prompts.set(data.call_id, samples);
};

/** @type {Map<string, Float32Array>} */
const prompts = new Map();

test.onmessage = ({ data: { id, command, argument } }) => {
  const reply = (/** @type {unknown} */ value) => test.postMessage({ id, value });
  if (command === "emit") reply(self.postMessage(argument));
  else if (command === "received") reply(received);
  else if (command === "blocks") reply(blocks.get(argument) ?? []);
  else if (command === "name") reply(self.name);
  else if (command === "prompt") reply(prompts.get(argument) ?? null);
  else if (command === "crash") {
    reply(null);
    setTimeout(() => {
      throw new Error("crash of the fake engine");
    });
  }
};
