// @ts-check
/**
 * A real call within one page: two peer connections, a tone in each direction, captured as the product captures.
 *
 * Owns: the connections and the graph of one test. Must never: make a sample by itself, or change one.
 */

/** How long the call may take to be heard, in milliseconds. */
const HEARD_LIMIT_MS = 20_000;

/**
 * @param {string} workletSource  text of the capture worklet
 * @param {number} sentHz         what the agent's side sends
 * @param {number} receivedHz     what the customer's side sends
 * @param {number} seconds        how long to capture once the customer is heard
 * @returns {Promise<object[]>} the blocks in the order of their arrival, with the time of each by the page's clocks
 */
export async function captureLoopback(workletSource, sentHz, receivedHz, seconds) {
  const context = new AudioContext({ sampleRate: 48000 });
  await context.resume();
  const module = URL.createObjectURL(new Blob([workletSource], { type: "text/javascript" }));
  await context.audioWorklet.addModule(module);

  const agent = new RTCPeerConnection();
  const customer = new RTCPeerConnection();
  agent.onicecandidate = ({ candidate }) => void customer.addIceCandidate(candidate ?? undefined);
  customer.onicecandidate = ({ candidate }) => void agent.addIceCandidate(candidate ?? undefined);
  const sent = tone(context, sentHz);
  const spoken = tone(context, receivedHz);
  agent.addTrack(track(sent), sent);
  customer.addTrack(track(spoken), spoken);
  /** @type {Promise<MediaStreamTrack>} */
  const arrives = new Promise((resolve) => {
    agent.ontrack = (event) => resolve(event.track);
  });
  await agent.setLocalDescription();
  await customer.setRemoteDescription(/** @type {RTCSessionDescription} */ (agent.localDescription));
  await customer.setLocalDescription();
  await agent.setRemoteDescription(/** @type {RTCSessionDescription} */ (customer.localDescription));
  const received = new MediaStream([await arrives]);

  // Chromium renders a received track only where some element has it too.
  const element = new Audio();
  element.muted = true;
  element.srcObject = received;
  const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
  new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track(sent)]) }).connect(merger, 0, 0);
  new MediaStreamAudioSourceNode(context, { mediaStream: received }).connect(merger, 0, 1);
  const node = new AudioWorkletNode(context, "callseal-capture", {
    numberOfInputs: 1,
    numberOfOutputs: 0,
    channelCount: 2,
    channelCountMode: "explicit",
    channelInterpretation: "discrete",
  });
  merger.connect(node);

  const { port1: taken, port2: given } = new MessageChannel();
  /** @type {object[]} */
  const blocks = [];
  let heard = 0;
  await new Promise((resolve, reject) => {
    const alarm = setTimeout(() => reject(new Error(`the customer was not heard within ${HEARD_LIMIT_MS} ms`)), HEARD_LIMIT_MS);
    taken.onmessage = ({ data }) => {
      blocks.push({ ...data, arrived_ms: performance.now(), arrived_unix_ms: Date.now() });
      if (heard > 0 || data.right.some((/** @type {number} */ sample) => Math.abs(sample) > 0.05)) heard += 1;
      if (heard >= seconds * 50) {
        clearTimeout(alarm);
        resolve(undefined);
      }
    };
    node.port.postMessage({ kind: "port", port: given }, [given]);
  });
  taken.close();
  agent.close();
  customer.close();
  await context.close();
  element.srcObject = null;
  URL.revokeObjectURL(module);
  return blocks;
}

/**
 * @param {AudioContext} context
 * @param {number} frequency
 */
function tone(context, frequency) {
  const oscillator = new OscillatorNode(context, { frequency });
  const gain = new GainNode(context, { gain: 0.5 });
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  return destination.stream;
}

/** @param {MediaStream} stream */
function track(stream) {
  const [only] = stream.getAudioTracks();
  if (only === undefined) throw new Error("the stream has no audio");
  return only;
}
