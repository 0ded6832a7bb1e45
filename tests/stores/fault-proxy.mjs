// @ts-check
/**
 * A proxy between the browser and a store that breaks requests on purpose, one fault at a time.
 *
 * Owns: which request is broken and how, and the count. Only what a browser sends is broken (it has an `Origin`), so that
 * a server behind the same address is left alone. Must never: change a byte of a request that it lets through, unless the
 * fault is just that. (`toxiproxy` breaks connections; most of these faults are about single requests and answers.)
 */
import { createServer, request as forward } from "node:http";
import { createServer as createTcpServer, connect } from "node:net";

/** @typedef {"reset_before" | "reset_mid_body" | "lost_answer" | "no_answer" | "too_many" | "broken" | "unavailable" | "cut_answer" | "slow_drip" | "twice" | "wrong_bytes" | "torn_connection"} Fault */

/** Every fault, by what the browser sees of it. @type {Fault[]} */
export const FAULTS = [
  "reset_before", // the connection is cut before anything was passed on
  "reset_mid_body", // half of the body arrives, then both ends are cut
  "lost_answer", // the store has it, and the browser never hears
  "no_answer", // nothing comes back until the browser gives up
  "too_many", // 429 with a pause, in a burst
  "broken", // 500, in a burst
  "unavailable", // 503 with a pause, in a burst
  "cut_answer", // the answer ends in its middle
  "slow_drip", // the answer comes byte by byte
  "twice", // the store gets the request twice, the browser the second answer
  "wrong_bytes", // a bit of the body is turned over on the way
  "torn_connection", // the connection is cut before the first request on it (under TLS: in the handshake)
];

/** Statuses that come in bursts of so many requests, and the pause they ask for, in seconds. */
const BURST = 2;
const RETRY_AFTER_S = 1;
/** @type {Partial<Record<Fault, number>>} */
const STATUSES = { too_many: 429, broken: 500, unavailable: 503 };

/** How long a request without an answer is held, in milliseconds, and how slowly an answer drips. */
const HELD_MS = 3_000;
const DRIP_MS = 15;

/** Bytes that drip; the rest of a long answer follows at once. */
const DRIPS = 200;

/** A proxy of one store. */
export class FaultProxy {
  /** Faults that were done, by kind. @type {Map<Fault, number>} */
  done = new Map();
  /** Methods that may be broken; preflights are not worth it, they have no content. */
  #methods = new Set(["PUT", "POST", "PATCH", "HEAD", "GET"]);
  /** Faults to come. @type {Fault[]} */
  #plan = [];
  #burst = { left: 0, status: 503 };
  #let = 0;

  /**
   * @param {number} target  port of the store
   * @param {{everyNth?: number}} [options]  how many requests pass between two faults
   */
  constructor(target, { everyNth = 2 } = {}) {
    this.target = target;
    this.everyNth = everyNth;
    this.http = createServer((incoming, outgoing) => this.#take(incoming, outgoing));
    this.http.keepAliveTimeout = 5_000;
    this.tcp = createTcpServer((socket) => {
      socket.on("error", () => socket.destroy());
      if (this.#plan[0] === "torn_connection") {
        this.#did("torn_connection");
        socket.destroy();
        return;
      }
      this.http.emit("connection", socket);
    });
  }

  /** @returns {Promise<string>} its origin */
  async listen() {
    await new Promise((resolve) => this.tcp.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = this.tcp.address();
    this.port = typeof address === "object" ? (address?.port ?? 0) : 0;
    return `http://127.0.0.1:${this.port}`;
  }

  close() {
    this.http.closeAllConnections();
    this.tcp.close();
  }

  /** Faults for the requests to come, in this order. @param {Fault[]} faults */
  plan(faults) {
    this.#plan.push(...faults);
  }

  /** Whether all planned faults are done. */
  get isDone() {
    return this.#plan.length === 0 && this.#burst.left === 0;
  }

  /** Everything passes from now on. */
  clear() {
    this.#plan = [];
    this.#burst.left = 0;
  }

  #isDue() {
    this.#let += 1;
    return this.#let % this.everyNth === 0;
  }

  /** @param {Fault} fault */
  #did(fault) {
    this.#plan.shift();
    this.done.set(fault, (this.done.get(fault) ?? 0) + 1);
  }

  /**
   * @param {import("node:http").IncomingMessage} incoming
   * @param {import("node:http").ServerResponse} outgoing
   */
  #take(incoming, outgoing) {
    incoming.on("error", () => undefined);
    outgoing.on("error", () => undefined);
    const mayBreak = incoming.headers.origin !== undefined && this.#methods.has(incoming.method ?? "");
    if (!mayBreak) return this.#pass(incoming, outgoing, null);
    if (this.#burst.left > 0) {
      this.#burst.left -= 1;
      return this.#refuse(incoming, outgoing, this.#burst.status);
    }
    const fault = this.#plan[0];
    // A body is what two of them are about; where every upload is read back, each second request has none.
    const hasBody = Number(incoming.headers["content-length"] ?? 0) > 0;
    const needsBody = fault === "reset_mid_body" || fault === "wrong_bytes";
    if (fault === undefined || fault === "torn_connection" || (needsBody && !hasBody) || !this.#isDue()) {
      return this.#pass(incoming, outgoing, null);
    }
    this.#did(fault);
    const status = STATUSES[fault];
    if (status !== undefined) {
      this.#burst = { left: BURST - 1, status };
      return this.#refuse(incoming, outgoing, status);
    }
    switch (fault) {
      case "reset_before":
        incoming.socket.destroy();
        return;
      case "no_answer":
        incoming.resume();
        setTimeout(() => incoming.socket.destroy(), HELD_MS);
        return;
      default:
        this.#pass(incoming, outgoing, fault);
    }
  }

  /**
   * An answer of the proxy's own, as a balancer would give it: readable by the page.
   * @param {import("node:http").IncomingMessage} incoming
   * @param {import("node:http").ServerResponse} outgoing
   * @param {number} status
   */
  #refuse(incoming, outgoing, status) {
    incoming.resume();
    incoming.on("end", () => {
      outgoing.writeHead(status, {
        "access-control-allow-origin": incoming.headers.origin ?? "*",
        "access-control-expose-headers": "retry-after",
        "content-type": "text/plain",
        ...(status !== 500 && { "retry-after": `${RETRY_AFTER_S}` }),
      });
      outgoing.end("not now\n");
    });
  }

  /**
   * @param {import("node:http").IncomingMessage} incoming
   * @param {import("node:http").ServerResponse} outgoing
   * @param {Fault | null} fault
   */
  #pass(incoming, outgoing, fault) {
    /** @type {Buffer[]} */
    const pieces = [];
    incoming.on("data", (/** @type {Buffer} */ piece) => pieces.push(piece));
    incoming.on("end", () => {
      let body = Buffer.concat(pieces);
      if (fault === "wrong_bytes" && body.length > 0) {
        body = Buffer.from(body);
        const middle = body.length >> 1;
        body[middle] = (body[middle] ?? 0) ^ 0x10;
      }
      if (fault === "reset_mid_body") return this.#half(incoming, body);
      const send = (/** @type {(answer: import("node:http").IncomingMessage) => void} */ answered) => {
        const { method, url: path, headers } = incoming;
        const onward = forward({ host: "127.0.0.1", port: this.target, method, path, headers, agent: false }, answered);
        onward.on("error", () => incoming.socket.destroy());
        onward.end(body);
      };
      if (fault === "twice") {
        send((first) => {
          first.resume();
          first.on("end", () => send((second) => this.#answer(second, outgoing, incoming, null)));
        });
      } else send((answer) => this.#answer(answer, outgoing, incoming, fault));
    });
  }

  /** Half of a request reaches the store, which then sees the connection end. @param {import("node:http").IncomingMessage} incoming @param {Buffer} body */
  #half(incoming, body) {
    const socket = connect(this.target, "127.0.0.1", () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let at = 0; at < incoming.rawHeaders.length; at += 2) lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`);
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      socket.write(body.subarray(0, body.length >> 1), () => {
        socket.destroy();
        incoming.socket.destroy();
      });
    });
    socket.on("error", () => incoming.socket.destroy());
  }

  /**
   * @param {import("node:http").IncomingMessage} answer
   * @param {import("node:http").ServerResponse} outgoing
   * @param {import("node:http").IncomingMessage} incoming
   * @param {Fault | null} fault
   */
  #answer(answer, outgoing, incoming, fault) {
    /** @type {Buffer[]} */
    const pieces = [];
    answer.on("data", (/** @type {Buffer} */ piece) => pieces.push(piece));
    answer.on("error", () => incoming.socket.destroy());
    answer.on("end", () => {
      const body = Buffer.concat(pieces);
      if (fault === "lost_answer") return void incoming.socket.destroy();
      // Else the browser goes on with the connections it has, and there is none to tear.
      if (this.#plan[0] === "torn_connection") outgoing.shouldKeepAlive = false;
      outgoing.writeHead(answer.statusCode ?? 502, withoutConnection(answer.rawHeaders));
      if (fault === "cut_answer") {
        outgoing.flushHeaders();
        outgoing.write(body.subarray(0, body.length >> 1), () => incoming.socket.destroy());
        return;
      }
      if (fault === "slow_drip") return void drip(outgoing, body);
      outgoing.end(body);
    });
  }
}

/** @param {import("node:http").ServerResponse} outgoing @param {Buffer} body */
async function drip(outgoing, body) {
  for (const byte of body.subarray(0, DRIPS)) {
    outgoing.write(Buffer.of(byte));
    await new Promise((resolve) => setTimeout(resolve, DRIP_MS));
  }
  outgoing.end(body.subarray(DRIPS));
}

/** Headers of the onward connection are not the browser's business. @param {string[]} raw @returns {string[]} */
function withoutConnection(raw) {
  return raw.filter((_, index) => !["connection", "keep-alive"].includes(`${raw[index - (index % 2)]}`.toLowerCase()));
}
