// @ts-check
/** tus, the protocol of resumable uploads, by its makers' own server. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { answers, Child, freePorts } from "./child.mjs";
import { byName, callsOf } from "./store-server.mjs";

/**
 * @param {string} folder
 * @returns {Promise<import("./store-server.mjs").StoreServer>}
 */
export async function tus(folder) {
  const [port = 0] = await freePorts(1);
  const root = join(folder, "tus");
  mkdirSync(root, { recursive: true });
  const program = join(dirname(fileURLToPath(import.meta.url)), "tus-process.mjs");
  const child = new Child(process.execPath, [program, `${port}`, root], { isReady: () => answers(`http://127.0.0.1:${port}/files`) });
  const all = () => {
    if (!existsSync(root)) return [];
    return readdirSync(root).filter((file) => file.endsWith(".json")).flatMap((file) => {
      const { metadata, size } = JSON.parse(readFileSync(join(root, file), "utf8"));
      const bytes = readFileSync(join(root, file.slice(0, -".json".length)));
      // What is not whole is no object yet.
      return bytes.length === size ? [{ name: `${metadata?.name}`, bytes }] : [];
    });
  };
  return {
    title: "tus",
    checksContent: false,
    isBelieved: true,
    mayDouble: true,
    port,
    start: () => child.start(),
    stop: () => child.stop(),
    kill: () => child.kill(),
    objects: async (callId) => byName(all().filter(({ name }) => name.startsWith(`${callId}/`))),
    calls: async () => callsOf(all().map(({ name }) => name)),
    page: (origin) => ({ kind: "tus", url: `${origin}/files` }),
  };
}
