// @ts-check
/**
 * The player's Worker: fetches, opens, verifies and decodes a stored call.
 *
 * Owns: the listener's key, which never leaves it, and the order of what is fetched: the ledger first, then only what is
 * heard, and the rest when the page asks for the verification. Every judgement is made in the Wasm.
 */
import init, { Excerpt, StoredCall } from "../dist/callseal_player.js";
import { decode, PACKET_SAMPLES, PRE_ROLL_PACKETS, peaksOf } from "./decoding.mjs";
import { failure, fileSource, serveSource } from "./source.mjs";

/** Requests at a time. */
const AT_ONCE = 6;

/** @typedef {import("./source.mjs").Source} Source */
/** @typedef {{name: string, envelope: string, part: number, state: string, start_sample: number, end_sample: number, pre_skip_samples: number}} Place */

const scope = /** @type {{postMessage: (message: unknown, transfer?: Transferable[]) => void, onmessage: ((event: MessageEvent) => void) | null}} */ (
  /** @type {unknown} */ (globalThis)
);

/** @type {Source | null} */
let source = null;
/** @type {StoredCall | null} */
let call = null;
/** @type {Place[]} */
let places = [];
/** @type {Set<string>} */
let names = new Set();
/** What was fetched and may be needed again. @type {Map<string, Uint8Array>} */
let kept = new Map();
/** The last packets of segments that were opened: what the one behind is decoded after. @type {Map<number, Uint8Array[]>} */
let ends = new Map();
let isUnlocked = false;

/** @param {string} name */
async function fetched(name) {
  const before = kept.get(name);
  if (before !== undefined) return before;
  const bytes = (await source?.get(name)) ?? null;
  if (bytes !== null) kept.set(name, bytes);
  return bytes;
}

/** @template T @param {T[]} list @param {(one: T) => Promise<void>} work */
async function each(list, work) {
  const waiting = [...list];
  const hand = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hand));
}

/** What the ledger alone is judged by: its chunks and what others have signed of them. @param {string} name */
const isOfLedger = (name) => name.includes("/ledger/") || name.endsWith(".jws");

/** @param {{serve?: import("./source.mjs").ServeAddress, files?: {path: string, file: File}[], servers?: string[]}} message */
async function open({ serve, files, servers = [] }) {
  await init({ module_or_path: new URL("../dist/callseal_player_bg.wasm", import.meta.url) });
  source = serve === undefined ? fileSource(files ?? []) : serveSource(serve);
  const opened = new StoredCall(source.callId);
  call?.free();
  [call, isUnlocked, kept, ends] = [opened, false, new Map(), new Map()];
  servers.forEach((jwk) => opened.trustServer(jwk));
  names = new Set(await source.list());
  await each([...names].filter(isOfLedger), async (name) => {
    const bytes = await source?.get(name);
    if (bytes) opened.add(name, bytes);
  });
  const outline = JSON.parse(opened.outline());
  places = outline.segments;
  return { ...outline, callId: source.callId, isLogged: source.log !== null, objects: names.size };
}

/** @param {{jwk: string}} message */
async function unlock({ jwk }) {
  if (call === null) throw failure("engine/wrong-state", "No call is open.");
  call.setKey(jwk);
  isUnlocked = true;
  return null;
}

/** @param {number} index @returns {Promise<Uint8Array[]>} */
async function packetsOf(index) {
  const place = places[index];
  if (call === null || place === undefined || !isUnlocked) throw failure("engine/wrong-state", "There is nothing to open.");
  if (!names.has(place.envelope)) throw failure("open/missing-envelope", "The key of this stretch is not here: it was taken away or lost.");
  const [envelope, sealed] = await Promise.all([fetched(place.envelope), fetched(place.name)]);
  if (envelope === null) throw failure("open/missing-envelope", "The key of this stretch is not here: it was taken away or lost.");
  if (sealed === null) throw failure("open/missing-segment", "The audio of this stretch is not here.");
  const opened = call.openSegment(index, envelope, sealed);
  const { bytes, lengths } = opened;
  opened.free();
  let at = 0;
  const packets = [...lengths].map((length) => bytes.subarray(at, (at += length)));
  ends.set(index, packets.slice(-PRE_ROLL_PACKETS).map((packet) => packet.slice()));
  return packets;
}

/**
 * The samples of a segment and where they lie.
 * @param {{index: number, sample?: number}} message  `sample`: where listening begins; near the beginning the segment before is needed
 */
async function segment({ index, sample }) {
  const place = places[index];
  if (place === undefined) throw failure("engine/wrong-state", "There is no such segment.");
  const packets = await packetsOf(index);
  const follows = places[index - 1]?.part === place.part;
  const isNear = sample !== undefined && sample - place.start_sample < PRE_ROLL_PACKETS * PACKET_SAMPLES;
  if (follows && isNear && !ends.has(index - 1)) await packetsOf(index - 1).catch(() => undefined);
  const before = follows ? (ends.get(index - 1) ?? []) : [];
  const [left, right] = await decode(before, packets);
  // The encoder's delay: packet k is heard `pre_skip_samples` earlier than it was coded.
  const isLast = places[index + 1]?.part !== place.part;
  const start = follows ? place.start_sample - place.pre_skip_samples : place.start_sample;
  const from = follows ? 0 : place.pre_skip_samples;
  const length = isLast && place.state === "sealed" ? Math.max(0, Math.min(left.length - from, place.end_sample - start)) : left.length - from;
  const channels = [left, right].map((channel) => channel.slice(from, from + length));
  const peaks = peaksOf(/** @type {import("./decoding.mjs").Channels} */ (channels));
  return { index, start, channels, peaks, bytes: source?.bytes ?? 0 };
}

/** Fetches what is missing, and has everything verified. */
async function verify() {
  const opened = call;
  if (opened === null || source === null) throw failure("engine/wrong-state", "No call is open.");
  const rest = [...names].filter((name) => !isOfLedger(name));
  let done = 0;
  await each(rest, async (name) => {
    const bytes = await fetched(name);
    if (bytes !== null) opened.add(name, bytes);
    done += 1;
    if (done % 10 === 0) scope.postMessage({ kind: "verifying", done, total: rest.length });
  });
  const report = JSON.parse(opened.verify());
  rest.forEach((name) => opened.forget(name));
  return { report, bytes: source.bytes };
}

/** Tells the waveform of everything that opens, one segment after the other. */
async function outlineSound() {
  for (const index of places.keys()) {
    const found = await segment({ index }).catch(() => null);
    if (found !== null) scope.postMessage({ kind: "peaks", index, start: found.start, peaks: found.peaks });
  }
  return null;
}

/** @param {{from: number, to: number, comments: [string, string][]}} message samples */
async function excerpt({ from, to, comments }) {
  const first = places.findIndex((place) => place.end_sample > from);
  const preSkip = places[first]?.pre_skip_samples ?? 0;
  const written = new Excerpt(preSkip, JSON.stringify(comments));
  for (const [index, place] of places.entries()) {
    if (place.end_sample <= from || place.start_sample >= to) continue;
    const packets = await packetsOf(index);
    packets.forEach((packet, number) => {
      const at = place.start_sample + number * PACKET_SAMPLES;
      if (at + PACKET_SAMPLES > from && at < to) written.push(packet);
    });
  }
  return written.finish();
}

/** @type {Record<string, (message: any) => Promise<unknown>>} */
const HANDLERS = {
  open,
  unlock,
  segment,
  verify,
  outlineSound,
  excerpt,
  access: async ({ access }) => source?.log?.(access) ?? null,
  accesses: async () => (await source?.accesses?.()) ?? [],
};

scope.onmessage = (/** @type {MessageEvent} */ { data }) => {
  const { id, kind, ...message } = data;
  const work = HANDLERS[kind]?.(message) ?? Promise.reject(failure("message/invalid", "The page asked for something unknown."));
  work.then(
    (result) => {
      const channels = /** @type {{channels?: Float32Array[]} | null} */ (result)?.channels ?? [];
      scope.postMessage({ id, result }, channels.map(({ buffer }) => /** @type {ArrayBuffer} */ (buffer)));
    },
    (/** @type {{code?: string, message?: string}} */ error) => {
      // An error of the Wasm or of ours has a code; a browser's message may quote addresses and is not passed on.
      const code = error?.code ?? "player/failed";
      scope.postMessage({ id, error: { code, message: error?.code === undefined ? "The player failed." : error.message } });
    },
  );
};
