// @ts-check
/**
 * The signalling of a Janus over WebSocket: sessions, handles, and messages that the test answers.
 *
 * Owns: the envelope of the protocol (janus.js 1.4). The far end's media is a real connection in a customer's page.
 */
import { load } from "./libraries.mjs";

/**
 * What a plugin says to a request: an event's data, with an SDP.
 * @typedef {{data: any, jsep?: {type: string, sdp: string} | undefined}} Event
 */

/**
 * @param {(request: {plugin: string, handle: number, body: any, jsep?: {type: string, sdp: string}}) => Promise<Event[]>} answer
 */
export async function janusServer(answer) {
  const { WebSocketServer } = load("ws");
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "janus-protocol" });
  await new Promise((resolve) => server.once("listening", resolve));
  let ids = 0;
  /** @type {Map<number, {plugin: string, send: (message: object) => void}>} */
  const handles = new Map();
  server.on("connection", (/** @type {any} */ socket) => {
    socket.on("message", async (/** @type {Buffer} */ data) => {
      const { janus, transaction, plugin, session_id, handle_id: handle, body, jsep } = JSON.parse(data.toString("utf8"));
      const send = (/** @type {object} */ message) => socket.send(JSON.stringify({ session_id, ...message }));
      ids += 1;
      if (janus === "create") return send({ janus: "success", transaction, data: { id: ids } });
      if (janus === "attach") {
        handles.set(ids, { plugin, send });
        return send({ janus: "success", transaction, data: { id: ids } });
      }
      if (janus !== "message") return send({ janus: janus === "keepalive" || janus === "trickle" ? "ack" : "success", transaction });
      send({ janus: "ack", transaction });
      for (const event of await answer({ plugin: handles.get(handle)?.plugin ?? "", handle, body, jsep })) tell(handle, event, transaction);
    });
  });
  const tell = (/** @type {number} */ handle, /** @type {Event} */ { data, jsep }, /** @type {string} */ transaction = "") => {
    const { plugin, send } = handles.get(handle) ?? { plugin: "", send: () => {} };
    send({ janus: "event", sender: handle, transaction, plugindata: { plugin, data }, ...(jsep && { jsep }) });
  };
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    tell,
    /** The core's own word on a handle's connection. */
    core: (/** @type {number} */ handle, /** @type {string} */ janus) => handles.get(handle)?.send({ janus, sender: handle }),
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
