// @ts-check
/** A folder of this machine behind `callseal serve`: the embedded default. The store is the server itself. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callsInFolder, objectsInFolder } from "./files.mjs";
import { Child, freePorts, saysOk } from "./child.mjs";

/**
 * @param {string} command   the native `callseal`
 * @param {string} folder
 * @param {{token: string, options?: string[], store?: string, env?: NodeJS.ProcessEnv}} options  `store`: another way to the folder
 * @returns {Promise<import("./store-server.mjs").StoreServer>}
 */
export async function serveFolder(command, folder, { token, options = [], store, env = {} }) {
  const [port = 0] = await freePorts(1);
  const root = join(folder, "store");
  mkdirSync(root, { recursive: true });
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, token, { mode: 0o600 });
  /** @type {Child | null} */
  let child = null;
  let origins = /** @type {string[]} */ ([]);
  let behind = `http://127.0.0.1:${port}`;
  const make = () => {
    const words = ["serve", "--store", store ?? `fs://${root}`, "--listen", `127.0.0.1:${port}`, "--origin", behind, "--token-file", tokenFile];
    for (const origin of origins) words.push("--allow-origin", origin);
    return new Child(command, [...words, ...options], { isReady: () => saysOk(port, "/healthz", new URL(behind).host), env });
  };
  return {
    title: "callseal serve, a folder",
    checksContent: true,
    port,
    start: async () => {
      child = make();
      await child.start();
    },
    stop: async () => child?.stop(),
    kill: async () => child?.kill(),
    objects: async (callId) => objectsInFolder(root, callId),
    calls: async () => callsInFolder(root),
    page: (origin) => {
      behind = origin;
      return { kind: "grants", url: `${origin}/v1/grants`, token };
    },
    allow: (/** @type {string} */ origin) => (origins = [origin]),
  };
}
