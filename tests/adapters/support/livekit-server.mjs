// @ts-check
/**
 * The signalling of a LiveKit server, of the kind with two connections (`/rtc`) and of the kind with one (`/rtc/v1`).
 *
 * Owns: the messages (@livekit/protocol). The far ends' media is that of real connections in a customer's page.
 */
import { load } from "./libraries.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} far  where the far ends are */
export async function livekitServer(far) {
  const { WebSocketServer } = load("ws");
  const { SignalRequest, SignalResponse } = load("@livekit/protocol");
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
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
      if (message.case === "offer") {
        const sdp = await far.evaluate(([key, sdp]) => /** @type {any} */ (globalThis).bench.farAnswer(key, sdp, false), [`publisher-${index}`, message.value.sdp]);
        send({ answer: { type: "answer", sdp, id: message.value.id } });
      }
      if (message.case === "answer") await far.evaluate(([key, sdp]) => /** @type {any} */ (globalThis).bench.farAccept(key, sdp), [`subscriber-${index}`, message.value.sdp]);
      if (message.case === "ping" || message.case === "pingReq") send({ pong: `${Date.now()}` });
    });
    if (!hasOne) void offer(index, present);
  });
  /** Offers what the participants say. */
  const offer = async (/** @type {number} */ index, /** @type {string[]} */ identities) => {
    const streams = identities.map((identity) => [`PA_${identity.replace("+", "")}|TR_${identity.replace("+", "")}`, `TR_${identity.replace("+", "")}`]);
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
