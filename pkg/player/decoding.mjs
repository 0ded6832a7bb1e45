// @ts-check
/**
 * From Opus packets to samples, by the browser's own decoder (WebCodecs).
 *
 * Owns: that packet k becomes samples 960·k and following, exactly, whatever a decoder leaves out at its beginning.
 */
import { failure } from "./source.mjs";

/** Samples per channel in one packet: 20 ms at 48 kHz. */
export const PACKET_SAMPLES = 960;

/**
 * Packets decoded before the first one that is heard, so that the decoder has converged: 0.5 s. RFC 7845 §4.6 asks for 80 ms
 * at least; the energy of a band is predicted by half from the packet before (RFC 6716 §4.3.2.1), and after four packets a
 * loud tone is still 20 % off at the edge of a segment.
 */
export const PRE_ROLL_PACKETS = 25;

/** Samples for one value of the waveform: 100 ms. */
export const PEAK_SAMPLES = 4_800;

/** @typedef {[Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>]} Channels left agent, right customer */

/**
 * @param {Uint8Array[]} before   packets that are decoded and not heard
 * @param {Uint8Array[]} packets
 * @returns {Promise<Channels>}
 */
export async function decode(before, packets) {
  if (typeof AudioDecoder === "undefined") throw failure("browser/unsupported", "This browser has no audio decoder (WebCodecs).");
  const expected = (before.length + packets.length) * PACKET_SAMPLES;
  /** @type {Channels} */
  const whole = [new Float32Array(expected), new Float32Array(expected)];
  let got = 0;
  let isBroken = false;
  const decoder = new AudioDecoder({
    output(data) {
      const frames = Math.min(data.numberOfFrames, expected - got);
      whole.forEach((channel, index) => {
        const planeIndex = Math.min(index, data.numberOfChannels - 1);
        if (frames > 0) data.copyTo(channel.subarray(got, got + frames), { planeIndex, format: "f32-planar", frameCount: frames });
      });
      got += frames;
      data.close();
    },
    error() {
      isBroken = true;
    },
  });
  decoder.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 2 });
  [...before, ...packets].forEach((data, index) => {
    if (decoder.state === "configured") decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: index * 20_000, duration: 20_000, data: /** @type {BufferSource} */ (data) }));
  });
  if (decoder.state === "configured") await decoder.flush().catch(() => undefined);
  if (decoder.state !== "closed") decoder.close();
  if (isBroken) throw failure("open/corrupt", "The audio could not be decoded.");
  // What a decoder leaves out, it leaves out at the beginning.
  const missing = expected - got;
  const heard = before.length * PACKET_SAMPLES;
  /** @param {Float32Array<ArrayBuffer>} channel */
  const placed = (channel) => {
    if (missing > 0) channel.copyWithin(missing, 0, got).fill(0, 0, missing);
    return channel.slice(heard);
  };
  return [placed(whole[0]), placed(whole[1])];
}

/**
 * The loudest sample of every 100 ms, 0 to 1, both channels one behind the other.
 * @param {Channels} channels
 * @returns {Float32Array<ArrayBuffer>}
 */
export function peaksOf([left, right]) {
  const count = Math.ceil(left.length / PEAK_SAMPLES);
  const peaks = new Float32Array(2 * count);
  [left, right].forEach((channel, index) => {
    for (let at = 0; at < channel.length; at += 1) {
      const slot = index * count + Math.floor(at / PEAK_SAMPLES);
      const loud = Math.abs(channel[at] ?? 0);
      if (loud > (peaks[slot] ?? 0)) peaks[slot] = loud;
    }
  });
  return peaks;
}
