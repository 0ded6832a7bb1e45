// @ts-check
/**
 * OpenSSH's server with SFTP behind `callseal serve`: keys on both sides, and hard links for write-once. A relay between
 * the two can be cut, since the processes of OpenSSH's sessions outlive its daemon.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Child, freePorts } from "./child.mjs";
import { serveFolder } from "./serve-fs.mjs";

/** Where a daemon of root's must find an empty folder, whatever its configuration says. */
const PRIVILEGE_SEPARATION = "/run/sshd";

/** How long the daemon may take for its greeting, in milliseconds. */
const GREETING_LIMIT_MS = 2_000;

/**
 * @param {string} folder
 * @param {number} port
 */
const configuration = (folder, port) => `
ListenAddress 127.0.0.1
Port ${port}
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
Subsystem sftp internal-sftp
`;

/** @param {string} file */
function makeKey(file) {
  const { status, stderr, error } = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file], { encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`ssh-keygen failed: ${stderr}`);
}

/** @param {number} port @returns {Promise<boolean>} whether an SSH server says who it is (RFC 4253 §4.2) */
function greets(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(GREETING_LIMIT_MS, () => socket.destroy(new Error("no greeting")));
    socket.once("error", reject);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(`${data}`.startsWith("SSH-2.0-"));
    });
  });
}

/** Passes connections on to a port, until it is cut. */
class Relay {
  /** @type {Set<import("node:net").Socket>} */
  #sockets = new Set();

  /** @param {number} target */
  constructor(target) {
    this.server = createServer((near) => {
      const far = connect(target, "127.0.0.1");
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => undefined);
        socket.once("close", () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
    });
  }

  /** @returns {Promise<number>} its port */
  async listen() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = this.server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  /** Ends what is open; new connections are still taken. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/**
 * @param {{sshd: string, callseal: string}} programs
 * @param {string} folder
 * @param {{token: string}} options
 * @returns {Promise<import("./store-server.mjs").StoreServer>}
 */
export async function sshd(programs, folder, { token }) {
  const [port = 0] = await freePorts(1);
  if (process.getuid?.() === 0) mkdirSync(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 });
  for (const key of ["host", "user"]) makeKey(join(folder, key));
  const file = join(folder, "sshd_config");
  writeFileSync(file, configuration(folder, port));
  const child = new Child(programs.sshd, ["-D", "-e", "-f", file], { isReady: () => greets(port) });
  const relay = new Relay(port);
  const relayPort = await relay.listen();
  const knownHosts = join(folder, "known_hosts");
  writeFileSync(knownHosts, `[127.0.0.1]:${relayPort} ${readFileSync(join(folder, "host.pub"), "utf8")}`);
  const server = await serveFolder(programs.callseal, folder, {
    token,
    store: `sftp://${userInfo().username}@127.0.0.1:${relayPort}${join(folder, "store")}`,
    env: { CALLSEAL_STORE_KEY_FILE: join(folder, "user"), CALLSEAL_STORE_KNOWN_HOSTS: knownHosts },
  });
  let isServing = false;
  return {
    ...server,
    title: "OpenSSH SFTP",
    start: async () => {
      await child.start();
      if (!isServing) await server.start();
      isServing = true;
    },
    stop: async () => {
      await server.stop();
      await child.stop();
      relay.cut();
      relay.server.close();
    },
    // The server before it stays, and has to find its way back.
    kill: async () => {
      await child.kill();
      relay.cut();
    },
  };
}
