// @ts-check
/**
 * Janus: the WebRTC server whose plugins are a SIP softphone, a mixed room and a room of streams.
 *
 * Owns: its configuration. Its media is on an address that is not loopback, since its library (libnice) passes over
 * loopback; nothing leaves the machine all the same. Must never: record anything itself.
 *
 * Source: the configuration files that Debian's janus 1.1 brings, and documentation of the plugins.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listens, tied } from "./process.mjs";

const SOCKET_PORT = 8188;

/** The room of either kind. */
export const ROOM = 4711;

/** What of Debian's is used. */
const PLUGINS = ["libjanus_sip.so", "libjanus_audiobridge.so", "libjanus_videoroom.so"];

/** Folders of Debian's Janus, by architecture. */
const LIBRARIES = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/janus`);

/** @returns {string} */
function libraries() {
  for (const folder of LIBRARIES) {
    try {
      if (readdirSync(folder).includes("plugins")) return folder;
    } catch {
      // Another architecture's.
    }
  }
  throw new Error(`There are no plugins of Janus in ${LIBRARIES.join(" or ")}. On Debian: apt-get install --no-install-recommends janus`);
}

/**
 * @param {string} folder  of its own
 * @param {{program: string, address: string, mediaAddress: string}} where
 */
export function janus(folder, { program, address, mediaAddress }) {
  mkdirSync(folder, { recursive: true });
  const library = libraries();
  const others = readdirSync(join(library, "plugins")).filter((file) => file.endsWith(".so") && !PLUGINS.includes(file));
  const transports = readdirSync(join(library, "transports")).filter((file) => file.endsWith(".so") && file !== "libjanus_websockets.so");
  const write = (/** @type {string} */ name, /** @type {string} */ text) => writeFileSync(join(folder, `${name}.jcfg`), text);
  write("janus", `
general: {
  configs_folder = "${folder}"
  plugins_folder = "${library}/plugins"
  transports_folder = "${library}/transports"
  debug_level = 3
  debug_colors = false
  admin_secret = "${randomBytes(16).toString("hex")}"
}
nat: { ice_enforce_list = "${mediaAddress}" }
plugins: { disable = "${others.join(",")}" }
transports: { disable = "${transports.join(",")}" }
`);
  write("janus.transport.websockets", `general: { ws = true  ws_ip = "${address}"  ws_port = ${SOCKET_PORT}  wss = false }\n`);
  write("janus.plugin.sip", `general: { local_ip = "${mediaAddress}"  sdp_ip = "${mediaAddress}"  behind_nat = false  rtp_port_range = "40000-40999" }\n`);
  write("janus.plugin.audiobridge", `room-${ROOM}: { description = "mixed"  sampling_rate = 48000  record = false }\n`);
  write("janus.plugin.videoroom", `room-${ROOM}: { description = "streams"  publishers = 6  record = false }\n`);
  const child = tied(program, ["--configs-folder", folder, "--config", join(folder, "janus.jcfg")], { isReady: () => listens(address, SOCKET_PORT), cwd: folder });
  return { socketUrl: `ws://${address}:${SOCKET_PORT}/`, start: () => child.start(), stop: () => child.stop() };
}
