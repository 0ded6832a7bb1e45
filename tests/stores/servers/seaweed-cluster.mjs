// @ts-check
/**
 * SeaweedFS as a small cluster: a master, three volume servers that hold everything twice, and a filer with its S3.
 *
 * Owns the processes. One volume server may be killed: what it held is on another.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.mjs";
import { Bucket, S3_REGION, s3Environment, seaweedPorts, writeS3Identities } from "./seaweedfs.mjs";
import { ANY_ORIGIN, byName, callsOf, RECORDINGS } from "./store-server.mjs";

const VOLUME_SERVERS = 3;

/** One copy more on another server of the same rack. */
const REPLICATION = "001";

/**
 * @param {string} program
 * @param {string} folder
 * @returns {Promise<import("./store-server.mjs").StoreServer & {endpoint: string, killVolumeServer: () => Promise<void>}>}
 */
export async function seaweedCluster(program, folder) {
  const [master, filer, s3 = 0, ...volumes] = await seaweedPorts(3 + VOLUME_SERVERS);
  const identities = join(folder, "s3.json");
  writeS3Identities(identities);
  const here = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1"];
  const own = (/** @type {string} */ name) => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  const env = { HOME: folder };
  const masterUrl = `http://127.0.0.1:${master}`;
  const servers = async () => {
    const { Topology } = await (await fetch(`${masterUrl}/dir/status`)).json();
    return JSON.stringify(Topology).split('"PublicUrl"').length - 1;
  };
  const masterServer = new Child(
    program,
    ["master", ...here, `-port=${master}`, `-mdir=${own("master")}`, `-defaultReplication=${REPLICATION}`, "-volumeSizeLimitMB=64", "-telemetry=false", "-volumePreallocate=false"],
    { isReady: async () => (await fetch(`${masterUrl}/cluster/status`)).ok, cwd: folder, env },
  );
  const volumeServers = volumes.map(
    (port, index) =>
      new Child(program, ["volume", ...here, `-port=${port}`, `-dir=${own(`volume-${index}`)}`, "-max=60", `-mserver=127.0.0.1:${master}`], {
        isReady: async () => (await servers()) > index,
        cwd: folder,
        env,
      }),
  );
  const bucket = new Bucket(`http://127.0.0.1:${s3}`, RECORDINGS);
  const filerServer = new Child(
    program,
    [
      ...["filer", ...here, `-port=${filer}`, `-master=127.0.0.1:${master}`, `-defaultStoreDir=${own("filer")}`, `-defaultReplicaPlacement=${REPLICATION}`],
      ...["-s3", `-s3.port=${s3}`, "-s3.port.iceberg=0", "-s3.port.lance=0", `-s3.config=${identities}`, `-s3.allowedOrigins=${ANY_ORIGIN}`],
    ],
    {
      isReady: async () => {
        await bucket.make();
        await bucket.request("/.ready", { method: "PUT", body: "ready" });
        return true;
      },
      cwd: folder,
      env,
    },
  );
  const all = [masterServer, ...volumeServers, filerServer];
  const endpoint = `http://127.0.0.1:${s3}`;
  const end = async (/** @type {"stop" | "kill"} */ how) => {
    for (const server of all.toReversed()) await server[how]();
  };
  return {
    title: "SeaweedFS cluster",
    checksContent: true,
    port: s3,
    endpoint,
    start: async () => {
      for (const server of all) await server.start();
    },
    stop: () => end("stop"),
    kill: () => end("kill"),
    killVolumeServer: async () => volumeServers[0]?.kill(),
    objects: async (callId) => byName(await Promise.all((await bucket.list(`${callId}/`)).map(async (name) => ({ name, bytes: await bucket.get(name) })))),
    calls: async () => callsOf(await bucket.list("")),
    serve: (origin) => ({ store: `s3://${RECORDINGS}?endpoint=${origin}&region=${S3_REGION}`, env: s3Environment() }),
  };
}
