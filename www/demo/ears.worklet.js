/**
 * Copies what reached the customer into blocks of 20 ms, 16-bit.
 *
 * Owns nothing but the block being filled. Plain script: it is loaded as it is, so that a strict content security
 * policy and a worklet's bare global scope are enough for it.
 */
const BLOCK_SAMPLES = 960;

registerProcessor("ears", class extends AudioWorkletProcessor {
  block = new Int16Array(BLOCK_SAMPLES);
  filled = 0;

  process([[channel]]) {
    const quantum = channel ?? new Float32Array(128);
    for (const sample of quantum) {
      this.block[this.filled] = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
      this.filled += 1;
      if (this.filled === BLOCK_SAMPLES) {
        this.port.postMessage(this.block, [this.block.buffer]);
        this.block = new Int16Array(BLOCK_SAMPLES);
        this.filled = 0;
      }
    }
    return true;
  }
});
