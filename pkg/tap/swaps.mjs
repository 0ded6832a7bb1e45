// @ts-check
/**
 * Senders that for a while send something else than the page's own track.
 *
 * Owns: what each such sender pretends to the page, and giving the page's track back. Must never: leave a sender
 * without the page's track when its swap is over. The page sees its own track throughout; when it replaces that
 * track, the swap's owner is told and the swap stays.
 */

/** @typedef {import("./natives.mjs").Natives} Natives */

/**
 * @typedef {object} SwapOwner
 * @property {(track: MediaStreamTrack | null) => void} onPageTrack  the page now wants this track sent
 * @property {() => void} onRemoved  the page took the sender out of the connection
 */

/**
 * @typedef {object} Swap
 * @property {MediaStreamTrack} sent              what really goes out
 * @property {MediaStreamTrack | null} pageTrack  what the page sees and will get back
 * @property {SwapOwner} owner
 * @property {boolean} ending                     the page's track is on its way back
 */

export class Swaps {
  /** @type {Natives} */
  #natives;
  /** @type {WeakMap<RTCRtpSender, Swap>} */
  #swaps = new WeakMap();

  /** @param {Natives} natives */
  constructor(natives) {
    this.#natives = natives;
  }

  /**
   * Sends `track` instead of the page's own, without renegotiation.
   * @param {RTCRtpSender} sender
   * @param {MediaStreamTrack} track
   * @param {SwapOwner} owner
   * @returns {Promise<void>} rejects as RTCRtpSender.replaceTrack does; then nothing has changed
   */
  async begin(sender, track, owner) {
    const pageTrack = this.#swaps.get(sender)?.pageTrack ?? this.#natives.senderTrack.call(sender);
    /** @type {Swap} */
    const swap = { sent: track, pageTrack, owner, ending: false };
    this.#swaps.set(sender, swap);
    try {
      await this.#natives.replaceTrack.call(sender, track);
    } catch (error) {
      if (this.#swaps.get(sender) === swap) this.#swaps.delete(sender);
      throw error;
    }
  }

  /**
   * Gives the page's own track back. The browser is asked before this returns.
   * @param {RTCRtpSender} sender
   * @returns {Promise<void>} rejects when the browser refuses; then the swap is still on
   */
  async end(sender) {
    const swap = this.#swaps.get(sender);
    if (swap === undefined) return;
    swap.ending = true;
    try {
      await this.#natives.replaceTrack.call(sender, swap.pageTrack);
    } catch (error) {
      // Stopped or closed: this sender sends nothing any more, neither theirs nor ours.
      if (!(error instanceof DOMException && error.name === "InvalidStateError")) {
        swap.ending = false;
        throw error;
      }
    }
    if (this.#swaps.get(sender) === swap) this.#swaps.delete(sender);
  }

  /**
   * @param {RTCRtpSender} sender
   * @returns {MediaStreamTrack | null} the page's own track
   */
  pageTrack(sender) {
    const swap = this.#swaps.get(sender);
    return swap === undefined ? this.#natives.senderTrack.call(sender) : swap.pageTrack;
  }

  /**
   * @param {RTCRtpSender} sender
   * @returns {MediaStreamTrack | null} what really goes out in place of the page's track, or null
   */
  replacement(sender) {
    return this.#swaps.get(sender)?.sent ?? null;
  }

  /**
   * The page's own `replaceTrack`.
   * @param {RTCRtpSender} sender
   * @param {unknown[]} args
   * @param {(...args: unknown[]) => Promise<void>} native  bound to the sender
   * @returns {Promise<void>} settles as the browser's own would
   */
  replaceTrack(sender, args, native) {
    const swap = this.#swaps.get(sender);
    const wanted = args[0] ?? null;
    if (swap === undefined || args.length === 0 || !isAudioTrack(wanted)) return native(...args);
    if (swap.ending) {
      // The browser handles these in order: first the old track comes back, then this one goes in.
      return native(...args).then(() => {
        swap.pageTrack = wanted;
      });
    }
    // Replacing the mix by itself changes nothing, but fails exactly when the page's own call would.
    return native(swap.sent).then(async () => {
      swap.pageTrack = wanted;
      if (this.#swaps.get(sender) === swap && !swap.ending) swap.owner.onPageTrack(wanted);
      else await native(wanted);
    });
  }

  /** @param {RTCRtpSender} sender the page has taken it out of its connection */
  removed(sender) {
    const swap = this.#swaps.get(sender);
    if (swap === undefined) return;
    this.#swaps.delete(sender);
    swap.owner.onRemoved();
  }
}

/**
 * @param {unknown} value
 * @returns {value is MediaStreamTrack | null}
 */
function isAudioTrack(value) {
  if (value === null) return true;
  try {
    // Also takes tracks of other frames, which `instanceof` does not.
    return new MediaStream([/** @type {MediaStreamTrack} */ (value)]).getAudioTracks().length === 1;
  } catch {
    return false;
  }
}
