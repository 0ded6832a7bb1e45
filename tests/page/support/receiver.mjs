// @ts-check
/**
 * A receiver of webhooks on another origin, as a host would run one.
 *
 * Owns: an HTTP server on loopback, what it answers, and what it was sent. Every request must be signed: one that the
 * specification's own library does not verify fails the test.
 */
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

/**
 * @typedef {object} Delivery
 * @property {string} id
 * @property {string} type
 * @property {string | null} callId
 * @property {Record<string, unknown>} body
 */

/**
 * @param {string} secret
 */
export async function receive(secret) {
  const webhook = new Webhook(secret);
  /** What the next requests are answered with: a status, or "cut" for a connection that is closed without a word. @type {(number | "cut")[]} */
  const plan = [];
  const state = {
    url: "",
    origin: "",
    /** What is answered when the plan is used up. */
    otherwise: 200,
    plan,
    /** Accepted. @type {Delivery[]} */
    accepted: [],
    /** Requests that were not accepted. */
    failed: 0,
    /** Names of headers that were asked for in preflights. @type {Set<string>} */
    preflighted: new Set(),
    /** What was wrong with requests. @type {string[]} */
    faults: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "*");
    response.setHeader("Access-Control-Allow-Headers", "content-type, webhook-id, webhook-timestamp, webhook-signature");
    if (request.method === "OPTIONS") {
      for (const name of (request.headers["access-control-request-headers"] ?? "").split(",")) state.preflighted.add(name.trim());
      response.writeHead(204).end();
      return;
    }
    let body = "";
    request.setEncoding("utf8").on("data", (piece) => {
      body += piece;
    });
    request.on("end", () => {
      const answer = plan.shift() ?? state.otherwise;
      try {
        if (request.method !== "POST") throw new Error(`method ${request.method}`);
        if ("cookie" in request.headers) throw new Error("cookies were sent");
        const headers = /** @type {Record<string, string>} */ (request.headers);
        const verified = /** @type {any} */ (webhook.verify(body, headers));
        const id = headers["webhook-id"] ?? "";
        if (verified.id !== id) throw new Error("the id of the header is another than that of the body");
        if (answer === 200) state.accepted.push({ id, type: verified.type, callId: verified.call_id, body: verified });
        else state.failed += 1;
      } catch (error) {
        state.faults.push(String(error));
      }
      if (answer === "cut") request.socket.destroy();
      else response.writeHead(answer).end();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  state.origin = `http://127.0.0.1:${address.port}`;
  state.url = `${state.origin}/hook`;
  return state;
}
