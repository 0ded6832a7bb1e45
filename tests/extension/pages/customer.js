/**
 * The customer's end of a call: speaks from a file and keeps what it hears.
 *
 * Owns this end. It runs on a site that is not granted to the extension.
 */
const customer = {
  /** @type {RTCPeerConnection | null} */
  peer: null,
  /** @type {AudioContext | null} */
  context: null,
  /** Mono samples at 8 kHz of what came in. @type {number[][]} */
  heard: [],

  /**
   * @param {string} sdp  the agent's offer
   * @param {string} voiceUrl
   */
  async answer(sdp, voiceUrl) {
    // With the microphone's permission the browser tells its own addresses to the other end.
    await navigator.mediaDevices.getUserMedia({ audio: true });
    const context = new AudioContext({ sampleRate: 48000 });
    customer.context = context;
    const voice = await context.decodeAudioData(await (await fetch(voiceUrl)).arrayBuffer());
    const out = new MediaStreamAudioDestinationNode(context);
    const source = new AudioBufferSourceNode(context, { buffer: voice });
    source.connect(out);

    const peer = new RTCPeerConnection();
    customer.peer = peer;
    peer.ontrack = ({ track }) => {
      const stream = new MediaStream([track]);
      const element = new Audio();
      element.muted = true;
      element.srcObject = stream;
      const ears = context.createScriptProcessor(4096, 1, 1);
      ears.onaudioprocess = ({ inputBuffer }) => {
        const samples = inputBuffer.getChannelData(0);
        customer.heard.push(Array.from({ length: Math.floor(samples.length / 6) }, (_, index) => Math.round(samples[index * 6] * 32767)));
      };
      new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(ears);
      ears.connect(new GainNode(context, { gain: 0 })).connect(context.destination);
      customer.kept = [element, ears];
    };
    await peer.setRemoteDescription({ type: "offer", sdp });
    for (const track of out.stream.getAudioTracks()) peer.addTrack(track, out.stream);
    await peer.setLocalDescription();
    await gathered(peer);
    peer.addEventListener("connectionstatechange", () => peer.connectionState === "connected" && source.start());
    return peer.localDescription.sdp;
  },

  /** @returns {number[]} what was heard so far */
  ears: () => customer.heard.flat(),
};

/** @param {RTCPeerConnection} peer */
function gathered(peer) {
  return new Promise((resolve) => {
    const look = () => peer.iceGatheringState === "complete" && resolve(undefined);
    peer.addEventListener("icegatheringstatechange", look);
    look();
  });
}
