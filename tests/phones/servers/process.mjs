// @ts-check
/**
 * A server of the telephone network: a process that ends with the test, however that ends.
 *
 * Owns: the tie between the two. Starting and waiting is what `tests/stores/servers/child.mjs` does. Must never: leave a
 * process behind, also where the test is killed: the kernel ends it then (`setpriv --pdeathsig`, of util-linux).
 */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { Child } from "../../stores/servers/child.mjs";

/** How long a server may take to say that it is there, in milliseconds, each time it is asked. */
const ANSWER_LIMIT_MS = 1_000;

/**
 * @param {string} program
 * @param {string[]} words
 * @param {{isReady: () => Promise<boolean>, cwd?: string}} options
 * @returns {Child} not started
 */
export function tied(program, words, options) {
  // TERM, not KILL: kamailio ends its own processes then.
  return new Child("setpriv", ["--pdeathsig", "TERM", "--", program, ...words], options);
}

/**
 * @param {string} address
 * @param {number} port
 * @returns {Promise<boolean>} whether somebody listens there by TCP
 */
export function listens(address, port) {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy());
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/**
 * @param {string} address
 * @param {number} port
 * @param {string} question
 * @returns {Promise<string>} what is answered by UDP; empty where nobody does
 */
export function asksByUdp(address, port, question) {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const alarm = setTimeout(() => end(""), ANSWER_LIMIT_MS);
    const end = (/** @type {string} */ answer) => {
      clearTimeout(alarm);
      socket.close();
      resolve(answer);
    };
    socket.once("message", (data) => end(data.toString("utf8")));
    socket.once("error", () => end(""));
    socket.send(question, port, address);
  });
}
