// @ts-check
/** A desk whose store is away and whose disk has no room left: nothing goes wrong in silence, and nothing sealed is lost. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { prepare } from "./environment.mjs";
import { install } from "./installation.mjs";
import { nginx } from "./servers/nginx.mjs";

/** Room that the origin has, in bytes. */
const ROOM_BYTES = 4 * 1_048_576;
const PLENTY_BYTES = 512 * 1_048_576;

/** Sealed audio fills the room within this long, in seconds: 48 kbit/s. */
const FULL_WITHIN_S = 1_000;

/** Audio that a write that fails may cost, in seconds: the hold-back, what was being written, and the last talk's length. */
const LOST_AT_MOST_S = 10 + 4 + 20;

/** @type {import("./installation.mjs").StoreInstallation} */
let installation;
before(async () => {
  const { nginx: program } = prepare();
  installation = await install((folder) => nginx(program, folder));
  await installation.desk.open({});
});
after(() => installation?.end());

/** @param {number} bytes */
async function room(bytes) {
  const { desk } = installation;
  const session = await desk.page.context().newCDPSession(desk.page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: desk.origin, quotaSize: bytes });
  return session;
}

test("with the store away and a disk that takes no more, recording ends, is told of, and what was sealed is stored later", async () => {
  const { desk, store } = installation;
  await store.kill();
  // Chromium tells a page of ten free gigabytes whatever there is, so that the first thing heard of it is a write that fails.
  const session = await room(ROOM_BYTES);
  const callId = await desk.begin();
  let talkedS = 0;
  while ((await desk.ended()).snapshot.recording && talkedS < FULL_WITHIN_S) {
    await desk.talk(20);
    talkedS += 20;
  }
  const { snapshot, errors } = await desk.ended();
  assert.equal(snapshot.recording, false, `${talkedS} s were taken`);
  assert.ok(["spool/full", "spool/failed"].includes(snapshot.problem), snapshot.problem);
  assert.ok(errors.some((error) => error.includes("QuotaExceededError")), errors.join(", "));
  await desk.talk(20);
  const report = await desk.close();
  assert.equal(report.outcome, "failed");

  await session.send("Storage.overrideQuotaForOrigin", { origin: desk.origin, quotaSize: PLENTY_BYTES });
  await store.start();
  await desk.stored(callId);
  await desk.emptied();
  const { codes, folder } = await installation.verified(callId);
  assert.deepEqual(codes.filter((code) => code !== "open/unterminated"), []);
  const { status, seconds, complaint } = installation.opened(folder, ["--allow-unterminated"]);
  assert.equal(status, 0, complaint);
  assert.ok(seconds >= talkedS - LOST_AT_MOST_S, `${seconds} s are left of ${talkedS} s`);

  const next = await desk.begin();
  await desk.talk(30);
  assert.equal((await desk.close()).outcome, "recorded", "there is room again");
  await desk.stored(next);
});
