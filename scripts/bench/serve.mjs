// @ts-check
/**
 * Load on `callseal serve`: what a thousand calls at once ask of it, on loopback.
 *
 * Prints latency percentiles by kind of request, failures, what was lost, and each server's memory and processor time;
 * beside them what a bare loopback request costs here, since absolute times say little on a shared machine. With
 * `--cluster` the instances stand over a SeaweedFS cluster, one of whose volume servers is killed half-way.
 *
 *     npm run bench:serve [-- --calls 1000 --segments 3 --speed 1 --instances 1 --cluster]
 */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT, toolEnvironment } from "../lib/project.mjs";
import { prepare } from "../../tests/stores/environment.mjs";
import { Child, freePorts } from "../../tests/stores/servers/child.mjs";
import { seaweedCluster } from "../../tests/stores/servers/seaweed-cluster.mjs";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "1000" },
    segments: { type: "string", default: "3" },
    speed: { type: "string", default: "1" },
    instances: { type: "string", default: "1" },
    cluster: { type: "boolean", default: false },
  },
});

/** Clock ticks in a second of `/proc/<pid>/stat` on Linux. */
const TICKS = 100;
const SEGMENT_S = 20;

const env = toolEnvironment();
const built = spawnSync("cargo", ["build", "--release", "--locked", "--package", "callseal-cli", "--bin", "callseal", "--example", "serve_load"], { cwd: ROOT, stdio: "inherit", env });
if (built.status !== 0) process.exit(1);
const target = process.env["CARGO_TARGET_DIR"] ?? join(ROOT, "target");

const folder = mkdtempSync(join(tmpdir(), "callseal-load-"));
const token = randomBytes(32).toString("base64url");
writeFileSync(join(folder, "token"), token, { mode: 0o600 });
writeFileSync(join(folder, "secret"), randomBytes(32).toString("base64url"), { mode: 0o600 });
mkdirSync(join(folder, "cluster"));
const cluster = values.cluster ? await seaweedCluster(prepare().weed, join(folder, "cluster")) : null;
await cluster?.start();
const { store, env: credentials } = cluster?.serve?.(cluster.endpoint) ?? { store: `fs://${join(folder, "store")}`, env: {} };
const ports = await freePorts(Number(values.instances));
const servers = ports.map((port) => {
  const words = ["serve", "--store", store, "--listen", `127.0.0.1:${port}`, "--token-file", join(folder, "token"), "--grant-secret-file", join(folder, "secret")];
  // Every call comes from one address here.
  const unlimited = ["--rate-per-address", "0", "--rate-per-token", "0"];
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
  return new Child(join(target, "release/callseal"), [...words, ...unlimited], { isReady, env: credentials });
});
try {
  for (const server of servers) await server.start();
  const bare = await bareLatency(`http://127.0.0.1:${ports[0]}/healthz`);
  const seconds = ((Number(values.segments) + 1) * SEGMENT_S) / Number(values.speed);
  const alarm = cluster === null ? null : setTimeout(() => void cluster.killVolumeServer(), (seconds / 2) * 1_000);
  const figures = await load();
  if (alarm !== null) clearTimeout(alarm);
  print(figures, bare);
} finally {
  for (const server of servers) await server.stop();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** @returns {Promise<any>} what the load generator measured */
async function load() {
  const urls = ports.flatMap((port) => ["--url", `http://127.0.0.1:${port}`]);
  const words = [...urls, "--calls", values.calls, "--segments", values.segments, "--speed", values.speed];
  const child = spawn(join(target, "release/examples/serve_load"), words, { stdio: ["ignore", "pipe", "inherit"], env: { ...env, CALLSEAL_TOKEN: token } });
  let text = "";
  child.stdout.on("data", (/** @type {Buffer} */ data) => (text += `${data}`));
  const status = await new Promise((resolve) => child.once("exit", resolve));
  if (status !== 0) throw new Error(`the load generator ended with status ${status}`);
  return JSON.parse(text);
}

/** @param {string} url @returns {Promise<number>} median of one request after the other, in milliseconds */
async function bareLatency(url) {
  const taken = [];
  for (let request = 0; request < 200; request += 1) {
    const begun = performance.now();
    await (await fetch(url)).arrayBuffer();
    taken.push(performance.now() - begun);
  }
  return taken.sort((left, right) => left - right)[100] ?? 0;
}

/** @param {any} figures @param {number} bareMs */
function print({ calls, seconds, objects, bytes, lost, unanswered, failures, latencies }, bareMs) {
  console.log(`${calls} calls, ${objects} objects, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s; lost ${lost}, not told of ${unanswered}`);
  console.log(`one request after the other, to an idle server: ${bareMs.toFixed(2)} ms`);
  console.log(`${"request".padEnd(10)}${"count".padStart(8)}${"p50 ms".padStart(10)}${"p95 ms".padStart(10)}${"p99 ms".padStart(10)}${"max ms".padStart(10)}${"p50 ratio".padStart(11)}`);
  for (const [kind, { count, ...at }] of Object.entries(latencies)) {
    const times = [at.p50_ms, at.p95_ms, at.p99_ms, at.max_ms].map((/** @type {number} */ time) => time.toFixed(1).padStart(10));
    console.log(`${kind.padEnd(10)}${`${count}`.padStart(8)}${times.join("")}${(at.p50_ms / bareMs).toFixed(1).padStart(11)}`);
  }
  console.log(`failures: ${JSON.stringify(failures)}`);
  for (const [index, server] of servers.entries()) {
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const cpuS = (Number(fields[11]) + Number(fields[12])) / TICKS;
    const [, peakKb = "0"] = /VmHWM:\s+(\d+)/.exec(status) ?? [];
    console.log(`instance ${index + 1}: at most ${(Number(peakKb) / 1024).toFixed(0)} MB, ${cpuS.toFixed(1)} s of processor time`);
  }
}
