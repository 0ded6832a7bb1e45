// @ts-check
/**
 * Notices that a customer who is heard is captured as silence.
 *
 * Owns: comparing what is captured with what the connection says it received (W3C webrtc-stats). Chromium hands a
 * received track to the audio graph as exact silence, without an error, where nothing makes it render the track:
 * then either sound is decoded that the graph does not get, or packets come in that are never decoded. A recording
 * of nothing must not look like a recording.
 */

import { SAMPLE_RATE_HZ } from "./graph.mjs";

/** Exact silence for longer than this, in seconds, is suspicious while energy comes in: speech never is exact zero. */
const SUSPICIOUS_S = 2;

/** `totalAudioEnergy` (W3C webrtc-stats) growth below which the line itself is silent: -50 dB for 0.1 s. */
const ENERGY_FLOOR = 1e-6;

/** Packets of 20 ms that are none but comfort noise: half a second's worth in the time above. */
const PACKETS_FLOOR = 25;

/** @typedef {{energy: number, packets: number, samples: number}} Received */

export class SilenceCheck {
  /** @type {() => RTCRtpReceiver[]} */
  #receivers;
  /** @type {() => void} */
  #alarm;
  /** When the silence began. @type {Received | null} */
  #before = null;
  #busy = false;
  #alarmed = false;

  /**
   * @param {() => RTCRtpReceiver[]} receivers  whose audio should be heard
   * @param {() => void} alarm                  called once for each silence
   */
  constructor(receivers, alarm) {
    this.#receivers = receivers;
    this.#alarm = alarm;
  }

  /**
   * @param {number} frames  for which the captured right channel has been exactly zero; reported each second
   * @returns {Promise<void>} never rejects
   */
  async silentFor(frames) {
    if (frames === 0) {
      this.#before = null;
      this.#alarmed = false;
      return;
    }
    if (this.#busy || this.#alarmed) return;
    this.#busy = true;
    try {
      const now = await received(this.#receivers());
      this.#before ??= now;
      const { energy, packets, samples } = this.#before;
      const heard = now.energy - energy > ENERGY_FLOOR;
      const undecoded = now.packets - packets > PACKETS_FLOOR && now.samples === samples;
      if (frames > SUSPICIOUS_S * SAMPLE_RATE_HZ && (heard || undecoded)) {
        this.#alarmed = true;
        this.#alarm();
      }
    } catch {
      // No statistics, no suspicion: the connection may just have closed.
    } finally {
      this.#busy = false;
    }
  }
}

/**
 * @param {RTCRtpReceiver[]} receivers
 * @returns {Promise<Received>} sums; what a browser does not report counts as nothing
 */
async function received(receivers) {
  const sum = { energy: 0, packets: 0, samples: 0 };
  for (const receiver of receivers) {
    for (const entry of (await receiver.getStats()).values()) {
      if (entry.type !== "inbound-rtp") continue;
      sum.energy += entry.totalAudioEnergy ?? 0;
      sum.packets += entry.packetsReceived ?? 0;
      sum.samples += entry.totalSamplesReceived ?? NaN;
    }
  }
  return sum;
}
