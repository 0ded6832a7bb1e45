// @ts-check
/** rclone's WebDAV server: with CORS and a password, and without any conditional write. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { answers, Child, freePorts } from "./child.mjs";
import { callsInFolder, objectsInFolder } from "./files.mjs";
import { ANY_ORIGIN, RECORDINGS } from "./store-server.mjs";

const USER = "agent";
const PASSWORD = "kept-for-this-test-only";

/**
 * @param {string} program
 * @param {string} folder
 * @returns {Promise<import("./store-server.mjs").StoreServer>}
 */
export async function rclone(program, folder) {
  const [port = 0] = await freePorts(1);
  const root = join(folder, "dav");
  mkdirSync(join(root, RECORDINGS), { recursive: true });
  const words = ["serve", "webdav", root, "--addr", `127.0.0.1:${port}`, "--user", USER, "--pass", PASSWORD];
  const child = new Child(program, [...words, "--allow-origin", ANY_ORIGIN, "--config", "/dev/null", "--cache-dir", join(folder, "cache"), "--vfs-cache-mode", "off"], {
    isReady: () => answers(`http://127.0.0.1:${port}/`),
  });
  const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
  return {
    title: "rclone WebDAV",
    checksContent: false,
    port,
    start: () => child.start(),
    stop: () => child.stop(),
    kill: () => child.kill(),
    objects: async (callId) => objectsInFolder(join(root, RECORDINGS), callId),
    calls: async () => callsInFolder(join(root, RECORDINGS)),
    serve: (origin) => ({
      store: `${origin.replace("http:", "webdav:")}/${RECORDINGS}`,
      env: { CALLSEAL_STORE_USERNAME: USER, CALLSEAL_STORE_PASSWORD: PASSWORD },
    }),
    // Its CORS does not let If-None-Match through.
    page: (origin) => ({ kind: "template", url: `${origin}/${RECORDINGS}/{name}`, headers: { authorization }, makeCollections: true, ifNoneMatch: false, ifNoneMatch: false }),
  };
}
