// @ts-check
/**
 * The connection of a call whose library shows its tracks but not its connections.
 *
 * Owns: looking for these tracks in every connection of the page, from before it is negotiated. Must never: take a
 * connection for a call's that has none of its tracks.
 */
import { ignore, registry } from "../tap.mjs";

/** @typedef {import("./call.mjs").SoftphoneCall} SoftphoneCall */
/** @typedef {import("./softphone.mjs").Softphone} Softphone */

/**
 * @param {Softphone} phone
 * @param {(tracks: Set<MediaStreamTrack | null>, peer: RTCPeerConnection) => SoftphoneCall | "ignore" | null | undefined} find  whose sent or
 *   received tracks these are; `ignore` for a connection that the adapter takes care of by other means
 * @returns {() => void} looks again, soon
 */
export function connectByTracks(phone, find) {
  const tap = registry();
  if (tap === null) return () => {};
  let isOver = false;
  phone.atEnd(null, () => void (isOver = true));
  phone.atEnd(null, tap.watch((connection) => {
    const { peer } = connection;
    const look = phone.guard(() => {
      if (isOver || connection.state.closedAt !== null) return unwatch();
      const found = find(new Set([...peer.getSenders(), ...peer.getReceivers()].map(({ track }) => track)), peer);
      if (found === "ignore" && !connection.ignored) ignore(peer);
      else if (found && found !== "ignore") found.connect(peer);
    });
    const unwatch = connection.watch(look);
    look();
  }));
  return () => tap.touchAll();
}
