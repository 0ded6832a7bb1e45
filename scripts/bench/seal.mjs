// @ts-check
/**
 * How fast calls are sealed and opened (docs/speed.md): natively beside OpenSSL and Google's Tink, and in Chromium beside
 * other implementations, each ratio from one run.
 *
 * Owns the rounds, in which everything takes its turn, so that a busy machine is as busy for all; of each the best round
 * counts. Fails below a goal only when told to (`--strict`): on a shared machine a ratio is an observation.
 *
 *     npm run bench:seal [-- --native | --browser] [--strict]
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM_SWITCHES } from "../demo/browser.mjs";
import { ROOT, toolEnvironment } from "../lib/project.mjs";
import { serveFolders } from "./seal/server.mjs";

const words = process.argv.slice(2);
const [isNative, isBrowser] = ["--native", "--browser"].map((word) => words.includes(word) || !words.some((other) => /native|browser/.test(other)));
const ROUNDS = 3;
/** As in benches/seal.rs: a segment of 20 s, and a whole file. */
const [SEGMENT, FILE] = [160_000, 16 << 20];

/** @param {string[]} command @param {string} [input] */
function run([program = "", ...args], input) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8", input, env: toolEnvironment() });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with status ${status}:\n${stderr}`);
  return stdout;
}

/** OpenSSL's figure for blocks of 16 KiB, MB/s of 10^6 bytes. */
function openssl() {
  const table = run(["openssl", "speed", "-elapsed", "-seconds", "1", "-evp", "aes-256-gcm", "-bytes", "16384"]);
  return Number(/AES-256-GCM\s+([\d.]+)k/i.exec(table)?.[1]) / 1000;
}

/** Google's Tink over BoringSSL, a whole file at once. @returns {{seal: number, open: number} | null} MB/s */
function tink() {
  const python = join(ROOT, ".venv", "bin", "python");
  if (!existsSync(python)) return null;
  return JSON.parse(run([python, join(ROOT, "scripts", "bench", "seal", "tink_speed.py"), String(FILE)]));
}

/** Criterion's fastest sample. @param {"seal" | "open"} what @param {number} length @returns {number} MB/s */
function criterion(what, length) {
  const folder = process.env["CARGO_TARGET_DIR"] ?? join(ROOT, "target");
  const { iters, times } = JSON.parse(readFileSync(join(folder, "criterion", "tink", what, String(length), "new", "sample.json"), "utf8"));
  return (length * 1000) / Math.min(...times.map((/** @type {number} */ time, /** @type {number} */ at) => time / iters[at]));
}

/** @type {{what: string, ratio: number, goal: number | null}[]} */
const ratios = [];
/** @param {string} what @param {number} ours @param {number} other @param {number | null} goal */
function compare(what, ours, other, goal) {
  ratios.push({ what, ratio: ours / other, goal });
  process.stdout.write(`  ${what.padEnd(58)} ${(ours / other).toFixed(2)} ×${goal === null ? "" : `   (goal ${goal})`}\n`);
}

if (isNative) {
  process.stdout.write("native: building\n");
  run(["cargo", "bench", "--quiet", "--bench", "seal", "--no-run"]);
  const best = { openssl: 0, tinkSeal: 0, tinkOpen: 0, seal: 0, open: 0, sealFile: 0, openFile: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    best.openssl = Math.max(best.openssl, openssl());
    run(["cargo", "bench", "--quiet", "--bench", "seal", "--", "--noplot"]);
    best.seal = Math.max(best.seal, criterion("seal", SEGMENT));
    best.open = Math.max(best.open, criterion("open", SEGMENT));
    best.sealFile = Math.max(best.sealFile, criterion("seal", FILE));
    best.openFile = Math.max(best.openFile, criterion("open", FILE));
    const other = tink();
    best.tinkSeal = Math.max(best.tinkSeal, other?.seal ?? 0);
    best.tinkOpen = Math.max(best.tinkOpen, other?.open ?? 0);
    best.openssl = Math.max(best.openssl, openssl());
  }
  process.stdout.write(`native, MB/s of 10^6 bytes, best of ${ROUNDS} rounds\n`);
  for (const [name, figure] of Object.entries(best)) process.stdout.write(`  ${name.padEnd(12)} ${figure.toFixed(0)}\n`);
  compare("a segment sealed, to OpenSSL's AES-256-GCM at 16 KiB", best.seal, best.openssl, 0.8);
  compare("a segment opened, to OpenSSL's AES-256-GCM at 16 KiB", best.open, best.openssl, 0.8);
  if (best.tinkSeal > 0) {
    compare("a file of 16 MiB sealed, to Tink (Python over C++)", best.sealFile, best.tinkSeal, 1);
    compare("a file of 16 MiB opened, to Tink (Python over C++)", best.openFile, best.tinkOpen, 1);
  } else process.stdout.write("  Tink is not here: npm run test:interop installs it\n");
}

if (isBrowser) {
  process.stdout.write("browser: building\n");
  run(["wasm-pack", "build", "--target", "web", "--release", "--out-dir", "dist", "--no-pack", "--no-gitignore", "--mode", "no-install", join(ROOT, "scripts", "bench", "wasm")]);
  const server = await serveFolders({
    "/wasm/": join(ROOT, "scripts", "bench", "wasm", "dist"),
    "/page/": join(ROOT, "scripts", "bench", "seal"),
    "/noble/": join(ROOT, "node_modules", "@noble", "ciphers"),
    "/sodium/": join(ROOT, "node_modules", "libsodium-wrappers", "dist", "modules-esm"),
    "/libsodium/": join(ROOT, "node_modules", "libsodium", "dist", "modules-esm"),
  });
  const browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: CHROMIUM_SWITCHES });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => process.stderr.write(`page error: ${error.message}\n`));
    await page.goto(`${server.url}/page/page.html`);
    const path = "/page/page.mjs";
    const best = await page.evaluate(async ([module, bytes]) => (await import(String(module))).measure(Number(bytes)), [path, SEGMENT]);
    process.stdout.write(`Chromium, a segment of ${SEGMENT} bytes, MB/s of 10^6 bytes, best slices\n`);
    for (const [name, figure] of Object.entries(best)) process.stdout.write(`  ${name.padEnd(34)} ${figure.toFixed(0)}\n`);
    compare("sealed by us, to @noble/ciphers' AES-GCM", best.callseal, best["@noble/ciphers gcm"], 2.5);
    compare("sealed by us, to aes-gcm 0.10.3 as Wasm", best.callseal, best["aes-gcm 0.10.3 as Wasm"], 2);
    compare("sealed by us, to WebCrypto's AES-GCM", best.callseal, best["WebCrypto AES-GCM"], null);
    compare("sealed by us, to libsodium's secretstream", best.callseal, best["libsodium secretstream"], null);
  } finally {
    await browser.close();
    await server.close();
  }
}

const missed = ratios.filter(({ ratio, goal }) => goal !== null && !(ratio >= goal));
if (missed.length > 0) process.stdout.write(`below the goal: ${missed.map(({ what }) => what).join("; ")}\n`);
process.exit(missed.length > 0 && words.includes("--strict") ? 1 : 0);
