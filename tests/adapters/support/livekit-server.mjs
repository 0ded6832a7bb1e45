// @ts-check
/**
 * The signalling of a LiveKit server, of the kind with two connections (`/rtc`) and of the kind with one (`/rtc/v1`).
 *
 * Owns: the messages (@livekit/protocol). The far ends' media is that of real connections in a customer's page.
 */
import { gunzipSync } from "node:zlib";
import { load } from "./libraries.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} far  where the far ends are */
export async function livekitServer(far) {
  const { WebSocketServer } = load("ws");
  const { JoinRequest, SignalRequest, SignalResponse, WrappedJoinRequest } = load("@livekit/protocol");
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  /** The offer that a client of one connection makes already when it asks to join. */
  const firstOffer = (/** @type {string} */ url) => {
    const wrapped = WrappedJoinRequest.fromBinary(Buffer.from(new URL(url, "http://localhost").searchParams.get("join_request") ?? "", "base64url"));
    return JoinRequest.fromBinary(wrapped.compression === 1 ? gunzipSync(wrapped.joinRequest) : wrapped.joinRequest).publisherOffer;
  };
  const streamsOf = (/** @type {string[]} */ identities) => identities.map((identity) => [`PA_${identity.replace("+", "")}|TR_${identity.replace("+", "")}`, `TR_${identity.replace("+", "")}`]);
  const participant = (/** @type {string} */ identity, /** @type {number} */ state = 2) => ({
    sid: `PA_${identity.replace("+", "")}`, identity, name: `Name of ${identity}`, state,
    attributes: identity.startsWith("+") ? { "sip.phoneNumber": identity } : {},
    tracks: state === 3 ? [] : [{ sid: `TR_${identity.replace("+", "")}`, type: 0, name: "microphone", source: 2, mimeType: "audio/opus" }],
  });
  /** @type {((message: object) => void)[]} */
  const clients = [];
  /** Who is there when a client comes. @type {string[]} */
  const present = [];
  server.on("connection", (/** @type {any} */ socket, /** @type {any} */ request) => {
    const index = clients.length;
    /** Who is heard. @type {string[]} */
    const heard = [...present];
    const hasOne = request.url.startsWith("/rtc/v1");
    const send = (/** @type {object} */ message) => socket.send(SignalResponse.fromJson(message, { ignoreUnknownFields: true }).toBinary());
    clients.push(send);
    if (request.url.includes("/validate")) return socket.close();
    send({
      join: {
        room: { sid: `RM_${index}`, name: `room-${index}` },
        participant: { sid: `PA_agent${index}`, identity: "agent", state: 2, permission: { canSubscribe: true, canPublish: true, canPublishData: true } },
        otherParticipants: present.map((identity) => participant(identity)),
        serverVersion: "1.9.0", serverInfo: { version: "1.9.0", protocol: 16 }, subscriberPrimary: !hasOne, pingTimeout: 60, pingInterval: 20,
      },
    });
    socket.on("message", async (/** @type {Buffer} */ data) => {
      const { message } = SignalRequest.fromBinary(data);
      if (message.case === "addTrack") {
        const { cid, name, source, type } = message.value;
        send({ trackPublished: { cid, track: { sid: `TR_mic${index}`, name, source, type } } });
      }
      if (message.case === "offer") await answer(message.value);
      if (message.case === "answer") await far.evaluate(([key, sdp]) => /** @type {any} */ (globalThis).bench.farAccept(key, sdp), [`subscriber-${index}`, message.value.sdp]);
      if (message.case === "ping" || message.case === "pingReq") send({ pong: `${Date.now()}` });
    });
    const answer = async (/** @type {{sdp: string, id: number}} */ { sdp, id }) => {
      const streams = hasOne ? streamsOf(heard) : [];
      const answered = await far.evaluate(([key, sdp, streams]) => /** @type {any} */ (globalThis).bench.farRoom(key, sdp, streams), /** @type {[string, string, string[][]]} */ ([`publisher-${index}`, sdp, streams]));
      send({ answer: { type: "answer", sdp: answered, id } });
    };
    if (!hasOne) return void offer(index, present);
    const first = firstOffer(request.url);
    if (first) void answer(first);
    // Asks the client for lines on which it can hear them.
    if (heard.length > 0) send({ mediaSectionsRequirement: { numAudios: heard.length } });
  });
  /** Offers what the participants say. */
  const offer = async (/** @type {number} */ index, /** @type {string[]} */ identities) => {
    const streams = streamsOf(identities);
    const sdp = await far.evaluate(([key, streams]) => /** @type {any} */ (globalThis).bench.farStreams(key, streams), /** @type {[string, string[][]]} */ ([`subscriber-${index}`, streams]));
    clients[index]?.({ offer: { type: "offer", sdp } });
  };
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    present,
    clients,
    /** Somebody comes into the room, and is heard. */
    async come(/** @type {number} */ index, /** @type {string} */ identity, /** @type {string[]} */ all) {
      clients[index]?.({ update: { participants: [participant(identity)] } });
      await offer(index, all);
    },
    leave: (/** @type {number} */ index, /** @type {string} */ identity) => clients[index]?.({ update: { participants: [participant(identity, 3)] } }),
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
