// @ts-check
/**
 * Where a stored call's objects come from: `callseal serve`, or files that the listener chose.
 *
 * Owns: requests and counting what they brought. Must never: keep the token anywhere, follow a redirect with it, or ask
 * for anything but this call.
 */

/** A call's id at the beginning of a name (docs/format.md §2). */
const CALL_ID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/u;

/** Answers that say "later", and how often they are taken before it is given up. */
const LATER = [429, 503];
const TRIES = 8;

/** Longest pause between two tries, in seconds. */
const LONGEST_PAUSE_S = 10;

/** @typedef {{base: string, token: string, callId: string}} ServeAddress */
/** @typedef {{reason: string, text: string, action: "listen" | "export", from_ms?: number, to_ms?: number}} Access */
/** @typedef {{reason: string, text: string, action: string, subject?: string, iat: number, from_ms?: number, to_ms?: number}} AccessEntry */

/**
 * @typedef {object} Source
 * @property {string} callId
 * @property {number} bytes  bodies received so far
 * @property {() => Promise<string[]>} list
 * @property {(name: string) => Promise<Uint8Array | null>} get  `null`: it is not there, or no more
 * @property {((access: Access) => Promise<void>) | null} log  writes down why somebody listens; `null`: nobody to tell
 * @property {(() => Promise<AccessEntry[]>) | null} accesses
 */

/**
 * @param {string} code
 * @param {string} message
 */
export function failure(code, message) {
  return Object.assign(new Error(message), { name: "CallsealError", code });
}

/** @param {ServeAddress} address @returns {Source} */
export function serveSource({ base, token, callId }) {
  const root = new URL("/v1/", base);

  /**
   * @param {string} path
   * @param {RequestInit} [init]
   */
  async function ask(path, init = {}) {
    for (let attempt = 1; ; attempt += 1) {
      const headers = { authorization: `Bearer ${token}`, ...(init.body !== undefined && { "content-type": "application/json" }) };
      const answer = await fetch(new URL(path, root), { ...init, headers, redirect: "error", credentials: "omit", referrerPolicy: "no-referrer" }).catch(() => null);
      if (answer === null && attempt >= 3) throw failure("store/unavailable", "The server does not answer.");
      if (answer !== null && (!LATER.includes(answer.status) || attempt >= TRIES)) return answer;
      const pause = Math.min(Number(answer?.headers.get("retry-after") ?? 1) || 1, LONGEST_PAUSE_S);
      await new Promise((resolve) => setTimeout(resolve, pause * 1000));
    }
  }

  /** @param {Response} answer */
  async function refused(answer) {
    const body = await answer.json().catch(() => ({}));
    return failure(body?.error?.code ?? "store/unavailable", body?.error?.message ?? `The server answered ${answer.status}.`);
  }

  /** @type {Source} */
  const source = {
    callId,
    bytes: 0,
    async list() {
      const answer = await ask(`calls/${callId}`);
      if (!answer.ok) throw await refused(answer);
      const text = await answer.text();
      source.bytes += text.length;
      return JSON.parse(text).objects.map((/** @type {{name: string}} */ { name }) => name);
    },
    async get(name) {
      const answer = await ask(`objects/${name}`);
      if (answer.status === 404 || answer.status === 410) return null;
      if (!answer.ok) throw await refused(answer);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      source.bytes += bytes.length;
      return bytes;
    },
    async log(access) {
      const answer = await ask(`calls/${callId}/accesses`, { method: "POST", body: JSON.stringify(access) });
      if (!answer.ok) throw await refused(answer);
    },
    async accesses() {
      const answer = await ask(`calls/${callId}/accesses`);
      if (!answer.ok) throw await refused(answer);
      return (await answer.json()).accesses;
    },
  };
  return source;
}

/**
 * Files of one call's folder, as a directory picker or a drop gives them.
 * @param {{path: string, file: File}[]} files
 * @returns {Source}
 */
export function fileSource(files) {
  /** @type {Map<string, File>} */
  const named = new Map();
  let callId = "";
  for (const { path, file } of files) {
    const found = CALL_ID.exec(path);
    if (found === null || (callId !== "" && found[0] !== callId)) continue;
    callId = found[0];
    named.set(path.slice(found.index), file);
  }
  if (callId === "") throw failure("call/unknown", "These files are not the folder of a call: no name begins with a call's id.");
  /** @type {Source} */
  const source = {
    callId,
    bytes: 0,
    list: async () => [...named.keys()],
    async get(name) {
      const file = named.get(name);
      if (file === undefined) return null;
      source.bytes += file.size;
      return new Uint8Array(await file.arrayBuffer());
    },
    log: null,
    accesses: null,
  };
  return source;
}
