// @ts-check
/**
 * What the messages of Janus's plugins say of a call.
 *
 * Owns: the meaning of requests and events. A participant who is heard in a track of their own (VideoRoom) is counted by
 * the tap; one who is mixed in (AudioBridge) by nobody but the plugin.
 *
 * Source: documentation of the plugins SIP, VideoCall, AudioBridge and VideoRoom of Janus 1.x.
 */

/** @typedef {import("./call.mjs").SoftphoneCall} SoftphoneCall */
/** @typedef {import("./softphone.mjs").Softphone} Softphone */
/** @typedef {Map<unknown, SoftphoneCall>} Rooms */

/** @param {string | undefined} address  `sip:user@host`, or a name @returns {string} */
const userOf = (address = "") => /^(?:sips?:)?([^@;]*)/.exec(address)?.[1] ?? "";

/** @param {Softphone} phone  one call after the other: SIP and VideoCall */
export function callPlugin(phone) {
  /** @type {SoftphoneCall | null} */
  let call = null;
  let dialled = "";
  const open = (/** @type {"incoming" | "outgoing"} */ direction, /** @type {any} */ { call_id: id, username, displayname: name }) => {
    call ??= phone.open({}, () => ({
      id: id ?? crypto.randomUUID(),
      direction,
      party: { user: userOf(username), ...(name && { name: name.replaceAll('"', "") }) },
    }));
  };
  const over = (/** @type {"agent" | "customer" | "network"} */ by) => {
    call?.end(by);
    call = null;
  };
  return {
    call: () => call,
    over,
    up: () => {},
    sent(/** @type {any} */ { request, uri, username, call_id: id }) {
      if (request === "call") {
        dialled = uri ?? username;
        open("outgoing", { call_id: id, username: dialled });
      }
      if (request === "hangup" || request === "decline") over("agent");
      if (request === "transfer") call?.transfer("agent", { user: userOf(uri) });
    },
    received(/** @type {any} */ { result, call_id: id }) {
      const event = result?.event;
      if (event === "incomingcall") open("incoming", { call_id: id, ...result });
      if (event === "accepted") call?.answer();
      if (event === "holding") call?.hold(true, "agent");
      if (event === "resuming") call?.hold(false, "agent");
      if (event === "transfer") call?.transfer("customer", { user: userOf(result.refer_to) });
      if (event === "hangup") over("customer");
    },
  };
}

/**
 * One call for each room: AudioBridge, and VideoRoom, where publisher and subscriber are handles of their own.
 * @param {Softphone} phone
 * @param {Rooms} rooms
 */
export function roomPlugin(phone, rooms) {
  /** @type {unknown} */
  let room = null;
  let isSubscriber = false;
  let isUp = false;
  /** Who was mixed in first: the customer. @type {unknown} */
  let first = null;
  const call = () => rooms.get(room) ?? null;
  const arrive = (/** @type {any[]} */ people) => {
    for (const { id, display } of people) {
      if (first === null || first === id) first = id;
      else call()?.join(`participant-${id}`, { ...(display && { name: display }) });
    }
    // Who publishes in an empty room is heard by nobody yet.
    if (isUp && (isSubscriber || first !== null)) call()?.answer();
  };
  const over = (/** @type {"agent" | "customer" | "network"} */ by) => {
    if (isSubscriber) return;
    call()?.end(by);
    rooms.delete(room);
    first = null;
  };
  return {
    call,
    over,
    up: () => {
      isUp = true;
      arrive([]);
    },
    sent(/** @type {any} */ { request, room: wanted, ptype, muted }) {
      if (request?.startsWith("join")) [room, isSubscriber] = [wanted, ptype === "subscriber"];
      if (request === "configure" && typeof muted === "boolean") call()?.mute(muted);
      if (request === "leave" || request === "unpublish") over("agent");
    },
    received(/** @type {any} */ { audiobridge, videoroom, id, participants = [], publishers = [], leaving }) {
      if ((audiobridge === "joined" || videoroom === "joined") && id !== undefined && call() === null) {
        const [someone] = [...participants, ...publishers];
        rooms.set(room, phone.open({}, () => ({
          id: `${room}`,
          direction: "outgoing",
          party: { ...(someone?.display && { name: someone.display }) },
        })));
      }
      arrive(participants);
      if (leaving !== undefined) call()?.leave(`participant-${leaving}`);
      if (audiobridge === "destroyed" || videoroom === "destroyed") over("network");
    },
  };
}
