// @ts-check
/** SeaweedFS's S3: one process with everything in it. */
import { AwsClient } from "aws4fetch";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child, freePorts, isFree } from "./child.mjs";
import { ANY_ORIGIN, byName, callsOf, RECORDINGS } from "./store-server.mjs";

/** SeaweedFS listens for its own protocol this far above each port. */
const INNER_PORT_OFFSET = 10_000;
const S3_KEY = { accessKeyId: "callseal-test", secretAccessKey: "kept-for-this-test-only" };
export const S3_REGION = "us-east-1";

/** @returns {NodeJS.ProcessEnv} the key as every S3 client reads it */
export const s3Environment = () => ({ AWS_ACCESS_KEY_ID: S3_KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: S3_KEY.secretAccessKey });

/** @param {string} file the identities' file */
export function writeS3Identities(file) {
  const credentials = [{ accessKey: S3_KEY.accessKeyId, secretKey: S3_KEY.secretAccessKey }];
  writeFileSync(file, JSON.stringify({ identities: [{ name: "test", credentials, actions: ["Admin", "Read", "Write", "List", "Tagging"] }] }));
}

/** @param {number} count @returns {Promise<number[]>} ports that are free together with their inner ones */
export async function seaweedPorts(count) {
  for (;;) {
    const ports = await freePorts(count, (port) => port + INNER_PORT_OFFSET < 65_536);
    const inner = await Promise.all(ports.map((port) => isFree(port + INNER_PORT_OFFSET)));
    if (inner.every(Boolean)) return ports;
  }
}

/** An S3 bucket as its owner sees it. */
export class Bucket {
  /** @param {string} endpoint @param {string} name */
  constructor(endpoint, name) {
    this.client = new AwsClient({ ...S3_KEY, service: "s3", region: S3_REGION, retries: 0 });
    this.url = `${endpoint}/${name}`;
  }

  /** @param {string} path @param {RequestInit} [init] @param {number[]} [fine] statuses besides 2xx */
  async request(path, init = {}, fine = []) {
    const response = await this.client.fetch(`${this.url}${path}`, { ...init, signal: AbortSignal.timeout(20_000) });
    if (!response.ok && !fine.includes(response.status)) {
      throw new Error(`${init.method ?? "GET"} ${path.split("?")[0]}: ${response.status} ${(await response.text()).slice(0, 300)}`);
    }
    return response;
  }

  async make() {
    await this.request("", { method: "PUT" }, [409]);
  }

  /** @param {string} prefix @returns {Promise<string[]>} */
  async list(prefix) {
    const names = [];
    let token = "";
    do {
      const text = await (await this.request(`?list-type=2&prefix=${encodeURIComponent(prefix)}${token && `&continuation-token=${encodeURIComponent(token)}`}`)).text();
      names.push(...[...text.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => `${key}`));
      token = /<NextContinuationToken>([^<]+)</.exec(text)?.[1] ?? "";
    } while (token !== "");
    return names;
  }

  /** @param {string} name @returns {Promise<Buffer>} */
  async get(name) {
    return Buffer.from(await (await this.request(`/${name}`)).arrayBuffer());
  }
}

/**
 * @param {string} program
 * @param {string} folder
 * @returns {Promise<import("./store-server.mjs").StoreServer & {bucket: Bucket, endpoint: string}>}
 */
export async function seaweedfs(program, folder) {
  const [master, volume, filer, port = 0] = await seaweedPorts(4);
  const identities = join(folder, "s3.json");
  writeS3Identities(identities);
  const endpoint = `http://127.0.0.1:${port}`;
  const bucket = new Bucket(endpoint, RECORDINGS);
  const words = ["server", `-dir=${folder}`, "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", `-s3.config=${identities}`, `-s3.allowedOrigins=${ANY_ORIGIN}`];
  // These two have ports of their own that no test needs.
  const off = ["-s3.port.iceberg=0", "-s3.port.lance=0"];
  const listens = [`-master.port=${master}`, `-volume.port=${volume}`, `-filer.port=${filer}`, `-s3.port=${port}`];
  // Without a word about it SeaweedFS tells its makers that it runs.
  const small = ["-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=50", "-master.volumePreallocate=false"];
  const child = new Child(program, [...words, ...listens, ...off, ...small], {
    // Its S3 answers before the filer and the volumes can take anything.
    isReady: async () => {
      await bucket.make();
      await bucket.request("/.ready", { method: "PUT", body: "ready" });
      return true;
    },
    cwd: folder,
    env: { HOME: folder },
  });
  return {
    title: "SeaweedFS S3",
    checksContent: true,
    port,
    bucket,
    endpoint,
    start: () => child.start(),
    stop: () => child.stop(),
    kill: () => child.kill(),
    objects: async (callId) => byName(await Promise.all((await bucket.list(`${callId}/`)).map(async (name) => ({ name, bytes: await bucket.get(name) })))),
    calls: async () => callsOf(await bucket.list("")),
    serve: (origin) => ({
      store: `s3://${RECORDINGS}?endpoint=${origin}&region=${S3_REGION}`,
      env: s3Environment(),
    }),
  };
}
