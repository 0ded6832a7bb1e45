// @ts-check
/**
 * Serves a host's pages: the package as it is written, a softphone's library, and the page around them.
 *
 * Owns: the server. Must never: serve anything that holds a private key.
 */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { ROOT } from "../../../scripts/lib/project.mjs";
import { bundle } from "../../adapters/support/libraries.mjs";

/** URL prefix → folder of the checkout. @type {[string, string][]} */
const FOLDERS = [
  ["/pkg/", "pkg"],
  ["/pages/", "tests/phones/pages"],
];

/** @type {Record<string, string>} */
const TYPES = {
  ".css": "text/css",
  ".flac": "audio/flac",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".wav": "audio/wav",
};

/** What a host needs of its policy: the package's own, and the servers it talks to. */
const policy = (/** @type {string} */ reach) =>
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; worker-src 'self'; connect-src 'self' ${reach}`;

/**
 * @param {string} address
 * @param {{config: () => object, reach: () => string}} given  what Callseal's configuration is, and where pages may connect to
 */
export async function pageServer(address, { config, reach }) {
  /** @type {Map<string, Promise<string>>} */
  const libraries = new Map();
  const library = (/** @type {string} */ name) => {
    const script = libraries.get(name) ?? bundle(name);
    libraries.set(name, script);
    return script;
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://host");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Content-Security-Policy", policy(reach()));
    const send = (/** @type {string} */ type, /** @type {string} */ text) => {
      response.setHeader("Content-Type", type);
      response.end(text);
    };
    const words = /^\/(agent|customer)\/(\w+)\/([\w-]+)$/.exec(pathname);
    if (words) return send("text/html; charset=utf-8", page(words[1] === "agent", words[2] ?? "", words[3] ?? ""));
    if (pathname === "/callseal/config.json") return send("application/json", JSON.stringify(config()));
    const wanted = /^\/library\/(\w+)\.js$/.exec(pathname)?.[1];
    if (wanted !== undefined) {
      library(wanted).then((script) => send("text/javascript", script), () => response.writeHead(500).end());
      return;
    }
    const path = normalize(decodeURIComponent(pathname));
    const folder = FOLDERS.find(([prefix]) => path.startsWith(prefix));
    const file = folder && join(ROOT, folder[1], path.slice(folder[0].length));
    if (!file || !statSync(file, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, address, () => resolve(undefined));
  });
  const listening = server.address();
  if (listening === null || typeof listening === "string") throw new Error("no port");
  return {
    origin: `http://${address}:${listening.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {boolean} isAgent  with tap and panel
 * @param {string} library   global name, see tests/adapters/support/libraries.mjs
 * @param {string} script    of `pages`
 */
function page(isAgent, library, script) {
  // The tap first: it has to be there before the softphone makes a connection.
  const own = isAgent ? '<script type="module" src="/pkg/tap.mjs"></script><script type="module" src="/pkg/dist/panel.mjs"></script>' : "";
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${isAgent ? "Agent" : "Customer"}</title><link rel="icon" href="data:,">${own}` +
    `<script defer src="/library/${library}.js"></script><script type="module" src="/pages/${script}.mjs"></script>` +
    `<body>${isAgent ? '<label>Card number <input id="card" autocomplete="cc-number"></label><label>Note <input id="note"></label><callseal-panel></callseal-panel>' : ""}</body></html>`
  );
}
