// @ts-check
/**
 * Hold, as the directions of a connection's audio say it (RFC 3264 §8.4).
 *
 * Owns: who holds, for libraries that do not say. Must never: take a line that was never both ways for a held one.
 */

/** @typedef {import("./call.mjs").SoftphoneCall} SoftphoneCall */
/** @typedef {import("./softphone.mjs").Softphone} Softphone */

/**
 * Follows a connection's negotiations.
 * @param {Softphone} phone
 * @param {SoftphoneCall} call
 * @param {RTCPeerConnection} connection
 */
export function followHold(phone, call, connection) {
  let wasBothWays = false;
  const look = () => {
    if (connection.signalingState !== "stable") return;
    const audio = connection.getTransceivers().filter(({ receiver, currentDirection }) =>
      receiver.track.kind === "audio" && currentDirection !== null && currentDirection !== "stopped");
    if (audio.length === 0) return;
    if (audio.some(({ currentDirection }) => currentDirection === "sendrecv")) {
      wasBothWays = true;
      call.hold(false, "agent");
      call.hold(false, "customer");
    } else if (wasBothWays) {
      // Whoever offered has asked for it, unless they asked for both ways and the other did not want that.
      const isOurs = connection.localDescription?.type === "offer" && audio.every(({ direction }) => !direction.endsWith("recv") || direction === "recvonly");
      call.hold(true, isOurs ? "agent" : "customer");
    }
  };
  phone.listen(connection, { signalingstatechange: look }, call);
  look();
}
