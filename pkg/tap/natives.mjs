// @ts-check
/**
 * The browser's own methods, kept from before they were hooked.
 *
 * Owns: the list of what is kept. Everything the tap does by itself goes through these, so that it never sees its
 * own hooks nor later ones of the page.
 */

/**
 * @typedef {object} Natives
 * @property {(this: EventTarget, type: string, listener: (event: Event) => void) => void} addEventListener
 * @property {(this: RTCPeerConnection) => RTCRtpTransceiver[]} getTransceivers
 * @property {(this: RTCPeerConnection) => RTCRtpSender[]} getSenders
 * @property {(this: RTCRtpSender) => MediaStreamTrack | null} senderTrack
 * @property {(this: RTCRtpSender, track: MediaStreamTrack | null) => Promise<void>} replaceTrack
 */

/**
 * @param {typeof globalThis} scope
 * @returns {Natives | null} null where there is no WebRTC
 */
export function keepNatives(scope) {
  const { RTCPeerConnection, RTCRtpSender, EventTarget } = scope;
  if (typeof RTCPeerConnection !== "function" || typeof RTCRtpSender !== "function") return null;
  const senderTrack = Object.getOwnPropertyDescriptor(RTCRtpSender.prototype, "track")?.get;
  if (senderTrack === undefined) return null;
  return {
    addEventListener: EventTarget.prototype.addEventListener,
    getTransceivers: RTCPeerConnection.prototype.getTransceivers,
    getSenders: RTCPeerConnection.prototype.getSenders,
    senderTrack,
    replaceTrack: RTCRtpSender.prototype.replaceTrack,
  };
}
