// @ts-check
/**
 * Serves folders on loopback for a benchmark.
 *
 * Must never: serve anything beside them.
 */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

/** @type {Record<string, string>} */
const TYPES = { ".mjs": "text/javascript", ".js": "text/javascript", ".html": "text/html; charset=utf-8", ".wasm": "application/wasm" };

/**
 * @param {Record<string, string>} folders  by the beginning of their addresses
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serveFolders(folders) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    const [prefix, folder] = Object.entries(folders).find(([begins]) => path.startsWith(begins)) ?? [];
    const file = prefix && folder ? join(folder, path.slice(prefix.length)) : "";
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => server.close(() => resolve(undefined))),
  };
}
