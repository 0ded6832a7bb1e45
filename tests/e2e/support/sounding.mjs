// @ts-check
/**
 * When each second of the customer's voice was really sounded.
 *
 * On a busy machine an audio context that plays a clip falls behind the clock. Whoever asks whether a recording's timeline
 * is true must compare with when something was sounded, not with when it should have been. Owns the watch in the customer's
 * frame and its reading. Must never look at what a recorder says of a recording.
 */

/**
 * Watches the voices of calls that are begun from now on. To be called before a page is opened.
 * @param {import("playwright-core").BrowserContext} context
 */
export function watchSounding(context) {
  return context.addInitScript(() => {
    if (globalThis.top === globalThis.self) return;
    const start = AudioBufferSourceNode.prototype.start;
    /** @this {AudioBufferSourceNode} @param {number} [when] @param {number} [offset] @param {number} [duration] */
    AudioBufferSourceNode.prototype.start = function (when, offset, duration) {
      const { context: audio } = this;
      const begun = audio.currentTime;
      /** @type {[secondsOfVoice: number, atMs: number][]} */
      const marks = [];
      const mark = () => marks.push([audio.currentTime - begun, performance.timeOrigin + performance.now()]);
      mark();
      setInterval(mark, 50);
      Object.assign(globalThis, { testMarks: marks });
      return start.call(this, when, offset, duration);
    };
  });
}

/**
 * @param {import("playwright-core").Frame} frame the customer's
 * @returns {Promise<(second: number) => number>} second of the voice → Unix time in milliseconds at which it was sounded
 */
export async function sounding(frame) {
  const marks = await frame.evaluate(() => /** @type {[number, number][]} */ (Reflect.get(globalThis, "testMarks") ?? []));
  if (marks.length < 2) throw new Error("the customer's voice was not watched");
  return (second) => {
    const after = marks.findIndex(([seconds]) => seconds >= second);
    const [[fromS, fromMs], [toS, toMs]] = /** @type {[[number, number], [number, number]]} */ (
      after <= 0 ? [marks[0], marks[1]] : [marks[after - 1], marks[after]]
    );
    return fromMs + ((second - fromS) / Math.max(toS - fromS, 1e-3)) * (toMs - fromMs);
  };
}
