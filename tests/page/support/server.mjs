// @ts-check
/**
 * Serves the package's files and the test pages under the content-security-policy that the product has to live with.
 *
 * Owns: an HTTP server on loopback for one test file. Must never serve anything outside the listed folders.
 */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * The policy `callseal serve` sets.
 * @param {string[]} connect  further origins that may be spoken to
 */
const csp = (connect) => [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  `connect-src ${["'self'", ...connect].join(" ")}`,
  "media-src 'self' blob:",
  "img-src 'self' data:",
  "worker-src 'self'",
  "frame-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join("; ");

/** URL prefix → folder. @type {[string, string][]} */
const FOLDERS = [
  ["/pkg/", "pkg/"],
  ["/pages/", "tests/page/pages/"],
  ["/decoder/", "tests/decoder/"],
  ["/copy/", "pkg/"],
  ["/adapter/", "node_modules/webrtc-adapter/out/"],
  ["/react/", "node_modules/react/umd/"],
  ["/react-dom/", "node_modules/react-dom/umd/"],
];

/** @type {Record<string, string>} */
const TYPES = {
  ".mjs": "text/javascript",
  ".js": "text/javascript",
  ".html": "text/html; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".wav": "audio/wav",
};

/**
 * @param {string[]} [connect]  further origins that the page may speak to
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serve(connect = []) {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    response.setHeader("Content-Security-Policy", csp(connect));
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Cache-Control", "no-store");
    if (url.pathname === "/page") {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(page(url.searchParams.getAll("script"), url.searchParams.get("body") ?? ""));
      return;
    }
    if (url.pathname === "/favicon.ico") {
      response.statusCode = 204;
      response.end();
      return;
    }
    const path = normalize(decodeURIComponent(url.pathname));
    const folder = FOLDERS.find(([prefix]) => path.startsWith(prefix));
    const file = folder && join(ROOT, folder[1], path.slice(folder[0].length));
    if (!file || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.statusCode = 404;
      response.end();
      return;
    }
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {string[]} scripts  in this order; `.js` as classic scripts, `.mjs` as modules
 * @param {string} body
 */
function page(scripts, body) {
  const tags = scripts.map((source) =>
    source.endsWith(".mjs") ? `<script type="module" src="${source}"></script>` : `<script defer src="${source}"></script>`
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>test</title>${tags.join("")}<body>${body}</body></html>`;
}
