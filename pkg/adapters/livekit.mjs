// @ts-check
/**
 * LiveKit: a room in which the agent speaks with a customer.
 *
 * Owns: what the events of a room mean for a call. Participants other than the first are told to the host; for Callseal
 * they are the tracks it hears.
 *
 * Source: livekit-client 2.x, `Room`; LiveKit's SIP attributes of participants.
 */
import { Softphone } from "./softphone.mjs";
import { connectByTracks } from "./tracks.mjs";

/** `DisconnectReason.CLIENT_INITIATED`. */
const CLIENT_INITIATED = 1;

/** @param {any} participant @returns {import("./softphone.d.ts").Party} */
function partyOf({ attributes, name, identity }) {
  const number = attributes?.["sip.phoneNumber"];
  return { user: number ?? identity, ...(name && { name }) };
}

/**
 * @param {import("./softphone.d.ts").CallsealSource} callseal
 * @param {any} room  a `Room`, before `connect`
 * @param {import("./livekit.d.ts").LiveKitOptions} [options]
 * @returns {Softphone}
 */
export function livekit(callseal, room, options = {}) {
  const phone = new Softphone(callseal, options);
  const others = () => /** @type {any[]} */ ([...room.remoteParticipants.values()]);
  const current = () => {
    const [customer] = others();
    if (customer === undefined) return phone.callOf(room);
    return phone.open(room, () => ({ id: room.name || customer.attributes?.["sip.callID"], direction: options.direction ?? "incoming", party: partyOf(customer) }));
  };
  const lookAgain = connectByTracks(phone, (tracks, peer) => {
    const senders = new Set(peer.getSenders());
    const { publisher, subscriber } = room.engine?.pcManager ?? {};
    const isTransport = [publisher, subscriber].some((transport) => transport?.getSenders().some((/** @type {RTCRtpSender} */ sender) => senders.has(sender)));
    return isTransport || others().some(({ audioTrackPublications: heard }) => [...heard.values()].some(({ track }) => tracks.has(track?.mediaStreamTrack))) ? current() : null;
  });
  const end = (/** @type {"agent" | "customer" | "network"} */ by) => phone.callOf(room)?.end(by);
  const arrived = () => {
    const call = current();
    for (const other of others().slice(1)) call?.join(other.identity, partyOf(other), { hasTrack: true });
    lookAgain();
  };
  const mute = (/** @type {boolean} */ muted) => (/** @type {any} */ publication, /** @type {any} */ participant) => {
    if (participant === room.localParticipant && publication.source === "microphone") phone.callOf(room)?.mute(muted);
  };
  phone.listen(room, {
    connected: arrived,
    participantConnected: arrived,
    localTrackPublished: lookAgain,
    trackSubscribed: ({ kind }) => {
      if (kind === "audio") current()?.answer();
      lookAgain();
    },
    participantDisconnected: ({ identity }) => (others().length === 0 ? end("customer") : phone.callOf(room)?.leave(identity)),
    trackMuted: mute(true),
    trackUnmuted: mute(false),
    disconnected: (reason) => end(reason === CLIENT_INITIATED ? "agent" : "network"),
  });
  return phone;
}
