// @ts-check
/**
 * The native tests of `callseal serve` that need real services (`cli/tests/stores`): started here, and run all on all.
 *
 * Must never: let one of them pass unseen; cargo's count is compared with the number of tests that are marked.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT, toolEnvironment } from "../../scripts/lib/project.mjs";
import { prepare } from "./environment.mjs";
import { azurite } from "./servers/azurite.mjs";
import { fakeGcs } from "./servers/fake-gcs.mjs";
import { rclone } from "./servers/rclone.mjs";
import { Bucket, S3_REGION, seaweedfs } from "./servers/seaweedfs.mjs";

const programs = prepare();
const folder = mkdtempSync(join(tmpdir(), "callseal-services-"));
/** @param {string} name @returns {string} */
const own = (name) => {
  mkdirSync(join(folder, name), { recursive: true });
  return join(folder, name);
};

/** @type {import("./servers/store-server.mjs").StoreServer[]} */
let servers = [];
/** @type {string[]} */
const urls = [];
/** @type {NodeJS.ProcessEnv} */
let env = {};

before(async () => {
  const s3 = await seaweedfs(programs.weed, own("s3"));
  servers = [s3, await azurite(programs.azurite, own("azurite")), await fakeGcs(programs.fakeGcs, own("gcs")), await rclone(programs.rclone, own("dav"), { through: true })];
  for (const server of servers) {
    await server.start();
    const told = server.serve?.(`http://127.0.0.1:${server.port}`);
    assert.ok(told);
    urls.push(told.store);
    env = { ...env, ...told.env };
  }
  // Objects under retention, and envelopes where nothing keeps them.
  await new Bucket(s3.endpoint, "locked").request("", { method: "PUT", headers: { "x-amz-bucket-object-lock-enabled": "true" } });
  await new Bucket(s3.endpoint, "envelopes").make();
  const of = (/** @type {string} */ bucket) => `s3://${bucket}?endpoint=${s3.endpoint}&region=${S3_REGION}`;
  urls.push(`${of("locked")},${of("envelopes")}`);
});

after(async () => {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test("on every service objects are taken once, shredded, taken away and retained as promised", async () => {
  const words = ["test", "--package", "callseal-cli", "--test", "stores", "--no-fail-fast", "--", "--ignored", "--test-threads=2"];
  const child = spawn("cargo", words, { cwd: ROOT, env: { ...toolEnvironment(), ...env, CALLSEAL_TEST_STORES: urls.join(" ") } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (/** @type {Buffer} */ data) => (output += `${data}`));
  const status = await new Promise((resolve) => child.once("exit", resolve));
  assert.equal(status, 0, output.slice(-4_000));
  const sources = readdirSync(join(ROOT, "cli/tests/stores")).map((file) => readFileSync(join(ROOT, "cli/tests/stores", file), "utf8"));
  const marked = sources.join("").split("#[ignore").length - 1;
  const passed = Number(/test result: ok\. (\d+) passed/.exec(output)?.[1]);
  assert.ok(marked > 0);
  assert.equal(passed, marked);
});
