// @ts-check
/**
 * A network between the two ends of a call that loses packets and delays the rest by different times, so that some overtake
 * others. (`tc netem` would be the usual way; it needs a kernel module that test machines often lack.)
 *
 * Owns a relay for UDP, and how a page's calls are led through it: the customer's end is given the relay's address instead
 * of the agent's, and the agent's end none, so that there is no other way. Must never: change a packet, or touch signalling.
 */
import { createSocket } from "node:dgram";

/** Loopback: both ends are on this machine. */
const HOST = "127.0.0.1";

/**
 * @typedef {object} Roughness
 * @property {number} lost      share of the packets that never arrive, 0 to 1
 * @property {number} delayMs   of every packet, each way
 * @property {number} jitterMs  added to that, evenly between 0 and this
 */

/** Both ways, all calls. */
export class RoughNetwork {
  /** @type {Roughness} */
  #roughness;
  /** @type {import("node:dgram").Socket[]} */
  #sockets = [];
  #random = randomFrom(20_261_130);
  carried = 0;
  lost = 0;

  /** @param {Roughness} roughness */
  constructor(roughness) {
    this.#roughness = roughness;
  }

  /**
   * Leads every call of pages that are opened from now on through this network. To be called before a page is opened.
   * @param {import("playwright-core").BrowserContext} context
   */
  async between(context) {
    await context.exposeFunction("testRelay", (/** @type {number} */ port) => this.#relayTo(port));
    await context.addInitScript(leadThroughRelay);
  }

  /**
   * @param {number} agentPort where the agent's end listens
   * @returns {Promise<number>} where the customer's end sends to
   */
  async #relayTo(agentPort) {
    const [front, back] = [createSocket("udp4"), createSocket("udp4")];
    this.#sockets.push(front, back);
    let customerPort = 0;
    front.on("message", (packet, { port }) => {
      customerPort = port;
      this.#carry(packet, back, agentPort);
    });
    back.on("message", (packet) => {
      if (customerPort !== 0) this.#carry(packet, front, customerPort);
    });
    await Promise.all([front, back].map((socket) => new Promise((resolve) => socket.bind(0, HOST, () => resolve(undefined)))));
    return front.address().port;
  }

  /**
   * @param {Buffer} packet
   * @param {import("node:dgram").Socket} socket
   * @param {number} port
   */
  #carry(packet, socket, port) {
    const { lost, delayMs, jitterMs } = this.#roughness;
    if (this.#random() < lost) {
      this.lost += 1;
      return;
    }
    this.carried += 1;
    // A socket that was closed meanwhile belongs to a call that is over.
    setTimeout(() => this.#sockets.includes(socket) && socket.send(packet, port, HOST), delayMs + this.#random() * jitterMs);
  }

  close() {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }
}

/**
 * Numbers that look random and are the same in every run (mulberry32).
 * @param {number} seed
 * @returns {() => number} 0 to 1
 */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs in every frame before its scripts. */
function leadThroughRelay() {
  const isAgent = globalThis.top === globalThis.self;
  const { testRelay } = /** @type {{testRelay: (port: number) => Promise<number>}} */ (/** @type {unknown} */ (globalThis));
  const native = /** @type {(init?: RTCIceCandidateInit) => Promise<void>} */ (RTCPeerConnection.prototype.addIceCandidate);
  RTCPeerConnection.prototype.addIceCandidate = /** @type {typeof RTCPeerConnection.prototype.addIceCandidate} */ (
    /** @this {RTCPeerConnection} @param {RTCIceCandidateInit} [init] */
    async function (init) {
      if (!init?.candidate) return native.call(this, init);
      // RFC 8839 §5.1: foundation, component, transport, priority, address, port.
      const words = init.candidate.split(" ");
      if (isAgent || words[2]?.toLowerCase() !== "udp" || words[4] !== "127.0.0.1") return;
      words[5] = String(await testRelay(Number(words[5])));
      return native.call(this, { ...init, candidate: words.join(" ") });
    }
  );
}
