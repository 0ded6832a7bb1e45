// @ts-check
/**
 * What a browser can do of what Callseal relies on, tried out one by one: each probe answers with the words that stand in the
 * table of docs/browsers.md.
 *
 * Owns the trying. Must never go by a browser's name.
 */

/** @type {any} */
const lab = /** @type {any} */ (globalThis).lab;

const words = (/** @type {unknown} */ value) => (value ? "yes" : "no");

/** Runs words of JavaScript in a Worker that is a module. @param {string} name of a probe in probe-worker.mjs */
function inWorker(name) {
  const worker = new Worker(`/pages/probe-worker.mjs`, { type: "module", name });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  }).finally(() => worker.terminate());
}

/** A call whose customer sends a tone. */
async function call() {
  const near = new RTCPeerConnection();
  near.addTrack(lab.tone(500));
  const far = await lab.connect(near, { send: lab.tone(1500) });
  return { near, far, track: near.getReceivers()[0]?.track };
}

/** How loud a tone of a node is within some seconds, at most, in dB. @param {AudioNode} node @param {number} hertz */
async function loudest(node, hertz, forMs = 2_000) {
  const analyser = new AnalyserNode(node.context, { fftSize: 8192, smoothingTimeConstant: 0 });
  node.connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  let most = -Infinity;
  for (const end = performance.now() + forMs; performance.now() < end; await lab.wait(20)) {
    analyser.getFloatFrequencyData(bins);
    const at = Math.round((hertz / 48_000) * 8192);
    most = Math.max(most, ...bins.subarray(at - 2, at + 3));
  }
  node.disconnect(analyser);
  return most;
}

/** What the statistics say of a tone that was received for a second and not played. @returns {Promise<any>} */
async function receivedWhileMuted() {
  const { near, track } = await call();
  const mediaStream = new MediaStream([track]);
  const element = Object.assign(new Audio(), { muted: true, srcObject: mediaStream });
  await loudest(new MediaStreamAudioSourceNode(lab.context(), { mediaStream }), 1500, 1_000);
  const report = await near.getReceivers()[0]?.getStats();
  element.srcObject = null;
  return [...(report?.values() ?? [])].find(({ type }) => type === "inbound-rtp") ?? {};
}

/** Well above what lies beside a tone, in dB. */
const HEARD_DB = -50;

/** The name of each is the first cell of its row. @type {Record<string, () => Promise<string>>} */
export const PROBES = {
  "WebCodecs `AudioEncoder`: Opus, two channels, constant bit rate": () => inWorker("encoder"),
  "File system with synchronous access (OPFS)": () => inWorker("disk"),
  "…whose open file is a lock against other tabs": () => inWorker("lock"),
  "WebAssembly with SIMD, in a module Worker": () => inWorker("wasm"),
  "Device key in IndexedDB that cannot be taken out": () => inWorker("key"),
  "Web Locks and BroadcastChannel": async () => words(await navigator.locks.request("probe", () => typeof BroadcastChannel === "function")),
  "Audio graph at 48 kHz": async () => words(new AudioContext({ sampleRate: 48_000 }).sampleRate === 48_000),
  "…that opens no loudspeaker (`sinkId`)": async () => {
    const { sinkId } = /** @type {any} */ (new AudioContext(/** @type {any} */ ({ sinkId: { type: "none" } })));
    return words(sinkId?.type === "none");
  },
  "A received track is heard in the audio graph without an element that has it": async () => {
    const { track } = await call();
    return words((await loudest(new MediaStreamAudioSourceNode(lab.context(), { mediaStream: new MediaStream([track]) }), 1500)) > HEARD_DB);
  },
  "…and with one that is muted and never played": async () => {
    const { track } = await call();
    const mediaStream = new MediaStream([track]);
    const element = Object.assign(new Audio(), { muted: true, srcObject: mediaStream });
    const level = await loudest(new MediaStreamAudioSourceNode(lab.context(), { mediaStream }), 1500);
    return words(level > HEARD_DB && element.srcObject);
  },
  "Prompts in FLAC are decoded": async () => {
    const bytes = await (await fetch("/pkg/prompts/de/recording-notice.1.flac")).arrayBuffer();
    return words((await lab.context().decodeAudioData(bytes)).duration > 1);
  },
  "Telephone events (RFC 4733) of the far end sound in the received track": async () => {
    const { far, track } = await call();
    const mediaStream = new MediaStream([track]);
    const element = Object.assign(new Audio(), { muted: true, srcObject: mediaStream });
    far.sender.dtmf.insertDTMF("5555", 200, 100);
    const heard = await loudest(new MediaStreamAudioSourceNode(lab.context(), { mediaStream }), 770);
    return words(heard > HEARD_DB && element.srcObject);
  },
  "The far end's leaving is seen at the transport": async () => {
    const { near, far } = await call();
    const transport = near.getSenders()[0]?.transport;
    far.peer.close();
    return words(await lab.until(() => transport?.state === "closed", 5_000).catch(() => false));
  },
  "…and its own closing, by an event with the time": async () => {
    const { near } = await call();
    const transport = near.getSenders()[0]?.transport;
    const time = new Promise((resolve) => transport?.addEventListener("statechange", ({ timeStamp }) => resolve(timeStamp), { once: true }));
    near.close();
    const at = await Promise.race([time, lab.wait(5_000)]);
    return at === undefined ? "no event" : at === 0 ? "without the time" : "yes";
  },
  "Packets and samples received are in the statistics": async () => {
    const { packetsReceived, totalSamplesReceived } = await receivedWhileMuted();
    return words(packetsReceived > 0 && totalSamplesReceived > 0);
  },
  "…and the energy, where the track is not played": async () => words((await receivedWhileMuted()).totalAudioEnergy > 0),
  "Step of the page's clock": async () => {
    let least = Infinity;
    for (let before = performance.now(), turns = 0; turns < 200; turns += 1) {
      let now = before;
      while (now === before) now = performance.now();
      least = Math.min(least, now - before);
      before = now;
    }
    return `${Number(least.toFixed(1))} ms`;
  },
  "Colours of the panel (`light-dark`, `color-mix`)": async () =>
    words(CSS.supports("color", "light-dark(white, black)") && CSS.supports("color", "color-mix(in srgb, red 9%, transparent)")),
};
