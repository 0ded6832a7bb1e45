// @ts-check
/**
 * A real call with a known name, number and card, and the keys that open it: none of them is in anything that the run left
 * or said, in any spelling that a leak could have. Looked through are every stored object, every file of the engine's own
 * file system (in mid-call and at the end), the page's storage, every event and console line of page and workers, and the
 * server's words. What the page itself shows the agent, and the browser's own history of what was typed, is not ours.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { base64url } from "../decoder/bytes.mjs";
import { readCall } from "../decoder/decoder.mjs";
import { openEnvelope } from "../decoder/jwe.mjs";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { configured } from "./support/host.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP } from "./support/voices.mjs";

const NAME = "Canaria Vogelsang";
const NUMBER = "+49 30 5550 77881";
const CARD = "4929 7713 0042 6609";

/** @typedef {{from: string, bytes: Buffer}} Emission */

/** Every file below a folder. @param {string} folder @param {string} from @returns {Emission[]} */
function filesOf(folder, from) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .flatMap((path) => [{ from: `${from}: ${path.slice(folder.length)}`, bytes: readFileSync(path) }, { from: `${from}: a name`, bytes: Buffer.from(path.slice(folder.length)) }]);
}

/** The engine's file system and what else the page keeps. @param {import("playwright-core").Page} page @param {string} when @returns {Promise<Emission[]>} */
async function kept(page, when) {
  const found = await page.evaluate(async () => {
    const files = /** @type {[string, string][]} */ ([]);
    /** @param {FileSystemDirectoryHandle} folder @param {string} path */
    const walk = async (folder, path) => {
      for await (const [name, handle] of folder.entries()) {
        try {
          if (handle instanceof FileSystemDirectoryHandle) await walk(handle, `${path}/${name}`);
          else if (handle instanceof FileSystemFileHandle) {
            const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
            files.push([`${path}/${name}`, Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")]);
          }
        } catch (error) {
          // The engine clears up while this looks.
          if (!(error instanceof DOMException)) throw error;
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), "");
    files.push(["localStorage", JSON.stringify({ ...localStorage })], ["sessionStorage", JSON.stringify({ ...sessionStorage })], ["cookies", document.cookie]);
    return files;
  });
  return found.flatMap(([name, content]) => [{ from: `${when}: ${name}`, bytes: Buffer.from(content, "latin1") }, { from: `${when}: a name`, bytes: Buffer.from(name) }]);
}

/** Everything a secret could be written as. @param {string} what @param {Buffer} bytes @returns {[string, Buffer][]} */
const spellings = (what, bytes) => [
  [what, bytes],
  [`${what} in hexadecimal`, Buffer.from(bytes.toString("hex"))],
  [`${what} in base64url`, Buffer.from(bytes.toString("base64url"))],
  [`${what} in base64`, Buffer.from(bytes.toString("base64").replace(/=+$/, ""))],
  [`${what} as numbers`, Buffer.from(Array.from(bytes).join(","))],
];

test("neither keys nor sound nor who was called is in anything that a call leaves or says", () =>
  withInstallation(async (installation) => {
    /** @type {Emission[]} */
    const emissions = [];
    const say = (/** @type {string} */ from) => (/** @type {string} */ text) => void emissions.push({ from, bytes: Buffer.from(text) });
    await installation.serve({ onLine: say("callseal serve") });
    const configure = configured({ lookBackMs: 1_000, graceMs: 500, holdBackMs: 4_000 });
    const prepare = async (/** @type {import("playwright-core").BrowserContext} */ context) => {
      await configure(context);
      context.on("console", (message) => say("console")(message.text()));
      context.on("weberror", (error) => say("an error of the page")(`${error.error().stack}`));
    };
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP, prepare });
    const { page } = desktop;
    await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question", 30_000);
    await page.fill("#customer-name", NAME);
    await page.fill("#customer-phone", NUMBER);
    await page.locator("callseal-panel [data-action=yes]").click();
    await snapshot(desktop, ({ recording }) => recording, "the recording");
    await until(Date.now() + 6_000);
    await page.click("#card-number");
    await page.locator("#card-number").pressSequentially(CARD, { delay: 10 });
    await page.click("#notes");
    await page.locator("#notes").pressSequentially(`${NAME} ${CARD}`, { delay: 5 });
    await until(Date.now() + 7_000);
    emissions.push(...(await kept(page, "in mid-call")));
    assert.ok(emissions.some(({ from, bytes }) => from.startsWith("in mid-call: /") && bytes.length > 500), "the spool was seen");
    await page.click("#hang-up");
    const { call_id: callId } = await closed(desktop);
    await stored(desktop, callId);

    emissions.push(...(await kept(page, "at the end")), ...filesOf(installation.store, "the store"));
    for (const { type, detail } of desktop.events) say(`the event ${type}`)(JSON.stringify(detail));
    say("the facade")(await page.evaluate(() => JSON.stringify([...(/** @type {any} */ (document.querySelector("callseal-panel")).callseal.calls.values())])));

    const owner = JSON.parse(readFileSync(installation.privateKey, "utf8"));
    const folder = installation.callFolder(callId);
    const objects = new Map(filesOf(folder, "").filter(({ from }) => from.startsWith(": /")).map(({ from, bytes }) => [from.slice(3), new Uint8Array(bytes)]));
    const { parts } = await readCall(callId, objects, owner);
    const sound = Buffer.from(parts[0] ?? []);
    assert.ok(sound.length > 50_000, "the call was recorded");
    const secrets = spellings("the recipient's private key", Buffer.from(base64url(owner.d)));
    for (const name of [...objects.keys()].filter((one) => /v1\.jwe\.json$/.test(one) && !one.startsWith("vcon"))) {
      const address = `callseal/1/${callId}/${name.split(".", 1)[0]}`;
      secrets.push(...spellings(`the data key of ${address}`, Buffer.from(await openEnvelope(objects.get(name) ?? new Uint8Array(0), owner, address))));
    }
    assert.ok(secrets.length >= 10, "there are data keys to look for");
    // Behind the header pages, which the ledger states: pieces of packets, of which any would be a leak.
    for (let at = 2_000; at + 24 < sound.length; at += 4_999) secrets.push(...spellings(`sound at byte ${at}`, sound.subarray(at, at + 24)).slice(0, 4));
    for (const word of [...NAME.split(" "), NAME, NUMBER, NUMBER.replaceAll(" ", ""), NUMBER.replace(/\D/g, ""), CARD, CARD.replaceAll(" ", ""), "7713 0042", "77130042", "6609"]) {
      // Four digits are in hashes by chance.
      if (word.length > 4) secrets.push([`“${word}”`, Buffer.from(word)], [`“${word}” in base64url`, Buffer.from(Buffer.from(word).toString("base64url").slice(0, -2))]);
    }
    const look = (/** @type {Emission[]} */ through) =>
      through.flatMap(({ from, bytes }) => secrets.filter(([, secret]) => bytes.includes(secret)).map(([what]) => `${what} is in ${from}`));
    assert.deepEqual([...new Set(look(emissions))], []);
    // The search finds what there is.
    const planted = { from: "what was planted", bytes: Buffer.concat(secrets.flatMap(([, secret]) => [Buffer.from("\n"), secret])) };
    assert.equal(look([planted]).length, secrets.length);
    console.log(`canary: ${secrets.length} spellings in ${emissions.length} emissions of ${emissions.reduce((sum, { bytes }) => sum + bytes.length, 0)} bytes`);
  }));
