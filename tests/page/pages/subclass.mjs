// @ts-check
/** What a softphone's shim may do before anybody else's script: a connection of its own that extends the browser's. */
const { close } = RTCPeerConnection.prototype;

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  closeByKept() {
    close.call(this);
  }
};
