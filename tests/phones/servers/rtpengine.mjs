// @ts-check
/**
 * rtpengine: the media relay between plain RTP and what browsers speak (ICE, DTLS-SRTP), in user space.
 *
 * Owns: one process on one address. Must never: transcode: G.711 arrives in the browser as the telephone has sent it.
 */
import { asksByUdp, tied } from "./process.mjs";

export const RTPENGINE_PORT = 2223;

/**
 * @param {{program: string, address: string}} where
 */
export function rtpengine({ program, address }) {
  const words = [
    ...["--foreground", "--log-stderr", "--log-level=3"],
    "--table=-1", // no kernel module
    ...[`--interface=${address}`, `--listen-ng=${address}:${RTPENGINE_PORT}`],
    ...["--port-min=30000", "--port-max=30999", "--dtls-passive"],
  ];
  // The protocol of its control port: a cookie, and a command in bencode.
  const isReady = async () => (await asksByUdp(address, RTPENGINE_PORT, "1 d7:command4:pinge")).includes("pong");
  const child = tied(program, words, { isReady });
  return { start: () => child.start(), stop: () => child.stop() };
}
