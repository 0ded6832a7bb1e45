/**
 * A softphone that knows nothing of recorders: one RTCPeerConnection per call, the microphone out, the customer in.
 *
 * Owns the agent's end. What it saw of its own calls is in `phone.seen`, to be compared with and without the extension.
 */
const phone = {
  /** @type {RTCPeerConnection | null} */
  peer: null,
  /** @type {MediaStream | null} */
  microphone: null,
  /** @type {string[]} */
  seen: [],

  async offer() {
    phone.microphone ??= await navigator.mediaDevices.getUserMedia({ audio: true });
    const peer = new RTCPeerConnection();
    phone.peer = peer;
    for (const type of ["signalingstatechange", "connectionstatechange", "negotiationneeded"]) {
      peer.addEventListener(type, () => phone.seen.push(`${type} ${peer.signalingState} ${peer.connectionState}`));
    }
    peer.ontrack = ({ track, streams }) => {
      phone.seen.push(`track ${track.kind} ${streams.length}`);
      /** @type {HTMLAudioElement} */ (document.querySelector("#remote")).srcObject = streams[0];
    };
    for (const track of phone.microphone.getAudioTracks()) peer.addTrack(track, phone.microphone);
    await peer.setLocalDescription();
    await gathered(peer);
    return peer.localDescription.sdp;
  },

  /** @param {string} sdp */
  async answered(sdp) {
    await phone.peer.setRemoteDescription({ type: "answer", sdp });
    await new Promise((resolve) => {
      const look = () => phone.peer.connectionState === "connected" && resolve(undefined);
      phone.peer.addEventListener("connectionstatechange", look);
      look();
    });
    phone.seen.push(`sender has the microphone ${phone.peer.getSenders()[0].track === phone.microphone.getAudioTracks()[0]}`);
  },

  hangUp() {
    phone.peer.close();
    phone.peer = null;
  },
};

/** @param {RTCPeerConnection} peer */
function gathered(peer) {
  return new Promise((resolve) => {
    const look = () => peer.iceGatheringState === "complete" && resolve(undefined);
    peer.addEventListener("icegatheringstatechange", look);
    look();
  });
}
