// @ts-check
/** Recordings on their way to stores, with the real engine: each object arrives once, whole, and nothing is let go before. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { stage } from "./support/browser.mjs";
import { sha256, storeServer } from "./support/store.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {Awaited<ReturnType<typeof storeServer>>} Store */

/** @type {Store} */
let primary;
/** @type {Store} */
let archive;
/** Overwrites whatever lies there. @type {Store} */
let careless;
/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  [primary, archive, careless] = await Promise.all([storeServer(), storeServer(), storeServer({ writeOnce: false })]);
  chromium = await stage([primary.url, archive.url, careless.url]);
});
afterEach(() => {
  for (const store of [primary, archive, careless]) {
    store.objects.clear();
    store.written.clear();
    store.requests.length = store.plan.length = 0;
    store.otherwise = store.key = null;
  }
});
after(async () => {
  await chromium.close();
  await Promise.all([primary, archive, careless].map((store) => store.close()));
});

/** @param {Store} store */
const template = (store) => ({ kind: "template", url: `${store.url}/{name}` });

/**
 * A page with the engine. `functions` is a script that may change the configuration `config` before the start.
 * @param {Record<string, unknown>} config
 * @param {{context?: BrowserContext, functions?: string}} [options]
 */
async function start(config, { context, functions = "" } = {}) {
  const page = await chromium.open(undefined, '<button id="yes">yes</button>', context);
  await page.evaluate(
    async ([changes, script]) => {
      const { lab } = /** @type {any} */ (globalThis);
      const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
      const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
      const { prompts } = await (await fetch("/pkg/prompts/index.json")).json();
      const [{ promptId, version, language, text, sha256: hash, file }] = prompts;
      const { Callseal } = await import(/** @type {string} */ ("/pkg/index.mjs"));
      lab.told = [];
      /** @type {any} */
      const config = {
        recipients: [{ kty, crv, x, y }],
        disclosure: { promptId, version, language, text, sha256: hash, url: `${location.origin}/pkg/prompts/${file}` },
        ... /** @type {object} */ (changes),
      };
      const functionsOf = /** @type {Record<string, (config: any) => void>} */ ({
        callback(config) {
          const { at } = config.store;
          let asked = 0;
          const grant = (/** @type {{name: string}} */ { name }) => {
            asked += 1;
            if (asked === 1) throw new Error("the host's own fault");
            return { status: "granted", method: "PUT", url: `${at}/${name}`, headers: { "If-None-Match": "*" } };
          };
          config.store = { kind: "callback", grant };
        },
        renewal(config) {
          config.store.onAccessDenied = async (/** @type {any} */ { store }) => {
            lab.told.push(["renewed", store]);
            return { headers: { "X-Key": "new" } };
          };
        },
      });
      if (script !== "") functionsOf[/** @type {string} */ (script)]?.(config);
      lab.callseal = await Callseal.start(config);
      for (const type of ["closed", "stored", "recovered", "spoolFull", "removed", "storageWarning", "error"]) {
        lab.callseal.on(type, (/** @type {any} */ event) => lab.told.push([type, event.callId ?? event.code ?? ""]));
      }
      document.querySelector("#yes")?.addEventListener("click", (event) => {
        lab.callseal.answer([...lab.callseal.calls.keys()].at(-1), "yes", event);
      });
    },
    /** @type {const} */ ([config, functions]),
  );
  return page;
}

/**
 * A call that is disclosed, agreed to, recorded for some seconds and hung up.
 * @param {Page} page
 * @returns {Promise<{id: string, objects: {name: string, sha256: string}[]}>} what the report says it consists of
 */
async function record(page) {
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    lab.callseal.on("closed", (/** @type {any} */ { callId, report }) => {
      lab.report = { id: callId, objects: report.objects };
    });
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
    }, 60_000);
  });
  await page.click("#yes");
  return page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.until(() => [...lab.callseal.calls.values()].at(-1)?.recorded_ms > 2_000, 20_000);
    lab.near.close();
    await lab.until(() => lab.report, 40_000);
    return lab.report;
  });
}

/**
 * @param {Page} page
 * @param {string} type
 */
const told = (page, type) =>
  page.evaluate((wanted) => /** @type {any} */ (globalThis).lab.told.filter((/** @type {string[]} */ [kind]) => kind === wanted), type);

/** @param {Page} page */
const storage = (page) => page.evaluate(() => /** @type {any} */ (globalThis).lab.callseal.storage());

/** Names of the calls in the spool, read beside the engine. @param {Page} page @returns {Promise<string[]>} */
const spooled = (page) =>
  page.evaluate(async () => {
    const folder = /** @type {any} */ (await (await navigator.storage.getDirectory()).getDirectoryHandle("callseal", { create: true }));
    const names = [];
    for await (const name of folder.keys()) names.push(name);
    return names;
  });

/**
 * @param {() => unknown} condition
 * @param {string} what
 */
async function until(condition, what, limitMs = 60_000) {
  const limit = performance.now() + limitMs;
  while (!(await condition())) {
    assert.ok(performance.now() < limit, `timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * @param {Store} store
 * @param {{name: string, sha256: string}[]} objects
 */
function assertHolds(store, objects) {
  assert.deepEqual([...store.objects.keys()].sort(), objects.map(({ name }) => name).sort());
  for (const { name, sha256: hash } of objects) {
    assert.equal(sha256(/** @type {Buffer} */ (store.objects.get(name))), hash, name);
    assert.equal(store.written.get(name), 1, `${name} was written once`);
  }
}

test("after cut connections and lost answers a plain store has every object once, read back before it is let go", async () => {
  primary.plan.push("cut", "lost", 503);
  const page = await start({ store: template(primary) });
  const { id, objects } = await record(page);
  await until(async () => (await told(page, "stored")).length > 0, "stored");
  assertHolds(primary, objects);
  for (const { name } of objects) assert.ok(primary.requests.includes(`GET ${name}`), `${name} was read back`);
  await until(async () => !(await spooled(page)).includes(id), "the spool lets go");
  await until(async () => (await storage(page)).recordings.length === 0, "nothing is shown to wait");
  const { waiting, dead, waiting_bytes: bytes } = await storage(page);
  assert.deepEqual([waiting, dead, bytes], [0, 0, 0]);
  await page.context().close();
});

test("a store that would overwrite is looked at before a further try, and a stub under the name is never taken for the object", async () => {
  careless.plan.push("lost", "stub");
  const page = await start({ store: template(careless) });
  const { id, objects } = await record(page);
  await until(async () => (await storage(page)).dead === 1 && (await storage(page)).waiting === 0, "one dead letter");
  const { recordings } = await storage(page);
  const [dead] = recordings[0].dead_letters;
  assert.equal(dead.code, "store/name-taken");
  assert.equal(careless.written.get(dead.object), 1, "nothing was overwritten");
  assertHolds({ ...careless, objects: new Map([...careless.objects].filter(([name]) => name !== dead.object)) }, objects.filter(({ name }) => name !== dead.object));
  assert.ok((await spooled(page)).includes(id), "what no store has stays");
  // Whoever runs the store takes the stub away: then it is taken on request.
  careless.objects.delete(dead.object);
  careless.written.delete(dead.object);
  await page.evaluate(() => /** @type {any} */ (globalThis).lab.callseal.retry());
  await until(async () => (await told(page, "stored")).length > 0, "stored");
  assertHolds(careless, objects);
  await page.context().close();
});

test("an archive that is away does not hold up the primary, and the spool waits for both", async () => {
  archive.otherwise = 503;
  const stores = [{ name: "primary", ...template(primary) }, { name: "archive", ...template(archive), takes: ["audio", "envelopes"] }];
  const page = await start({ stores });
  const { id, objects } = await record(page);
  await until(() => primary.objects.size === objects.length, "the primary has everything");
  assert.equal((await told(page, "stored")).length, 0);
  assert.ok((await spooled(page)).includes(id));
  const picture = await storage(page);
  assert.deepEqual(picture.stores.map((/** @type {any} */ { name, state }) => [name, state]), [["primary", "working"], ["archive", "failing"]]);
  assert.ok(picture.waiting > 0 && picture.oldest_unsent_ms > 0 && picture.waiting_bytes > 0);
  archive.otherwise = null;
  await until(async () => (await told(page, "stored")).length > 0, "stored", 90_000);
  assertHolds(primary, objects);
  assertHolds(archive, objects.filter(({ name }) => /\.ogg\.tink$|v1\.jwe\.json$/.test(name) && !name.includes("vcon")));
  await page.context().close();
});

test("what a store refuses is listed, tried once more by the next page, listed again, and sent when it is taken", async () => {
  primary.otherwise = 400;
  const context = await chromium.context();
  const page = await start({ store: template(primary) }, { context });
  const { id, objects } = await record(page);
  const allDead = (/** @type {Page} */ of) => async () => {
    const picture = await storage(of);
    return picture !== null && picture.dead === objects.length && picture.waiting === 0;
  };
  await until(allDead(page), "everything is refused");
  await page.close();
  const tries = primary.requests.length;
  const next = await start({ store: template(primary) }, { context });
  await until(allDead(next), "everything is refused again", 90_000);
  assert.ok(primary.requests.length > tries, "it was tried");
  const [recording] = (await storage(next)).recordings;
  assert.deepEqual([recording.call_id, recording.dead_letters[0].code], [id, "store/refused"]);
  primary.otherwise = null;
  await next.evaluate((callId) => /** @type {any} */ (globalThis).lab.callseal.retry(callId), id);
  await until(async () => (await told(next, "stored")).length > 0, "stored");
  assertHolds(primary, objects);
  await context.close();
});

test("two pages that find the same recording send it once", async () => {
  primary.otherwise = 503;
  const context = await chromium.context();
  const page = await start({ store: template(primary) }, { context });
  const { objects } = await record(page);
  await page.close();
  primary.otherwise = null;
  const pages = await Promise.all([start({ store: template(primary) }, { context }), start({ store: template(primary) }, { context })]);
  await until(async () => (await Promise.all(pages.map((one) => told(one, "stored")))).flat().length > 0, "stored", 90_000);
  assertHolds(primary, objects);
  assert.equal((await Promise.all(pages.map((one) => told(one, "recovered")))).flat().length, 1, "one engine took it");
  await context.close();
});

test("the host's function gives grants, and what it throws is a failed attempt", async () => {
  const page = await start({ store: { kind: "callback", at: primary.url } }, { functions: "callback" });
  const { objects } = await record(page);
  await until(async () => (await told(page, "stored")).length > 0, "stored");
  assertHolds(primary, objects);
  await page.context().close();
});

test("a sign-in that ran out is renewed by the host, and nothing is given up meanwhile", async () => {
  primary.key = "new";
  const page = await start({ store: { ...template(primary), headers: { "X-Key": "old" } } }, { functions: "renewal" });
  const { objects } = await record(page);
  await until(async () => (await told(page, "stored")).length > 0, "stored");
  assertHolds(primary, objects);
  assert.deepEqual(await told(page, "renewed"), [["renewed", "store"]], "asked once");
  await page.context().close();
});

test("what is to stay in this browser stays over a reload, is exported whole and removed only when that is said twice", async () => {
  const context = await chromium.context();
  const page = await start({ store: { kind: "local" } }, { context });
  const { id, objects } = await record(page);
  await until(async () => (await told(page, "stored")).length === 1, "kept");
  await page.close();
  const next = await start({ store: { kind: "local" } }, { context });
  await until(async () => (await storage(next))?.recordings.length === 1, "it is there again");
  const names = await next.evaluate(async (callId) => {
    const { lab } = /** @type {any} */ (globalThis);
    const zip = new Uint8Array(await (await lab.callseal.exportRecording(callId)).arrayBuffer());
    // Names of the central directory (APPNOTE 4.3.12).
    const view = new DataView(zip.buffer);
    const found = [];
    for (let at = 0; at + 46 <= zip.length; at += 1) {
      if (view.getUint32(at, true) !== 0x02014b50) continue;
      found.push(new TextDecoder().decode(zip.subarray(at + 46, at + 46 + view.getUint16(at + 28, true))));
    }
    return found;
  }, id);
  assert.deepEqual(names.sort(), objects.map(({ name }) => name).sort());
  const code = await next.evaluate(
    (callId) => /** @type {any} */ (globalThis).lab.callseal.removeRecording(callId, { confirm: "yes" }).catch((/** @type {any} */ error) => error.code),
    id,
  );
  assert.equal(code, "storage/unconfirmed");
  await next.evaluate((callId) => /** @type {any} */ (globalThis).lab.callseal.removeRecording(callId, { confirm: callId }), id);
  await until(async () => !(await spooled(next)).includes(id), "it is gone");
  assert.equal(primary.requests.length, 0);
  await context.close();
});

test("where the browser gives no disk, recordings wait in memory, the host is told, and they arrive all the same", async () => {
  const page = await start({ store: template(primary), workerUrl: "/pages/no-disk-worker.mjs", wasmUrl: "/pkg/dist/callseal_bg.wasm" });
  const { objects } = await record(page);
  await until(async () => (await told(page, "stored")).length > 0, "stored");
  assertHolds(primary, objects);
  assert.ok((await told(page, "storageWarning")).some((/** @type {string[]} */ [, code]) => code === "spool/memory"));
  assert.equal((await storage(page)).spool.place, "memory");
  const refused = chromium.open();
  const code = await start({ store: { kind: "local" }, workerUrl: "/pages/no-disk-worker.mjs", wasmUrl: "/pkg/dist/callseal_bg.wasm" }).then(
    () => "started",
    (error) => String(error),
  );
  assert.match(code, /spool|local/i, "what is to stay here cannot be kept here");
  await (await refused).context().close();
  await page.context().close();
});
