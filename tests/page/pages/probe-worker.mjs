// @ts-check
/** The probes that only a Worker can try; its name says which. */

const words = (/** @type {unknown} */ value) => (value ? "yes" : "no");

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (globalThis));

/** A module that adds two vectors: magic, version, and one function with `i32x4.add` (Wasm core specification 2.0, 5.4). */
const SIMD = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0], ...[1, 5, 1, 96, 0, 1, 123], ...[3, 2, 1, 0],
  ...[10, 15, 1, 13, 0, 65, 1, 253, 17, 65, 1, 253, 17, 253, 174, 1, 11],
]);

/** A database's answer. @template Value @param {IDBRequest<Value>} request @returns {Promise<Value>} */
const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @type {Record<string, () => Promise<string>>} */
const PROBES = {
  async encoder() {
    /** @type {any} */
    const wanted = { codec: "opus", sampleRate: 48_000, numberOfChannels: 2, bitrate: 48_000, bitrateMode: "constant" };
    const { supported } = await AudioEncoder.isConfigSupported(wanted);
    /** @type {number[]} */
    const sizes = [];
    const encoder = new AudioEncoder({ output: ({ byteLength }) => sizes.push(byteLength), error: () => sizes.push(NaN) });
    encoder.configure(wanted);
    for (let packet = 0; packet < 50; packet += 1) {
      // A tone that comes and goes: at variable bit rate its packets would differ.
      const data = Float32Array.from({ length: 1920 }, (_, at) => (packet % 10 < 5 ? 0.5 * Math.sin(at / 5) : 0));
      encoder.encode(new AudioData({ format: "f32-planar", sampleRate: 48_000, numberOfFrames: 960, numberOfChannels: 2, timestamp: packet * 20_000, data }));
    }
    await encoder.flush();
    return words(supported && sizes.length >= 50 && sizes.every((size) => size === 120));
  },
  async disk() {
    const folder = await navigator.storage.getDirectory();
    const file = await (await folder.getFileHandle("probe", { create: true })).createSyncAccessHandle();
    const written = file.write(new Uint8Array([1, 2, 3]), { at: 0 });
    file.flush();
    const size = file.getSize();
    file.close();
    return words(written === 3 && size === 3);
  },
  async lock() {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("lock", { create: true });
    const first = await handle.createSyncAccessHandle();
    const second = await handle.createSyncAccessHandle().then(() => "opened", ({ name }) => name);
    first.close();
    return words(second === "NoModificationAllowedError");
  },
  async wasm() {
    return words(WebAssembly.validate(SIMD) && (await WebAssembly.compile(SIMD)));
  },
  async key() {
    const open = indexedDB.open("probe");
    open.onupgradeneeded = () => open.result.createObjectStore("keys");
    const database = await answered(open);
    const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    await answered(database.transaction("keys", "readwrite").objectStore("keys").put(privateKey, "device"));
    const kept = await answered(database.transaction("keys").objectStore("keys").get("device"));
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, kept, new Uint8Array(1));
    const taken = await crypto.subtle.exportKey("jwk", kept).then(() => true, () => false);
    return words(signature.byteLength === 64 && !taken);
  },
};

scope.postMessage(await (PROBES[scope.name] ?? (async () => "no such probe"))().catch((error) => `${error.name}: ${error.message}`));
