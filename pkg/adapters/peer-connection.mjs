// @ts-check
/**
 * Plain RTCPeerConnections: softphones that have no library, or one without an adapter.
 *
 * Owns: what a connection itself says of its call, that is hold and end. Everything else the host says by the call's own
 * methods: `answer`, `mute`, `join`, `leave`, `transfer`, `connect` for a further connection.
 */
import { registry } from "../tap.mjs";
import { followHold } from "./directions.mjs";
import { Softphone } from "./softphone.mjs";

/**
 * @param {import("./softphone.d.ts").CallsealSource} callseal
 * @param {import("./softphone.d.ts").SoftphoneOptions} [options]
 * @returns {import("./peer-connection.d.ts").PeerConnectionSoftphone}
 */
export function peerConnections(callseal, options) {
  const phone = new Softphone(callseal, options);
  const watch = (/** @type {RTCPeerConnection} */ connection, /** @type {import("./softphone.d.ts").CallDescription} */ description) => phone.watched(connection, () => {
    const call = phone.open(connection, () => description);
    call.connect(connection);
    followHold(phone, call, connection);
    // The browser has no event for a `close` of the page's own; the tap has.
    const tapped = registry()?.adopt(connection);
    if (tapped === undefined) return call;
    phone.atEnd(call, tapped.watch(phone.guard(() => {
      if (tapped.state.closedAt === null) return;
      const { signalingState, connectionState } = connection;
      call.end(signalingState === "closed" ? "agent" : connectionState === "failed" ? "network" : "customer");
    })));
    return call;
  });
  return Object.assign(phone, { watch });
}
