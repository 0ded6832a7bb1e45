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

/** `totalAudioEnergy` (W3C webrtc-stats) growth from look to look below which the line itself is silent: -50 dB for 0.1 s. */
const ENERGY_FLOOR = 1e-6;

/** Packets of 20 ms from look to look that are none but comfort noise: half a second's worth. */
const PACKETS_FLOOR = 25;

/**
 * Looks at the line that have to find something in one silence. One finds words that began between the report of a silence
 * and the look, on a line that sends exact silence in pauses, as gateways do.
 */
const SUSPICIOUS_LOOKS = 2;

/** Reports that come faster than this, in milliseconds, were held up by a busy page: all but the first are old. */
const LOOK_EVERY_MS = 500;

/** @typedef {{energy: number, packets: number, samples: number}} Received */

export class SilenceCheck {
  /** @type {() => RTCRtpReceiver[]} */
  #receivers;
  /** @type {() => void} */
  #alarm;
  /** At the last look in this silence. @type {Received | null} */
  #last = null;
  #lastMs = -Infinity;
  /** Length of the silence at the last report, in frames. */
  #frames = 0;
  #found = 0;
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
   * @param {number} [nowMs]  performance.now() time
   * @returns {Promise<void>} never rejects
   */
  async silentFor(frames, nowMs = performance.now()) {
    // Shorter than it was: there was sound meanwhile.
    if (frames === 0 || frames < this.#frames) {
      this.#last = null;
      this.#lastMs = -Infinity;
      this.#found = 0;
      this.#alarmed = false;
    }
    this.#frames = frames;
    if (frames === 0 || this.#busy || this.#alarmed || nowMs - this.#lastMs < LOOK_EVERY_MS) return;
    this.#busy = true;
    this.#lastMs = nowMs;
    try {
      const now = await received(this.#receivers());
      const last = this.#last ?? now;
      this.#last = now;
      const heard = now.energy - last.energy > ENERGY_FLOOR;
      const undecoded = now.packets - last.packets > PACKETS_FLOOR && now.samples === last.samples;
      if (frames > SUSPICIOUS_S * SAMPLE_RATE_HZ && (heard || undecoded)) this.#found += 1;
      if (this.#found >= SUSPICIOUS_LOOKS) {
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
