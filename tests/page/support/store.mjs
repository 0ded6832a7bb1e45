// @ts-check
/**
 * A store on another origin that takes a PUT per object and never another under the same name, as a host would run one.
 *
 * Owns: an HTTP server on loopback, what it holds, and the faults it is told to have. Must never forget what it was sent.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";

/** @typedef {number | "cut" | "lost" | "stub"} Fault  a status; no answer; stored, and no answer; stored in part, and no answer */

const HEADERS = "authorization, content-type, if-none-match, x-key";

/** @param {{writeOnce?: boolean}} [options]  without it a PUT overwrites, as some WebDAV servers do */
export async function storeServer({ writeOnce = true } = {}) {
  const state = {
    url: "",
    /** What lies under which path. @type {Map<string, Buffer>} */
    objects: new Map(),
    /** How often each path was written. @type {Map<string, number>} */
    written: new Map(),
    /** Every request, in order. @type {string[]} */
    requests: [],
    /** What the next PUTs meet. @type {Fault[]} */
    plan: [],
    /** What PUTs are answered with when the plan is used up; null: they work. @type {number | null} */
    otherwise: null,
    /** What every request must carry. @type {string | null} */
    key: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
  /**
   * @param {string} path
   * @param {Buffer} content
   */
  const write = (path, content) => {
    state.objects.set(path, content);
    state.written.set(path, (state.written.get(path) ?? 0) + 1);
  };
  const server = createServer((request, response) => {
    // On a connection that was used before, a browser itself repeats a request that was not answered.
    response.setHeader("Connection", "close");
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Methods", "GET, HEAD, PUT");
    response.setHeader("Access-Control-Allow-Headers", HEADERS);
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname).slice(1);
    state.requests.push(`${request.method} ${path}`);
    /** @type {Buffer[]} */
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      if (state.key !== null && request.headers["x-key"] !== state.key) return response.writeHead(401).end();
      const present = state.objects.get(path);
      if (request.method !== "PUT") {
        if (present === undefined) return response.writeHead(404).end();
        response.writeHead(200, { "Content-Length": present.length });
        return response.end(request.method === "GET" ? present : undefined);
      }
      const content = Buffer.concat(pieces);
      const fault = state.plan.shift() ?? state.otherwise;
      if (typeof fault === "number") return response.writeHead(fault).end();
      if (fault === "cut") return request.socket.destroy();
      if (writeOnce && request.headers["if-none-match"] === "*" && present !== undefined) return response.writeHead(412).end();
      write(path, fault === "stub" ? content.subarray(0, 4) : content);
      if (fault !== null) return request.socket.destroy();
      return response.writeHead(201).end();
    });
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  state.url = `http://127.0.0.1:${address.port}`;
  return state;
}

/** @param {Buffer} content */
export const sha256 = (content) => createHash("sha256").update(content).digest("hex");
