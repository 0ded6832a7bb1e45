// @ts-check
/**
 * Recordings reach every kind of store whole, whatever breaks on the way: real servers, a real browser, across origins.
 *
 * The short form is part of `npm test`; `npm run soak` runs the long one (`CALLSEAL_STORES=full`) and prints its table.
 * `CALLSEAL_STORES_ONLY=nginx,tus` runs some stores only, `CALLSEAL_STORES_SEED` repeats a run.
 */
import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { NATIVE_COMMAND } from "../../scripts/build.mjs";
import { prepare } from "./environment.mjs";
import { FAULTS } from "./fault-proxy.mjs";
import { differences, install } from "./installation.mjs";
import { azurite } from "./servers/azurite.mjs";
import { fakeGcs } from "./servers/fake-gcs.mjs";
import { nginx } from "./servers/nginx.mjs";
import { rclone } from "./servers/rclone.mjs";
import { seaweedfs } from "./servers/seaweedfs.mjs";
import { serveFolder } from "./servers/serve-fs.mjs";
import { sshd } from "./servers/sshd.mjs";
import { tus } from "./servers/tus.mjs";

/** @typedef {import("./installation.mjs").StoreInstallation} StoreInstallation */
/** @typedef {import("./servers/store-server.mjs").StoreServer} StoreServer */

const FULL = process.env["CALLSEAL_STORES"] === "full";
const ONLY = process.env["CALLSEAL_STORES_ONLY"]?.split(",");

/** Kills of the browser, and faults on the way, at each store. */
const KILLS = FULL ? 25 : 1;
const ROUNDS = FULL ? 8 : 1;

/** Calls in which all faults must have been met. */
const MOST_CALLS = 20 * ROUNDS;

/** How long the call without faults is, in its own seconds, and one that is killed at most. */
const CALL_S = 90;
const KILLED_CALL_S = 60;

/** Audio that a kill may cost, in seconds: the hold-back, a page that was being filled, and what waits in the encoder. */
const LOST_AT_MOST_S = 10 + 1 + 2 + 1;

/** Everything random comes from here, so that a run can be repeated. */
const SEED = Number(process.env["CALLSEAL_STORES_SEED"] ?? randomInt(2 ** 31));
let drawn = SEED;
/** @returns {number} from 0 to 1 (mulberry32) */
function random() {
  drawn = (drawn + 0x6d2b79f5) | 0;
  let mixed = Math.imul(drawn ^ (drawn >>> 15), 1 | drawn);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

const programs = prepare();
/** @type {Record<string, (folder: string) => Promise<StoreServer>>} */
const STORES = {
  folder: (folder) => serveFolder(NATIVE_COMMAND, folder, { token: randomBytes(32).toString("base64url") }),
  seaweedfs: (folder) => seaweedfs(programs.weed, folder),
  azurite: (folder) => azurite(programs.azurite, folder),
  gcs: (folder) => fakeGcs(programs.fakeGcs, folder),
  nginx: (folder) => nginx(programs.nginx, folder),
  rclone: (folder) => rclone(programs.rclone, folder, { through: false }),
  webdav: (folder) => rclone(programs.rclone, folder, { through: true }),
  sftp: (folder) => sshd({ sshd: programs.sshd, callseal: NATIVE_COMMAND }, folder, { token: randomBytes(32).toString("base64url") }),
  tus: (folder) => tus(folder),
};

/** @type {{store: string, what: string, count: number, lost: number, twice: number}[]} */
const table = [];

after(() => {
  console.log(`seed ${SEED}`);
  for (const { store, what, count, lost, twice } of table) {
    console.log(`${store.padEnd(26)}${what.padEnd(24)}${`${count}`.padStart(5)} times, lost ${lost}, doubled ${twice}`);
  }
});

/**
 * A call that ended in order is in the store as the engine listed it, verifies and opens.
 * @param {StoreInstallation} installation
 * @param {import("./installation.mjs").CallReport} report
 */
async function assertWhole(installation, report) {
  const { ok, codes, objects, folder } = await installation.verified(report.call_id);
  assert.deepEqual(differences(report.objects, objects), []);
  assert.deepEqual(codes, []);
  assert.ok(ok);
  const { status, seconds, complaint } = installation.opened(folder);
  assert.equal(status, 0, complaint);
  assert.ok(Math.abs(seconds * 1000 - report.recording_duration_ms) < 100, `${seconds} s of ${report.recording_duration_ms} ms`);
}

for (const [name, make] of Object.entries(STORES)) {
  if (ONLY !== undefined && !ONLY.includes(name)) continue;
  describe(name, () => {
    /** @type {StoreInstallation} */
    let installation;
    before(async () => {
      installation = await install(make);
      await installation.desk.open({});
    });
    after(() => installation?.end());

    test(`${name}: a call is stored byte for byte while it runs, and opens and verifies`, async () => {
      const { desk } = installation;
      const callId = await desk.begin();
      await desk.talk(CALL_S);
      assert.ok((await installation.store.objects(callId)).length > 4, "most of it is there before the call ends");
      const report = await desk.close();
      await desk.stored(callId);
      await desk.emptied();
      await assertWhole(installation, report);
    });

    test(`${name}: every fault on the way, ${ROUNDS} times, loses nothing and stores nothing twice`, async () => {
      const { desk, proxy, store } = installation;
      // Where nobody looks at the bytes on the way, wrong ones take the name; that is another test.
      const kinds = store.checksContent ? FAULTS : FAULTS.filter((fault) => fault !== "wrong_bytes");
      const faults = Array.from({ length: ROUNDS }, () => kinds).flat();
      proxy.plan(faults.map((fault) => ({ fault, at: random() })).sort((left, right) => left.at - right.at).map(({ fault }) => fault));
      const reports = [];
      while (!proxy.isDone) {
        assert.ok(reports.length < MOST_CALLS, "the faults are met");
        const callId = await desk.begin();
        await desk.talk(30 + 10 * Math.floor(4 * random()));
        const report = await desk.close();
        await desk.stored(callId);
        reports.push(report);
      }
      await desk.emptied();
      for (const report of reports) await assertWhole(installation, report);
      const done = [...proxy.done.values()].reduce((sum, count) => sum + count, 0);
      table.push({ store: installation.store.title, what: "faults on the way", count: done, lost: 0, twice: 0 });
      assert.ok(done >= faults.length, `${done} faults were done`);
    });

    test(`${name}: a bit that is turned over on the way is never taken for the object`, async () => {
      const { desk, proxy, store } = installation;
      // Among the other faults there; and a tus server whose uploads no page of another origin may read back is believed.
      if (store.checksContent || store.isBelieved === true) return;
      const callId = await desk.begin();
      // The folder is there by then; an upload that only finds that it has to be made would be changed for nothing.
      await desk.talk(30);
      await until(async () => (await store.objects(callId)).length > 0, "the first object");
      proxy.plan(["wrong_bytes"]);
      await desk.talk(30);
      const report = await desk.close();
      await until(async () => (await desk.ended()).snapshot.problem === "store/refused", "the word that the store has something else");
      assert.ok(!(await desk.ended()).stored.includes(callId));
      const wrong = async () => differences(report.objects, (await installation.verified(callId)).objects);
      await until(async () => (await wrong()).length === 1, "everything but the one object");
      const { segments, envelopes, chunks } = await desk.spooled();
      assert.ok(segments + envelopes + chunks > 0, "what was sealed is still here");
      await desk.forget();
    });

    test(`${name}: a store that is killed in the middle of a call and comes back gets all of it`, async () => {
      const { desk, store } = installation;
      const callId = await desk.begin();
      await desk.talk(30);
      await store.kill();
      await desk.talk(30);
      await store.start();
      const report = await desk.close();
      await desk.stored(callId);
      await assertWhole(installation, report);
      table.push({ store: store.title, what: "kill of the store", count: 1, lost: 0, twice: 0 });
    });

    test(`${name}: ${KILLS} kills of the browser lose nothing that was sealed`, async () => {
      const { desk } = installation;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const callId = await desk.begin();
        const talkedS = 20 + Math.floor((KILLED_CALL_S - 20) * random());
        await desk.talk(talkedS);
        await new Promise((resolve) => setTimeout(resolve, 300 * random()));
        await desk.kill();
        await desk.open({});
        await desk.stored(callId);
        await desk.emptied();
        const { codes, folder } = await installation.verified(callId);
        assert.deepEqual(codes.filter((code) => code !== "open/unterminated"), []);
        const { status, seconds, complaint } = installation.opened(folder, ["--allow-unterminated"]);
        assert.equal(status, 0, complaint);
        assert.ok(seconds >= talkedS - LOST_AT_MOST_S, `kill ${kill}: ${seconds} s are left of ${talkedS} s`);
      }
      table.push({ store: installation.store.title, what: "kills of the browser", count: KILLS, lost: 0, twice: 0 });
    });
  });
}

/** @param {() => Promise<boolean>} holds @param {string} what */
async function until(holds, what) {
  const limit = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
