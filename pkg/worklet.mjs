// @ts-check
/**
 * The capture processor: cuts what comes in into blocks of 20 ms and posts them to the engine.
 *
 * Owns: assembling blocks. Must never: import anything (it is loaded under any content-security-policy), decide
 * anything, or send audio anywhere but to the one port it was handed. Its shapes are in `protocol.mjs`.
 */

/** Samples per block: 20 ms at 48 kHz, `BLOCK_SAMPLES` of protocol.mjs. */
const BLOCK_SAMPLES = 960;

/** Frames between two reports about silence to the page: one second. */
const REPORT_FRAMES = 48000;

class CaptureProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    /** The engine's port. @type {MessagePort | null} */
    this.engine = null;
    this.stopped = false;
    /** `currentFrame` expected next; anything else is a hole. */
    this.nextFrame = -1;
    this.blockFrame = 0;
    this.filled = 0;
    this.left = new Float32Array(BLOCK_SAMPLES);
    this.right = new Float32Array(BLOCK_SAMPLES);
    /** Frames for which the right channel has been exactly zero. */
    this.silentFrames = 0;
    this.reportedFrame = 0;
    this.port.onmessage = (event) => this.command(event.data);
  }

  /** @param {{kind: "port", port: MessagePort} | {kind: "stop"}} message */
  command(message) {
    if (message.kind === "port") {
      this.engine = message.port;
      this.port.postMessage({ kind: "ready" });
    } else if (message.kind === "stop") {
      this.stopped = true;
      // What is still in the block is dropped: less than 20 ms. The port stays open, or blocks under way are lost.
      this.port.postMessage({ kind: "stopped" });
    }
  }

  /**
   * @param {Float32Array[][]} inputs
   * @returns {boolean} false once stopped, so that the browser frees the node
   */
  process(inputs) {
    if (this.stopped) return false;
    if (this.engine === null) return true;
    if (currentFrame !== this.nextFrame) {
      // Frames were skipped. Blocks are whole or nothing: the engine labels the hole as a gap.
      this.filled = 0;
    }
    const input = inputs[0] ?? [];
    const left = input[0];
    const right = input[1];
    const frames = left?.length ?? 128;
    this.nextFrame = currentFrame + frames;
    this.listen(right, frames);

    let taken = 0;
    while (taken < frames) {
      if (this.filled === 0) this.blockFrame = currentFrame + taken;
      const count = Math.min(frames - taken, BLOCK_SAMPLES - this.filled);
      // The arrays of `inputs` belong to the browser and are used again; without input the block stays zero.
      if (left) this.left.set(left.subarray(taken, taken + count), this.filled);
      else this.left.fill(0, this.filled, this.filled + count);
      if (right) this.right.set(right.subarray(taken, taken + count), this.filled);
      else this.right.fill(0, this.filled, this.filled + count);
      this.filled += count;
      taken += count;
      if (this.filled === BLOCK_SAMPLES) this.post(this.engine);
    }
    return true;
  }

  /** @param {MessagePort} engine */
  post(engine) {
    const { left, right } = this;
    engine.postMessage(
      { kind: "block", frame: this.blockFrame, wall_ms: Date.now(), left, right },
      [left.buffer, right.buffer],
    );
    this.left = new Float32Array(BLOCK_SAMPLES);
    this.right = new Float32Array(BLOCK_SAMPLES);
    this.filled = 0;
  }

  /**
   * @param {Float32Array | undefined} right
   * @param {number} frames
   */
  listen(right, frames) {
    this.silentFrames = right?.some((sample) => sample !== 0) ? 0 : this.silentFrames + frames;
    if (currentFrame - this.reportedFrame >= REPORT_FRAMES) {
      this.reportedFrame = currentFrame;
      this.port.postMessage({ kind: "right_silence", frames: this.silentFrames });
    }
  }
}

registerProcessor("callseal-capture", CaptureProcessor);
