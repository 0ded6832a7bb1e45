// @ts-check
/**
 * Plays what is received, and keeps it for a test that asks what was to be heard. Must never: keep it unasked.
 */

/** @type {Blob[]} */
const heard = [];
/** @type {WeakSet<MediaStreamTrack>} */
const known = new WeakSet();
let isKeeping = false;

/** @param {MediaStreamTrack} track  received */
export function played(track) {
  // The end of a hold brings the same track again.
  if (track.kind !== "audio" || known.has(track)) return;
  known.add(track);
  const audio = new Audio();
  audio.srcObject = new MediaStream([track]);
  document.body.append(audio);
  void audio.play().catch(() => {});
  if (!isKeeping) return;
  const recorder = new MediaRecorder(new MediaStream([track]), { audioBitsPerSecond: 64_000 });
  recorder.addEventListener("dataavailable", ({ data }) => heard.push(data));
  recorder.start(1_000);
}

/** For the page's `desk`. */
export const ears = {
  keepHeard: () => {
    isKeeping = true;
  },
  /** @returns {Promise<number[]>} bytes of a WebM file */
  heard: async () => [...new Uint8Array(await new Blob(heard).arrayBuffer())],
};
