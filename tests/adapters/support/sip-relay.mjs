// @ts-check
/**
 * A SIP registrar and relay over WebSocket (RFC 7118) for both ends of a call.
 *
 * Owns: which address is on which socket. It passes messages on as they are and knows nothing of calls: what is tested
 * are the libraries at both ends.
 */
import { load } from "./libraries.mjs";

/** @returns {Promise<{url: string, responses: string[], close: () => void}>} */
export async function sipRelay() {
  const { WebSocketServer } = load("ws");
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "sip" });
  await new Promise((resolve) => server.once("listening", resolve));
  /** User part of an address or contact → socket. @type {Map<string, any>} */
  const places = new Map();
  /** Branch of a request → the socket it came from. @type {Map<string, any>} */
  const origins = new Map();
  /** Method and status of what was answered. @type {string[]} */
  const responses = [];
  server.on("connection", (/** @type {any} */ socket) => {
    socket.on("message", (/** @type {Buffer} */ data) => {
      const text = data.toString("utf8");
      const field = (/** @type {string} */ name) => new RegExp(`^${name}\\s*:\\s*(.*)$`, "im").exec(text)?.[1]?.trim() ?? "";
      const user = (/** @type {string} */ address) => /sips?:([^@;>]+)@/.exec(address)?.[1] ?? "";
      const branch = /branch=([^;,\s]+)/.exec(field("Via"))?.[1] ?? "";
      const [method = "", target = ""] = text.split(/\s/, 2);
      if (user(field("Contact")) !== "") places.set(user(field("Contact")), socket);
      if (method === "SIP/2.0") {
        responses.push(`${field("CSeq").split(" ")[1]} ${target}`);
        return origins.get(`${branch} ${field("CSeq")}`)?.send(text);
      }
      const answer = (/** @type {string} */ status) => {
        const kept = ["Via", "From", "Call-ID", "CSeq", "Contact"].map((name) => (field(name) === "" ? "" : `${name}: ${field(name)}\r\n`));
        const to = /;tag=/.test(field("To")) ? field("To") : `${field("To")};tag=relay`;
        socket.send(`SIP/2.0 ${status}\r\n${kept.join("")}To: ${to}\r\nContent-Length: 0\r\n\r\n`);
      };
      if (method === "REGISTER") {
        places.set(user(field("To")), socket);
        return answer("200 OK");
      }
      const place = places.get(user(target));
      if (place === undefined) return method === "ACK" ? undefined : answer("404 Not Found");
      origins.set(`${branch} ${field("CSeq")}`, socket);
      return place.send(text);
    });
  });
  const { port } = server.address();
  return {
    url: `ws://127.0.0.1:${port}`,
    responses,
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
