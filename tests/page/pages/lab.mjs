// @ts-check
/**
 * What the tests use inside a page: tones, loopback connections whose far end is in a frame without the tap,
 * level meters, and the line to the fake engine.
 */

/** @type {any} */
const lab = {};
Object.assign(globalThis, { lab });

let started = 0;
/** @type {AudioContext | null} */
let context = null;

lab.wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

lab.until = async (/** @type {() => any} */ condition, timeout = 8000) => {
  const limit = performance.now() + timeout;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > limit) throw new Error(`timed out: ${condition}`);
    await lab.wait(20);
  }
};

/** Microphone permission lets connections gather loopback candidates. */
lab.microphone = async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  return stream.getAudioTracks()[0];
};

lab.context = () => (context ??= new AudioContext({ sampleRate: 48000 }));

/** A steady tone as a track. */
lab.tone = (/** @type {number} */ hertz, amplitude = 0.3) => {
  const audio = lab.context();
  const oscillator = new OscillatorNode(audio, { frequency: hertz });
  const gain = new GainNode(audio, { gain: amplitude });
  const destination = new MediaStreamAudioDestinationNode(audio, { channelCount: 1 });
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  return destination.stream.getAudioTracks()[0];
};

/** A window without the tap. */
lab.frame = async () => {
  const frame = document.createElement("iframe");
  frame.src = "/pages/frame.html";
  document.body.append(frame);
  await new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  return frame.contentWindow;
};

/** Meters a track: `level(hertz)` in dB of full scale. */
lab.meter = (/** @type {MediaStreamTrack} */ track) => {
  const audio = lab.context();
  const stream = new MediaStream([track]);
  const element = new Audio();
  element.muted = true;
  element.srcObject = stream;
  const analyser = new AnalyserNode(audio, { fftSize: 8192, smoothingTimeConstant: 0 });
  const source = new MediaStreamAudioSourceNode(audio, { mediaStream: stream });
  source.connect(analyser);
  return {
    keep: [element, source],
    level(/** @type {number} */ hertz) {
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      const at = Math.round((hertz / 48000) * 8192);
      return Math.max(...bins.subarray(at - 2, at + 3));
    },
  };
};

/**
 * Connects `near` with a far end in another frame. `near` may have its transceivers already.
 * Returns the far end: {peer, received: track[], negotiate, sender}.
 */
lab.connect = async (/** @type {RTCPeerConnection} */ near, { send = null, receive = true } = {}) => {
  if (started++ === 0) await lab.microphone();
  const frame = await lab.frame();
  const peer = new frame.RTCPeerConnection();
  /** @type {any} */
  const far = { peer, received: [], sender: null, frame };
  near.addEventListener("icecandidate", ({ candidate }) => peer.addIceCandidate(candidate ?? undefined).catch(() => {}));
  peer.onicecandidate = (/** @type {any} */ { candidate }) => near.addIceCandidate(candidate ?? undefined).catch(() => {});
  peer.ontrack = (/** @type {RTCTrackEvent} */ { track }) => far.received.push(track);
  far.negotiate = async () => {
    await near.setLocalDescription(await near.createOffer());
    await peer.setRemoteDescription(near.localDescription);
    if (send && far.sender === null) {
      const free = peer.getTransceivers().find((/** @type {any} */ one) => one.receiver.track.kind === "audio" && !one.sender.track);
      if (free) {
        free.direction = receive ? "sendrecv" : "sendonly";
        await free.sender.replaceTrack(send);
        far.sender = free.sender;
      }
    }
    await peer.setLocalDescription(await peer.createAnswer());
    await near.setRemoteDescription(peer.localDescription);
  };
  await far.negotiate();
  await lab.until(() => near.connectionState === "connected");
  return far;
};

/** An ordinary call: our tone out, their tone in. */
lab.call = async ({ agent = 500, customer = 1500 } = {}) => {
  const near = new RTCPeerConnection();
  const microphone = lab.tone(agent);
  const sender = near.addTrack(microphone, new MediaStream([microphone]));
  const far = await lab.connect(near, { send: lab.tone(customer) });
  await lab.until(() => far.received.length > 0);
  return { near, far, sender, microphone, heard: lab.meter(far.received[0]) };
};

/** The fake engine, from the page. */
const engine = new BroadcastChannel("fake-engine");
let asked = 0;
/** @type {Map<number, (value: any) => void>} */
const waiting = new Map();
engine.onmessage = ({ data: { id, value } }) => {
  waiting.get(id)?.(value);
  waiting.delete(id);
};
lab.engine = (/** @type {string} */ command, /** @type {any} */ argument, timeout = 8000) =>
  new Promise((resolve, reject) => {
    asked += 1;
    waiting.set(asked, resolve);
    setTimeout(() => reject(new Error(`the fake engine did not answer "${command}"`)), timeout);
    engine.postMessage({ id: asked, command, argument });
  });

/** The browser may drop what is said on a channel before it knows of the Worker's end: until then, ask again. */
lab.engineListens = () =>
  lab.until(() =>
    lab.engine("name", null, 100).then(
      () => true,
      () => false,
    ),
  );
lab.messages = async (/** @type {string} */ kind) =>
  (await lab.engine("received")).map((/** @type {any} */ { message }) => message).filter((/** @type {any} */ { kind: other }) => !kind || other === kind);

/** Starts Callseal with the fake engine. */
lab.start = async (/** @type {any} */ options = {}, /** @type {(callseal: any) => void} */ started = () => undefined) => {
  const { Callseal } = await import("/pkg/index.mjs");
  lab.callseal = await Callseal.start({ workerUrl: "/pages/fake-engine.mjs", ...options });
  started(lab.callseal);
  if (!("workerUrl" in options)) await lab.engineListens();
  lab.errors = [];
  lab.callseal.on("error", (/** @type {any} */ error) => lab.errors.push(error.code));
  return lab.callseal;
};

lab.snapshot = (/** @type {string} */ call_id, /** @type {any} */ changes = {}) => ({
  call_id,
  phase: "asking",
  recording: false,
  redacting: false,
  redaction_class: null,
  cut: null,
  warning: null,
  yes_pending: false,
  paused: false,
  parties: [],
  law: null,
  allowed: ["yes", "no", "replay"],
  disclosure_text: "May we?",
  elapsed_ms: 0,
  recorded_ms: 0,
  objects_total: 0,
  objects_stored: 0,
  store_reachable: true,
  problem: null,
  outcome: null,
  shredding: null,
  ...changes,
});

/** A sine of 800 Hz, one second, as a WAV file in memory is not fetchable: the shipped prompt is used instead. */
lab.prompt = async () => {
  const { prompts } = await (await fetch("/pkg/prompts/index.json")).json();
  const [{ file, sha256 }] = prompts;
  return { url: `/pkg/prompts/${file}`, sha256 };
};
