// @ts-check
/**
 * Notices that a customer who is heard is captured as silence.
 *
 * Owns: comparing what is captured with what the connection says it received. Chromium hands a received track to
 * the audio graph as exact silence, without an error, when something went wrong; a recording of nothing must not
 * look like a recording.
 */

/** Exact silence for longer than this, in seconds, is suspicious while energy comes in: speech never is exact zero. */
const SUSPICIOUS_S = 2;

/** Samples per second of the capture. */
const SAMPLE_RATE_HZ = 48000;

/** `totalAudioEnergy` (W3C webrtc-stats) growth below which the line itself is silent: -50 dB for 0.1 s. */
const ENERGY_FLOOR = 1e-6;

export class SilenceCheck {
  /** @type {() => RTCRtpReceiver[]} */
  #receivers;
  /** @type {() => void} */
  #alarm;
  /** Energy when the silence began. @type {number | null} */
  #energyBefore = null;
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
      this.#energyBefore = null;
      this.#alarmed = false;
      return;
    }
    if (this.#busy || this.#alarmed) return;
    this.#busy = true;
    try {
      const energy = await receivedEnergy(this.#receivers());
      if (energy === null) return;
      this.#energyBefore ??= energy;
      if (frames > SUSPICIOUS_S * SAMPLE_RATE_HZ && energy - this.#energyBefore > ENERGY_FLOOR) {
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
 * @returns {Promise<number | null>} null where the browser does not say
 */
async function receivedEnergy(receivers) {
  let sum = null;
  for (const receiver of receivers) {
    for (const entry of (await receiver.getStats()).values()) {
      if (entry.type === "inbound-rtp" && typeof entry.totalAudioEnergy === "number") {
        sum = (sum ?? 0) + entry.totalAudioEnergy;
      }
    }
  }
  return sum;
}
