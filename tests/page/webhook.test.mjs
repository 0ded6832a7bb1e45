// @ts-check
/** The webhook with the real engine: a receiver that fails, and a Worker that dies before everything has arrived. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { stage } from "./support/browser.mjs";
import { receive } from "./support/receiver.mjs";

/** @typedef {import("playwright-core").Page} Page */

const SECRET = randomBytes(32).toString("base64url");
/** The same in the form that the library takes. */
const LIBRARY_SECRET = `whsec_${Buffer.from(SECRET, "base64url").toString("base64")}`;

/** @type {Awaited<ReturnType<typeof receive>>} */
let receiver;
/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  receiver = await receive(LIBRARY_SECRET);
  chromium = await stage([receiver.origin]);
});
after(async () => {
  await chromium.close();
  await receiver.close();
});

/**
 * A page with the engine, which notes what the callbacks say.
 * @param {import("playwright-core").BrowserContext} [context]
 */
async function start(context) {
  const page = await chromium.open(undefined, '<button id="no">no</button>', context);
  await page.evaluate(
    async (webhook) => {
      const { lab } = /** @type {any} */ (globalThis);
      const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
      const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
      const { prompts } = await (await fetch("/pkg/prompts/index.json")).json();
      const [{ promptId, version, language, text, sha256, file }] = prompts;
      const { Callseal } = await import(/** @type {string} */ ("/pkg/index.mjs"));
      lab.callseal = await Callseal.start({
        recipients: [{ kty, crv, x, y }],
        store: { kind: "grants", url: `${location.origin}/v1/grants`, token: "token" },
        disclosure: { promptId, version, language, text, sha256, url: `${location.origin}/pkg/prompts/${file}` },
        webhook,
      });
      lab.told = [];
      lab.errors = [];
      lab.callseal.on("consent", (/** @type {any} */ { callId, event }) => lab.told.push([`consent.${event.kind}`, callId]));
      lab.callseal.on("closed", (/** @type {any} */ { callId }) => lab.told.push(["call.closed", callId]));
      lab.callseal.on("stored", (/** @type {any} */ { callId }) => lab.told.push(["call.stored", callId]));
      lab.callseal.on("error", (/** @type {any} */ { code }) => lab.errors.push(code));
      document.querySelector("#no")?.addEventListener("click", (event) => {
        lab.callseal.answer([...lab.callseal.calls.keys()].at(-1), "no", event);
      });
    },
    { url: receiver.url, secret: SECRET, events: ["consent", "closed", "stored"] },
  );
  return page;
}

/**
 * A call that is disclosed, refused and hung up; returns what the callbacks said.
 * @param {Page} page
 * @returns {Promise<[string, string][]>}
 */
async function call(page) {
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    Object.assign(lab, await lab.call());
    let replayed = performance.now();
    await lab.until(() => {
      const snapshot = [...lab.callseal.calls.values()].at(-1);
      // A machine so busy that audio drops out during the prompt.
      if (snapshot?.problem === "disclosure/failed" && performance.now() - replayed > 4000) {
        replayed = performance.now();
        lab.callseal.replay(snapshot.call_id);
      }
      return snapshot?.phase === "asking";
    }, 40_000);
  });
  await page.click("#no");
  return page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const told = (/** @type {string} */ type) => lab.told.some((/** @type {string[]} */ [kind]) => kind === type);
    await lab.until(() => told("consent.answered"));
    lab.near.close();
    await lab.until(() => told("call.stored"), 15_000);
    return lab.told;
  });
}

/**
 * The outbox, read beside the engine.
 * @param {Page} page
 */
const outbox = (page) =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = /** @type {any} */ (await (await root.getDirectoryHandle("callseal")).getDirectoryHandle("outbox"));
    const texts = [];
    for await (const file of folder.values()) texts.push(await (await file.getFile()).text());
    return texts;
  });

/**
 * @param {() => boolean | Promise<boolean>} condition
 * @param {number} limitMs
 */
async function until(condition, limitMs) {
  const limit = performance.now() + limitMs;
  while (!(await condition())) {
    assert.ok(performance.now() < limit, `timed out: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param {[string, string][]} heard  what must have arrived, each once, in this order, signed */
function assertArrived(heard) {
  assert.deepEqual(receiver.faults, []);
  assert.deepEqual(receiver.accepted.map(({ type, callId }) => [type, callId]), heard);
  assert.equal(new Set(receiver.accepted.map(({ id }) => id)).size, heard.length);
}

test("every event arrives once, in order and signed, at a receiver that fails twice and cuts a connection", async () => {
  receiver.plan.push(503, 503, "cut");
  const page = await start();
  const heard = await call(page);
  assert.deepEqual(heard.map(([type]) => type), ["consent.asked", "consent.answered", "call.closed", "call.stored"]);
  await until(() => receiver.accepted.length >= heard.length, 30_000);
  assertArrived(heard);
  assert.equal(receiver.failed, 3);
  assert.deepEqual([...receiver.preflighted].sort(), ["content-type", "webhook-id", "webhook-signature", "webhook-timestamp"]);
  const [, answered] = receiver.accepted;
  assert.deepEqual(/** @type {any} */ (answered).body.data.answer, "no");
  // Nothing waits, nothing stays.
  await until(async () => (await outbox(page)).every((text) => text === ""), 5_000);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).lab.errors), []);
  await page.context().close();
});

test("what a dead Worker had not delivered is delivered by the next one", async () => {
  receiver.accepted.splice(0);
  receiver.otherwise = 503;
  const page = await start();
  const heard = await call(page);
  const [kept] = (await outbox(page)).filter((text) => text !== "");
  for (const [type] of heard) assert.ok(kept?.includes(`"type":"${type}"`), `${type} is on the disk`);
  assert.ok(!kept?.includes(SECRET), "the secret is not");
  const context = page.context();
  await page.close();

  receiver.otherwise = 200;
  assert.deepEqual(receiver.accepted, []);
  const next = await start(context);
  // A look every 30 s, if the dead Worker still held its file when the next one started.
  await until(() => receiver.accepted.length >= heard.length, 45_000);
  assertArrived(heard);
  await until(async () => (await outbox(next)).every((text) => text === ""), 5_000);
  assert.deepEqual(await next.evaluate(() => /** @type {any} */ (globalThis).lab.errors), []);
  await context.close();
});

test("a secret that is too short and an address that is not encrypted are refused without being quoted", async () => {
  const page = await chromium.open();
  const refusals = await page.evaluate(async () => {
    const { Callseal } = await import(/** @type {string} */ ("/pkg/index.mjs"));
    const refusals = [];
    for (const webhook of [{ url: "https://crm.example/", secret: "Y2FuYXJ5" }, { url: "http://canary.example/", secret: "x" }, { urls: [] }]) {
      const config = {
        recipients: [{ kty: "EC", crv: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }],
        store: { kind: "grants", url: "/v1/grants", token: "token" },
        disclosure: { promptId: "p", version: 1, language: "en", text: "t", delivery: "agent_read" },
        webhook,
      };
      try {
        await Callseal.start(/** @type {any} */ (config));
        refusals.push("started");
      } catch (error) {
        const { code, message } = /** @type {any} */ (error);
        refusals.push(`${code}: ${message}`);
      }
    }
    return refusals;
  });
  assert.equal(refusals.length, 3);
  for (const [index, word] of ["webhook.secret", "webhook.url", "webhook"].entries()) {
    assert.match(refusals[index] ?? "", /^config\/invalid: /);
    assert.ok(refusals[index]?.includes(word) && !/canary|Y2Fu/.test(refusals[index]), refusals[index]);
  }
  await page.context().close();
});
