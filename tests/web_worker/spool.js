// @ts-check
/**
 * What lies in the engine's spool, read beside the engine; and decoding, to hear what a recording holds.
 *
 * Must never: write to the spool.
 */

/** @returns {Promise<string[]>} names of the calls' folders */
export async function spooledCalls() {
  return namesIn(await spool());
}

/**
 * @param {string} callId
 * @returns {Promise<[string, Uint8Array][]>} each file with its content, without the lock
 */
export async function filesOfCall(callId) {
  const folder = await (await spool()).getDirectoryHandle(callId);
  /** @type {[string, Uint8Array][]} */
  const files = [];
  for (const name of await namesIn(folder)) {
    if (name === "lock") continue;
    const file = await (await folder.getFileHandle(name)).getFile();
    files.push([name, new Uint8Array(await file.arrayBuffer())]);
  }
  return files;
}

/**
 * @param {Uint8Array[]} packets  Opus, 20 ms each, two channels
 * @returns {Promise<[Float32Array, Float32Array]>} both channels at 48 kHz, the encoder's delay included
 */
export async function decode(packets) {
  const channels = [new Float32Array(packets.length * 960), new Float32Array(packets.length * 960)];
  let decoded = 0;
  /** @type {unknown} */
  let fault = null;
  const decoder = new AudioDecoder({
    output(data) {
      channels.forEach((channel, planeIndex) => {
        const plane = new Float32Array(data.numberOfFrames);
        data.copyTo(plane, { planeIndex, format: "f32-planar" });
        channel.set(plane.subarray(0, channel.length - decoded), decoded);
      });
      decoded += data.numberOfFrames;
      data.close();
    },
    error(error) {
      fault = error;
    },
  });
  decoder.configure({ codec: "opus", sampleRate: 48000, numberOfChannels: 2 });
  packets.forEach((data, index) => {
    decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: index * 20_000, duration: 20_000, data }));
  });
  await decoder.flush();
  decoder.close();
  if (fault !== null) throw fault;
  if (decoded !== packets.length * 960) throw new Error(`${packets.length} packets decoded to ${decoded} samples`);
  return /** @type {[Float32Array, Float32Array]} */ (channels);
}

/** @param {number} milliseconds @returns {Promise<void>} */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function spool() {
  return (await navigator.storage.getDirectory()).getDirectoryHandle("callseal", { create: true });
}

/** @param {FileSystemDirectoryHandle} folder */
async function namesIn(folder) {
  const names = [];
  for await (const name of /** @type {any} */ (folder).keys()) names.push(name);
  return names;
}
