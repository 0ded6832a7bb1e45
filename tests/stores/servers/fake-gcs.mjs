// @ts-check
/** fake-gcs-server: Google Cloud Storage as far as it goes; it checks no signature and holds nothing across a start in memory. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Child, freePorts } from "./child.mjs";
import { byName, callsOf, RECORDINGS } from "./store-server.mjs";

/**
 * @param {string} program
 * @param {string} folder
 * @returns {Promise<import("./store-server.mjs").StoreServer>}
 */
export async function fakeGcs(program, folder) {
  const [port = 0] = await freePorts(1);
  const root = join(folder, "gcs");
  mkdirSync(join(root, RECORDINGS), { recursive: true });
  const origin = `http://127.0.0.1:${port}`;
  const words = ["-scheme", "http", "-host", "127.0.0.1", "-port", `${port}`, "-backend", "filesystem", "-filesystem-root", root];
  const child = new Child(program, [...words, "-public-host", `127.0.0.1:${port}`, "-log-level", "error"], {
    isReady: async () => (await fetch(`${origin}/storage/v1/b/${RECORDINGS}`)).ok,
  });
  const names = async (/** @type {string} */ prefix) => {
    const answer = await (await fetch(`${origin}/storage/v1/b/${RECORDINGS}/o?prefix=${encodeURIComponent(prefix)}`)).json();
    return (answer.items ?? []).map((/** @type {{name: string}} */ { name }) => name);
  };
  const get = async (/** @type {string} */ name) =>
    Buffer.from(await (await fetch(`${origin}/storage/v1/b/${RECORDINGS}/o/${encodeURIComponent(name)}?alt=media`)).arrayBuffer());
  return {
    title: "fake-gcs-server",
    checksContent: true,
    through: true,
    port,
    start: () => child.start(),
    stop: () => child.stop(),
    kill: () => child.kill(),
    objects: async (callId) => byName(await Promise.all((await names(`${callId}/`)).map(async (/** @type {string} */ name) => ({ name, bytes: await get(name) })))),
    calls: async () => callsOf(await names("")),
    // It ignores the condition of a presigned request, so that direct grants are refused at the start.
    serve: (proxied) => ({ store: `gcs://${RECORDINGS}?endpoint=${proxied}&credentials=none`, env: {}, options: ["--grants", "through"] }),
  };
}
