// @ts-check
/** The player as a supervisor uses it: a real browser, the real server, calls that were really sealed. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { BROWSER, CHROMIUM_SWITCHES } from "../../scripts/demo/browser.mjs";
import { launchFirefox } from "../../scripts/demo/firefox.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COMMAND = join(ROOT, "target/debug/callseal");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CALL = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const TOKEN = "test-token-0123456789-abcdefghij";
/** Seconds of the test's sound; from 4 to 6 it is silent, as if cut out. */
const SOUND_S = 10;

const folder = mkdtempSync(join(tmpdir(), "callseal-player-"));
const [short, long] = [join(folder, "short"), join(folder, "long")];
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {(() => void)[]} */
const ends = [];

before(async () => {
  const sound = join(folder, "sound.opus");
  const channel = (/** @type {number} */ low, /** @type {number} */ rise) => `0.4*sin(2*PI*(${low}*t+${rise}*t*t))*(1-between(t\\,4\\,6))`;
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", `aevalsrc=${channel(300, 40)}|${channel(500, 30)}:s=48000:d=${SOUND_S}`, "-c:a", "libopus", "-b:a", "48k", "-vbr", "off", "-frame_duration", "20", sound]);
  const seal = (/** @type {string[]} */ ...words) => execFileSync("cargo", ["run", "--quiet", "--package", "callseal-player", "--example", "sealed_call", "--", ...words], { cwd: ROOT });
  seal(short, sound, "125");
  seal(long, sound, "1000", String(3600 / SOUND_S));
  browser = BROWSER === "firefox" ? await launchFirefox() : await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: CHROMIUM_SWITCHES });
});

after(async () => {
  await browser?.close();
  ends.forEach((end) => end());
  rmSync(folder, { recursive: true });
});

/** @param {string} store @param {string[]} options @returns {Promise<string>} the server's address */
async function serve(store, ...options) {
  const words = ["serve", "--store", `fs://${store}`, "--listen", "127.0.0.1:0", "--json-ready", "--site", join(ROOT, "dist/www"), "--allow-read", ...options];
  const child = spawn(COMMAND, words, { env: { ...process.env, CALLSEAL_TOKEN: TOKEN }, stdio: ["ignore", "pipe", "ignore"] });
  ends.push(() => child.kill());
  const line = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  return JSON.parse(line).url;
}

/** A page with the call's ledger read. @param {string} url @param {import("playwright-core").BrowserContextOptions} [options] */
async function opened(url, options = {}) {
  const page = await (await browser.newContext(options)).newPage();
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => void (message.type() === "error" && !message.text().includes("status of 4") && errors.push(message.text())));
  // What is scheduled, as it is scheduled: the sound card of a test machine is none.
  await page.addInitScript(() => {
    const scheduled = /** @type {any} */ (globalThis).scheduled = /** @type {object[]} */ ([]);
    const { start } = AudioBufferSourceNode.prototype;
    AudioBufferSourceNode.prototype.start = function (when = 0, offset = 0) {
      scheduled.push({ when, offset, left: [...(this.buffer?.getChannelData(0) ?? [])], right: [...(this.buffer?.getChannelData(1) ?? [])] });
      start.call(this, when, offset);
    };
  });
  await page.goto(`${url}/player/`);
  await page.getByLabel("Access token").fill(TOKEN);
  await page.getByRole("button", { name: "List calls" }).click();
  await page.getByRole("button", { name: "Read" }).click();
  await page.waitForSelector("callseal-player:not([data-state=empty]):not([data-state=loading])");
  return { page, errors };
}

/** @param {import("playwright-core").Page} page @param {string} key */
async function unlock(page, key) {
  await page.getByLabel("Private key file").setInputFiles(key);
  await page.getByLabel("Details").fill("ticket 4711");
  await page.getByRole("button", { name: "Open", exact: true }).click();
}

const ready = (/** @type {import("playwright-core").Page} */ page) => page.waitForSelector("callseal-player[data-state=ready]");
/** @param {import("playwright-core").Page} page @param {string} text */
const verdict = (page, text) => page.locator(".verdict strong", { hasText: new RegExp(`^${text}`, "u") }).waitFor({ timeout: 30_000 });

/** @param {string} store @returns {Float32Array} what `callseal open` gives, decoded by ffmpeg, channels interleaved */
function reference(store) {
  const out = join(folder, "opened.ogg");
  rmSync(out, { force: true });
  execFileSync(COMMAND, ["open", join(store, CALL), "--key", join(store, "key.jwk"), "--out", out], { stdio: "ignore" });
  const bytes = execFileSync("ffmpeg", ["-v", "error", "-c:a", "libopus", "-i", out, "-f", "f32le", "-ar", "48000", "-ac", "2", "-"], { maxBuffer: 1 << 28 });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

test("what is heard is what was said, sample by sample over the edges of segments, and cut-outs are silent and marked", async () => {
  const { page, errors } = await opened(await serve(short));
  await unlock(page, join(short, "key.jwk"));
  await ready(page);
  assert.equal(await page.locator(".marks li").count(), 1);
  assert.match((await page.locator(".marks li").textContent()) ?? "", /0:05–0:07Redacted: card number \(field focus\)/u);
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => /** @type {any} */ (globalThis).scheduled.length === 5, null, { timeout: 30_000 });
  await verdict(page, "Verified");
  const [left, right] = await page.evaluate(() => {
    const scheduled = /** @type {any[]} */ (/** @type {any} */ (globalThis).scheduled);
    const origin = scheduled[0].when;
    const [one, two] = [new Float32Array(48_000 * 11), new Float32Array(48_000 * 11)];
    for (const { when, offset, ...sound } of scheduled) {
      const at = Math.round((when - origin - offset) * 48_000);
      sound.left.forEach((/** @type {number} */ value, /** @type {number} */ index) => void (one[at + index] = (one[at + index] ?? 0) + value));
      sound.right.forEach((/** @type {number} */ value, /** @type {number} */ index) => void (two[at + index] = (two[at + index] ?? 0) + value));
    }
    return [[...one], [...two]];
  });
  const wanted = reference(short);
  let [worst, loudest] = [0, 0];
  for (let at = 0; at < wanted.length / 2; at += 1) {
    worst = Math.max(worst, Math.abs((left?.[at] ?? 0) - (wanted[2 * at] ?? 0)), Math.abs((right?.[at] ?? 0) - (wanted[2 * at + 1] ?? 0)));
    loudest = Math.max(loudest, Math.abs(wanted[2 * at] ?? 0));
  }
  assert.ok(loudest > 0.3, "there is something to hear");
  assert.ok(worst < 0.01, `the greatest difference is ${worst}`);
  const cut = left?.slice(4.2 * 48_000, 5.8 * 48_000) ?? [];
  assert.ok(cut.every((value) => Math.abs(value) < 0.001), "what was cut out is silent");
  assert.deepEqual(errors, []);
});

test("a wrong key is told and opens nothing", async () => {
  const { page } = await opened(await serve(short));
  await unlock(page, join(long, "key.jwk"));
  await ready(page);
  await page.getByRole("button", { name: "Play" }).click();
  await page.locator(".problem", { hasText: "none of its recipients'" }).first().waitFor();
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).scheduled.length), 0);
});

test("a damaged segment is not played, the others are, and the call is called damaged", async () => {
  const store = join(folder, "damaged");
  cpSync(short, store, { recursive: true });
  const file = join(store, CALL, "0/000001.ogg.tink");
  const bytes = readFileSync(file);
  bytes[700] = (bytes[700] ?? 0) ^ 1;
  rmSync(file);
  writeFileSync(file, bytes);
  const { page } = await opened(await serve(store));
  await unlock(page, join(store, "key.jwk"));
  await ready(page);
  await page.getByRole("button", { name: "Play" }).click();
  await page.locator(".marks li", { hasText: "Cannot be played" }).waitFor();
  await verdict(page, "Damaged");
  await page.waitForFunction(() => /** @type {any} */ (globalThis).scheduled.length === 4, null, { timeout: 30_000 });
});

test("minute 50 of an hour is heard after less than 2 % of the call's bytes", async (context) => {
  const { page } = await opened(await serve(long));
  await unlock(page, join(long, "key.jwk"));
  await ready(page);
  const stats = await page.evaluate(async () => {
    const player = /** @type {import("../../pkg/player.mjs").CallsealPlayer} */ (document.querySelector("callseal-player"));
    player.seek(50 * 60);
    const heard = new Promise((resolve) => player.addEventListener("callseal-heard", () => resolve({ ...player.stats }), { once: true }));
    await player.play();
    return /** @type {Promise<{bytes: number, firstAudioMs: number}>} */ (heard);
  });
  const sizes = readdirSync(join(long, CALL), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const total = sizes.reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
  context.diagnostic(`${stats.bytes} of ${total} bytes (${((100 * stats.bytes) / total).toFixed(2)} %), first audio after ${Math.round(stats.firstAudioMs)} ms`);
  assert.ok(stats.bytes < 0.02 * total, `${stats.bytes} of ${total}`);
});

test("where a reason is required, audio and keys are refused without one; the reason is signed and listed", async () => {
  // What was said at another server over the same store would count here too.
  const store = join(folder, "reasons");
  cpSync(join(short, CALL), join(store, CALL), { recursive: true });
  const url = await serve(store, "--require-access-reason");
  const headers = { authorization: `Bearer ${TOKEN}` };
  const segment = `${url}/v1/objects/${CALL}/0/000000.ogg.tink`;
  const refused = await fetch(segment, { headers });
  assert.deepEqual([refused.status, (await refused.json()).error.code], [403, "access/reason-required"]);
  assert.equal((await fetch(`${url}/v1/objects/${CALL}/ledger/000000.jsonl`, { headers })).status, 200);
  const before = (await (await fetch(`${url}/v1/calls/${CALL}/accesses`, { headers })).json()).accesses.length;
  const { page } = await opened(url);
  await unlock(page, join(short, "key.jwk"));
  await ready(page);
  await page.getByRole("button", { name: "Play" }).click();
  await verdict(page, "Verified");
  assert.equal((await fetch(segment, { headers })).status, 200);
  const { accesses } = await (await fetch(`${url}/v1/calls/${CALL}/accesses`, { headers })).json();
  assert.equal(accesses.length, before + 1);
  const { reason, text, action, is_signed: isSigned } = accesses.at(-1);
  assert.deepEqual([reason, text, action, isSigned], ["quality", "ticket 4711", "listen", true]);
});

test("an excerpt holds the chosen seconds, says why and when it was made, and is logged", async () => {
  const url = await serve(short);
  const { page } = await opened(url);
  await unlock(page, join(short, "key.jwk"));
  await ready(page);
  const bytes = await page.evaluate(async () => {
    const player = /** @type {import("../../pkg/player.mjs").CallsealPlayer} */ (document.querySelector("callseal-player"));
    return [...new Uint8Array(await (await player.excerpt(2, 5)).arrayBuffer())];
  });
  const file = join(folder, "excerpt.ogg");
  writeFileSync(file, Buffer.from(bytes));
  const pcm = execFileSync("ffmpeg", ["-v", "error", "-i", file, "-f", "f32le", "-ac", "2", "-"], { maxBuffer: 1 << 26 });
  assert.ok(Math.abs(pcm.length / 8 / 48_000 - 3) < 0.05, `${pcm.length / 8 / 48_000} s`);
  assert.ok(Buffer.from(bytes).includes("REASON=quality ticket 4711"));
  const { accesses } = await (await fetch(`${url}/v1/calls/${CALL}/accesses`, { headers: { authorization: `Bearer ${TOKEN}` } })).json();
  const { action, from_ms: from, to_ms: to } = accesses.at(-1);
  assert.deepEqual([action, from, to], ["export", 2000, 5000]);
});

test("keys move and play, and no state has a fault that axe finds, light, dark or narrow", async () => {
  const url = await serve(short);
  for (const [colorScheme, width] of /** @type {["light" | "dark", number][]} */ ([["light", 1100], ["dark", 1100], ["light", 360]])) {
    const { page, errors } = await opened(url, { colorScheme, viewport: { width, height: 900 } });
    const look = async (/** @type {string} */ state) => {
      const found = await page.evaluate(async (source) => {
        // The page takes no scripts from strings; the checker comes from outside of it.
        const { axe } = /** @type {any} */ (globalThis);
        return axe === undefined ? [source] : (await axe.run()).violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes[0].html}`);
      }, state);
      assert.deepEqual(found, [], `${state}, ${colorScheme}, ${width} px`);
      if (process.env["CALLSEAL_SCREENS"]) await page.screenshot({ path: join(process.env["CALLSEAL_SCREENS"], `${state}-${colorScheme}-${width}.png`), fullPage: true });
    };
    await page.evaluate(AXE);
    await look("locked");
    await unlock(page, join(short, "key.jwk"));
    await ready(page);
    const position = () => page.locator(".timeline input").evaluate((input) => Number(/** @type {HTMLInputElement} */ (input).value));
    const slider = page.getByRole("slider", { name: "Position" });
    await slider.focus();
    for (const [key, wanted] of /** @type {[string, number][]} */ ([["End", 11], ["Home", 1], ["]", 5], ["ArrowRight", 10], ["[", 5]])) {
      await slider.press(key);
      await page.waitForTimeout(50);
      assert.ok(Math.abs((await position()) - wanted) < 0.1, `${key}: ${await position()}`);
    }
    await slider.press(" ");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await verdict(page, "Verified");
    await page.waitForTimeout(600);
    await slider.press(" ");
    await look("ready");
    assert.deepEqual(errors, []);
    await page.context().close();
  }
});
