// @ts-check
/**
 * The sites of the tests: an agent's desk under whatever policy a test asks for, and a customer elsewhere.
 *
 * Owns an HTTP server on loopback. It is reached as 127.0.0.1, which is granted to the extension, and as localhost, which is
 * not. Must never serve anything outside of the test pages and the files that a test names.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { ROOT } from "../../../scripts/lib/project.mjs";

const PAGES = join(ROOT, "tests/extension/pages");

/** What a strict host sends; of the extension it knows nothing. */
export const STRICT = {
  "Content-Security-Policy":
    "default-src 'self'; script-src 'self'; frame-src 'none'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "X-Frame-Options": "DENY",
};

/** The same, with everything else that a browser can be told. */
export const STRICTEST = {
  ...STRICT,
  "Content-Security-Policy": `${STRICT["Content-Security-Policy"]}; require-trusted-types-for 'script'; trusted-types 'none'`,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), display-capture=(), autoplay=(self)",
};

/** @type {Record<string, string>} */
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wav": "audio/wav" };

/**
 * @param {{headers?: Record<string, string>, files?: Record<string, string>}} [options]  `headers` of agent.html and what it
 *   loads; `files`: further paths, by name
 */
export async function site({ headers = STRICT, files = {} } = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const name = pathname.slice(1);
    if (name === "favicon.ico") return response.writeHead(204).end();
    const file = files[name] ?? (/^[a-z-]+\.(html|js)$/u.test(name) ? join(PAGES, name) : null);
    try {
      const content = readFileSync(file ?? "");
      const strict = name.startsWith("customer") || name in files ? {} : headers;
      response.writeHead(200, { ...strict, "Content-Type": TYPES[extname(file ?? "")] ?? "application/octet-stream", "Cache-Control": "no-store" });
      return response.end(content);
    } catch {
      return response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    /** On the granted host. */
    desk: `http://127.0.0.1:${address.port}`,
    /** Another origin that is granted. */
    payments: `http://payments.test:${address.port}`,
    /** The same server by a name that is not granted. */
    elsewhere: `http://localhost:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}
