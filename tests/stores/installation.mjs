// @ts-check
/**
 * One store, a fault proxy before it, `callseal serve` where the page needs it, and an agent's desk; all gone afterwards.
 *
 * Owns the order in which these start and end, and what "stored" means to a test: what the store itself gives out is what
 * the engine listed, byte for byte, and `callseal verify` finds it whole. Must never: ask Callseal what lies in the store.
 */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { NATIVE_COMMAND } from "../../scripts/build.mjs";
import { verify } from "../../scripts/demo/report.mjs";
import { ensureKey } from "../../scripts/demo/store.mjs";
import { Desk } from "./desk.mjs";
import { FaultProxy } from "./fault-proxy.mjs";
import { Child, freePorts, saysOk } from "./servers/child.mjs";

/**
 * @typedef {import("./servers/store-server.mjs").StoreServer} StoreServer
 * @typedef {import("./desk.mjs").CallReport} CallReport
 */

/** One store with everything around it. */
export class StoreInstallation {
  /** @type {Child | null} */
  serve = null;

  /**
   * @param {string} folder
   * @param {StoreServer} store
   */
  constructor(folder, store) {
    this.folder = folder;
    this.store = store;
    this.proxy = new FaultProxy(store.port);
    this.desk = new Desk(join(folder, "desk"));
    this.keys = ensureKey(NATIVE_COMMAND, join(folder, "key"));
    this.token = randomBytes(32).toString("base64url");
  }

  /** Starts the store, the proxy and, where the page needs one, a server that grants. */
  async start() {
    const proxied = await this.proxy.listen();
    await this.desk.listen();
    const recipients = [JSON.parse(readFileSync(this.keys.publicKey, "utf8"))];
    this.store.allow?.(this.desk.origin);
    if (this.store.page) {
      this.desk.config = { store: this.store.page(proxied), recipients };
      await this.store.start();
      return;
    }
    await this.store.start();
    const direct = `http://127.0.0.1:${this.store.port}`;
    const { store, env, options = [] } = this.store.serve?.(this.store.through === true ? direct : proxied) ?? { store: "memory://", env: {} };
    const [port = 0] = await freePorts(1);
    const tokenFile = join(this.folder, "token");
    writeFileSync(tokenFile, this.token, { mode: 0o600 });
    // Faults are between the browser and whatever takes its bytes.
    if (this.store.through === true) this.proxy.target = port;
    const url = this.store.through === true ? proxied : `http://127.0.0.1:${port}`;
    const listen = ["--listen", `127.0.0.1:${port}`, "--origin", url, "--allow-origin", this.desk.origin];
    const words = ["serve", "--store", store, ...listen, "--token-file", tokenFile, ...options];
    this.serve = new Child(NATIVE_COMMAND, words, { isReady: () => saysOk(port, "/healthz", new URL(url).host), env });
    await this.serve.start();
    const [grants, heads] = [`${url}/v1/grants`, `${url}/v1/heads`];
    this.desk.config = { store: { kind: "grants", url: grants, token: this.token }, countersign: { url: heads, token: this.token }, recipients };
  }

  /**
   * What the store has of a call, put into a folder and verified.
   * @param {string} callId
   * @returns {Promise<{ok: boolean, codes: string[], objects: {name: string, sha256: string}[], folder: string}>}
   */
  async verified(callId) {
    const objects = this.store.mayDouble === true ? once(await this.store.objects(callId)) : await this.store.objects(callId);
    const folder = join(this.folder, "read", callId);
    rmSync(folder, { recursive: true, force: true });
    for (const { name, bytes } of objects) {
      const path = join(this.folder, "read", name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
    const listed = objects.map(({ name, bytes }) => ({ name, sha256: createHash("sha256").update(bytes).digest("hex") }));
    if (listed.length === 0) return { ok: false, codes: ["nothing stored"], objects: listed, folder };
    const { ok, errors } = verify(NATIVE_COMMAND, folder, this.keys.privateKey);
    return { ok, codes: errors.map(({ code }) => code), objects: listed, folder };
  }

  /**
   * Opens a call from the folder of `verified`.
   * @param {string} folder
   * @param {string[]} options
   * @returns {{status: number | null, seconds: number, complaint: string}}
   */
  opened(folder, options = []) {
    const out = `${folder}.ogg`;
    rmSync(out, { force: true });
    const { status, stderr } = spawnSync(NATIVE_COMMAND, ["open", folder, "--key", this.keys.privateKey, "--out", out, ...options], { encoding: "utf8" });
    if (status !== 0) return { status, seconds: 0, complaint: stderr };
    const words = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", out];
    return { status, seconds: Number(spawnSync("ffprobe", words, { encoding: "utf8" }).stdout), complaint: "" };
  }

  async end() {
    await this.desk.end();
    await this.serve?.stop();
    this.proxy.close();
    await this.store.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * @param {(folder: string) => Promise<StoreServer>} make  the store, in a folder of its own
 * @returns {Promise<StoreInstallation>} started
 */
export async function install(make) {
  const folder = mkdtempSync(join(tmpdir(), "callseal-stores-"));
  const own = join(folder, "store");
  mkdirSync(own);
  const installation = new StoreInstallation(folder, await make(own));
  try {
    await installation.start();
  } catch (error) {
    await installation.end();
    throw error;
  }
  return installation;
}

/**
 * What differs between the engine's list of a call and the store: something lost, changed, or too much. Countersignatures
 * are made of the ledger's end and so stand behind the list.
 * @param {CallReport["objects"]} listed
 * @param {{name: string, sha256: string}[]} stored
 * @returns {string[]}
 */
export function differences(listed, stored) {
  const inStore = new Map(stored.map(({ name, sha256 }) => [name, sha256]));
  const inList = new Set(listed.map(({ name }) => name));
  return [
    ...listed.filter(({ name, sha256 }) => inStore.get(name) !== sha256).map(({ name }) => `${name} is not in the store as it was listed`),
    ...stored.filter(({ name }) => !inList.has(name) && !name.endsWith(".head.jws")).map(({ name }) => `${name} is in the store and was not listed`),
    ...(inStore.size === stored.length ? [] : ["the store has a name twice"]),
  ];
}

/**
 * Objects of which a copy with the same bytes lies there too are one; with other bytes they are two.
 * @param {import("./servers/store-server.mjs").StoredObject[]} objects
 */
function once(objects) {
  return objects.filter(({ name, bytes }, index) => !objects.slice(0, index).some((other) => other.name === name && other.bytes.equals(bytes)));
}
