// @ts-check
/**
 * A real headless Chromium with an agent's page, which has the tap and a softphone, and pages of customers without.
 *
 * Owns: their start and end, and the web server on loopback from which they come.
 */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { CHROMIUM_SWITCHES } from "../../../scripts/demo/browser.mjs";
import { bundle } from "./libraries.mjs";

/** @typedef {import("playwright-core").Page} Page */

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** URL prefix → folder. @type {[string, string][]} */
const FOLDERS = [
  ["/pkg/", "pkg/"],
  ["/pages/", "tests/page/pages/"],
  ["/adapters/", "tests/adapters/pages/"],
];

/** @type {Record<string, string>} */
const TYPES = { ".mjs": "text/javascript", ".html": "text/html; charset=utf-8", ".json": "application/json", ".wasm": "application/wasm", ".wav": "audio/wav" };

/**
 * @typedef {object} Stage
 * @property {(prepare?: (page: Page) => Promise<unknown>) => Promise<Page>} agent     a page with tap, library and `lab`
 * @property {(prepare?: (page: Page) => Promise<unknown>) => Promise<Page>} customer  one without the tap
 * @property {() => Promise<void>} close
 */

/**
 * @param {string[]} libraries  global names, see `libraries.mjs`
 * @param {Record<string, string>} [files]  further scripts by name
 * @returns {Promise<Stage>}
 */
export async function stage(libraries, files = {}) {
  const scripts = new Map(Object.entries(files));
  for (const name of libraries) scripts.set(name, await bundle(name));
  const server = await serve(scripts);
  const browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: CHROMIUM_SWITCHES });
  const open = async (/** @type {string[]} */ sources, /** @type {(page: Page) => Promise<unknown>} */ prepare) => {
    const page = await (await browser.newContext({ permissions: ["microphone"] })).newPage();
    page.on("pageerror", (error) => void process.stderr.write(`page error: ${error.stack ?? error.message}\n`));
    await prepare(page);
    await page.goto(`${server.url}/page?${new URLSearchParams(sources.map((source) => ["script", source]))}`);
    await page.waitForFunction(() => "lab" in globalThis && "bench" in globalThis);
    await page.evaluate(() => /** @type {any} */ (globalThis).lab.microphone());
    return page;
  };
  const own = [...scripts.keys()].map((name) => `/library/${name}.js`);
  const nothing = async () => {};
  return {
    agent: (prepare = nothing) => open(["/pkg/tap.mjs", ...own, "/pages/lab.mjs", "/adapters/bench.mjs"], prepare),
    customer: (prepare = nothing) => open([...own, "/pages/lab.mjs", "/adapters/bench.mjs"], prepare),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/**
 * @param {Map<string, string>} scripts
 * @returns {Promise<{url: string, close: () => Promise<unknown>}>}
 */
async function serve(scripts) {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    response.setHeader("Cache-Control", "no-store");
    if (pathname === "/page") {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(page(searchParams.getAll("script")));
      return;
    }
    const library = scripts.get(/^\/library\/(\w+)\.js$/.exec(pathname)?.[1] ?? "");
    if (library !== undefined) {
      response.setHeader("Content-Type", "text/javascript; charset=utf-8");
      response.end(library);
      return;
    }
    const path = normalize(decodeURIComponent(pathname));
    const folder = FOLDERS.find(([prefix]) => path.startsWith(prefix));
    const file = folder && join(ROOT, folder[1], path.slice(folder[0].length));
    if (!file || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.statusCode = pathname === "/favicon.ico" ? 204 : 404;
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
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** @param {string[]} scripts  in this order */
function page(scripts) {
  const tags = scripts.map((source) =>
    source.endsWith(".mjs") ? `<script type="module" src="${source}"></script>` : `<script defer src="${source}"></script>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>test</title>${tags.join("")}<body></body></html>`;
}

