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
 * @param {{through: boolean}} how  through `callseal serve`, or straight from the page
 * @returns {Promise<import("./store-server.mjs").StoreServer>}
 */
export async function rclone(program, folder, { through }) {
  const [port = 0] = await freePorts(1);
  const root = join(folder, "dav");
  mkdirSync(join(root, RECORDINGS), { recursive: true });
  const words = ["serve", "webdav", root, "--addr", `127.0.0.1:${port}`, "--user", USER, "--pass", PASSWORD];
  const child = new Child(program, [...words, "--allow-origin", ANY_ORIGIN, "--config", "/dev/null", "--cache-dir", join(folder, "cache"), "--vfs-cache-mode", "off"], {
    isReady: () => answers(`http://127.0.0.1:${port}/`),
  });
  const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
  return {
    title: through ? "WebDAV through serve" : "rclone WebDAV",
    checksContent: through,
    through,
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
    ...(!through && { page: (/** @type {string} */ origin) => straight(origin, authorization) }),
  };
}

/** @param {string} origin @param {string} authorization @returns {object} the page's `store` */
function straight(origin, authorization) {
  // Pages of other origins may not send If-None-Match there, and rclone would not heed it.
  const options = { makeCollections: true, ifNoneMatch: false };
  return { kind: "template", url: `${origin}/${RECORDINGS}/{name}`, headers: { authorization }, ...options };
}
