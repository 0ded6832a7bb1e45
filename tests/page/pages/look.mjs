// @ts-check
/** Everything a page can see of the WebRTC interfaces, as plain data for comparison. */

/** @returns {Promise<Record<string, unknown>>} */
export async function look() {
  const scope = /** @type {any} */ (globalThis);
  const { RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver } = scope;
  const peer = new RTCPeerConnection();
  class Sub extends RTCPeerConnection {
    own() {
      return "own";
    }
  }
  const sub = /** @type {any} */ (new Sub());
  const { sender } = peer.addTransceiver("audio");
  const result = {
    instance: peer instanceof RTCPeerConnection,
    constructor: peer.constructor === RTCPeerConnection,
    prototype: Object.getPrototypeOf(peer) === RTCPeerConnection.prototype,
    alias: scope.webkitRTCPeerConnection === RTCPeerConnection,
    onWindow: describe(Object.getOwnPropertyDescriptor(scope, "RTCPeerConnection")),
    tag: Object.prototype.toString.call(peer),
    name: RTCPeerConnection.name,
    length: RTCPeerConnection.length,
    native: isNative(RTCPeerConnection),
    statics: Object.getOwnPropertyNames(RTCPeerConnection).sort(),
    certificate: String(await RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" })),
    subclass: [sub instanceof Sub, sub instanceof RTCPeerConnection, sub.constructor === Sub, sub.own(), sub.signalingState],
    prototypes: [RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver].map(({ prototype }) =>
      Object.entries(Object.getOwnPropertyDescriptors(prototype)).map(([key, descriptor]) => [key, ...describe(descriptor)])
    ),
    withoutNew: failure(() => RTCPeerConnection()),
    badConfiguration: failure(() => new RTCPeerConnection({ iceServers: [{ urls: "nonsense" }] })),
    badReceiver: failure(() => RTCPeerConnection.prototype.close.call({})),
    badTracks: [
      await rejection(() => sender.replaceTrack({})),
      await rejection(() => sender.replaceTrack()),
      await rejection(() => sender.setParameters({})),
      failure(() => peer.addTrack({})),
      failure(() => peer.removeTrack({})),
      failure(() => peer.addTransceiver("nonsense")),
    ],
    senderTracks: peer.getSenders().map((/** @type {RTCRtpSender} */ one) => one.track),
    enumerable: Object.keys(scope).filter((key) => /rtc|callseal/i.test(key)),
  };
  peer.close();
  sub.close();
  return result;
}

/** @param {Function} value */
function isNative(value) {
  return /\[native code\]/.test(Function.prototype.toString.call(value));
}

/** @param {PropertyDescriptor | undefined} descriptor */
function describe(descriptor) {
  const { enumerable, configurable, writable, value, get, set } = descriptor ?? {};
  return [
    enumerable,
    configurable,
    writable,
    ...[value, get, set].map((one) => (typeof one === "function" ? [one.name, one.length, isNative(one)] : typeof one)),
  ];
}

/** @param {() => unknown} work */
function failure(work) {
  try {
    return `no failure: ${work()}`;
  } catch (error) {
    return /** @type {Error} */ (error).name;
  }
}

/** @param {() => Promise<unknown>} work */
async function rejection(work) {
  try {
    return `no rejection: ${await work()}`;
  } catch (error) {
    return /** @type {Error} */ (error).name;
  }
}
