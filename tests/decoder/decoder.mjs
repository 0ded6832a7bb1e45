// @ts-check
/**
 * A second reader of calls, written from docs/format.md alone: objects and a private key in, each part's Ogg out.
 * Beside it lie what the standards beneath the format say: `bytes.mjs`, `jwe.mjs`, `ogg.mjs`; `kinds.mjs`
 * is the table of §6.
 *
 * Owns: the proof that the document suffices. Must never: use anything but WebCrypto and what every browser has, share
 * code with the engine, or accept what the document refuses. It leaves out whom to believe (certificates, servers,
 * timestamps), vCons, and calls of which something was destroyed (§8, §9).
 */
import { Refusal, ascii, base64url, canonical, check, concat, hex, hkdf, parse, sha256, within } from "./bytes.mjs";
import { openEnvelope } from "./jwe.mjs";
import { BEHIND_A_CRASH, NUMBERS, OTHERS } from "./kinds.mjs";
import { PACKET_SAMPLES, Pages } from "./ogg.mjs";
const { subtle } = globalThis.crypto;
/** @typedef {import("./bytes.mjs").Bytes} Bytes */
/** @typedef {{at_ms: number, body: any, kind: string, prev: string, seq: number, sig?: string, v: number}} Entry */

/**
 * §3: the Tink segments of a stream. The last flag is part of the nonce: what it is shows in which one opens.
 * @param {Bytes} dataKey @param {string} associatedData @param {Bytes} stream
 * @returns {Promise<{plain: Bytes | null, isLast: boolean}[]>}
 */
async function tinkSegments(dataKey, associatedData, stream) {
  check(stream.length > 40, "open/truncated", "nothing behind the header");
  check(stream[0] === 40, "open/corrupt", "another header length");
  const raw = await hkdf(dataKey, stream.slice(1, 33), associatedData);
  const key = await subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const found = [];
  for (let index = 0; index * 4096 < stream.length; index += 1) {
    const sealed = stream.slice(Math.max(40, index * 4096), (index + 1) * 4096);
    check(sealed.length > 16, "open/truncated", "an empty Tink segment, or less than a tag");
    const nonce = (/** @type {number} */ flag) => concat(stream.subarray(33, 40), Uint8Array.of(index >> 24, index >> 16, index >> 8, index, flag));
    const open = (/** @type {number} */ flag) => subtle.decrypt({ name: "AES-GCM", iv: nonce(flag) }, key, sealed).then((plain) => new Uint8Array(plain), () => null);
    const more = await open(0);
    found.push({ plain: more ?? (await open(1)), isLast: more === null });
  }
  return found;
}

/** §3: decrypts a segment. @param {Bytes} dataKey @param {string} associatedData @param {Bytes} stream @param {boolean} [isTorn] by a crash */
export async function readStream(dataKey, associatedData, stream, isTorn = false) {
  const found = await tinkSegments(dataKey, associatedData, stream);
  return concat(...found.map(({ plain, isLast }, index) => {
    const isEnd = index === found.length - 1 && !isTorn;
    check(plain && (isEnd || !isLast), "open/corrupt", `Tink segment ${index} is not authentic`);
    check(isEnd === isLast, "open/truncated", "the last Tink segment is not marked so");
    return plain;
  }));
}

const HALF_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n / 2n;

/** §6: the ledger of a call, chunk by chunk. */
export class Chain {
  entries = /** @type {Entry[]} */ ([]);
  hashes = /** @type {string[]} */ ([]);
  signer = /** @type {CryptoKey | null} */ (null);
  isClosing = false;

  /** @param {string} callId */
  constructor(callId) {
    this.callId = callId;
  }

  /** @param {Bytes} chunk */
  async read(chunk) {
    check(chunk.length <= 1_048_576, "open/corrupt", "longer than any chunk");
    check(chunk.at(-1) === 0x0a, "open/truncated", "a chunk ends with a line feed");
    for (let at = 0, end; at < chunk.length; at = end + 1) {
      end = chunk.indexOf(0x0a, at);
      await this.line(chunk.slice(at, end));
    }
  }

  /** @param {Bytes} line */
  async line(line) {
    check(line.at(-1) === 0x7d, "open/corrupt", "a line that is no object");
    /** @type {Entry} */
    const { sig, ...entry } = parse(line);
    check(hex(ascii(canonical(sig === undefined ? entry : { ...entry, sig }))) === hex(line), "open/corrupt", "a line that is not canonical");
    const { kind, body, seq } = entry;
    check(entry.v === 1, "open/unsupported", "another version of the format");
    check(seq === this.entries.length, "open/swapped", `entry ${seq} in the place of ${this.entries.length}`);
    const prev = this.hashes.at(-1) ?? (await sha256(ascii(`callseal/1/ledger/${this.callId}`)));
    check(entry.prev === prev, "open/corrupt", `entry ${seq} does not continue the one before`);
    const signed = ascii(canonical(entry));
    await this.signature(kind, body, signed, sig);
    const numbers = NUMBERS[/** @type {keyof typeof NUMBERS} */ (kind)];
    check(numbers || OTHERS.test(kind), "open/unsupported", "a kind of a later version");
    check((numbers ?? []).every((name) => Number.isSafeInteger(body[name]) && body[name] >= 0) && (kind === "call.opened") === (seq === 0), "open/corrupt", `what entry ${seq} must say, or its place`);
    this.entries.push(entry);
    this.hashes.push(await sha256(signed));
  }

  /** @param {string} kind @param {any} body @param {Bytes} signed @param {string} [sig] */
  async signature(kind, body, signed, sig) {
    if (kind === "signer.changed" || (this.entries.length === 0 && body.signer)) {
      check(this.signer || kind !== "signer.changed", "ledger/signature", "an unsigned ledger stays unsigned");
      this.signer = await subtle.importKey("jwk", body.signer?.jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]).catch(() => null);
      check(this.signer, "ledger/signature", "the signer is no key of the curve");
    }
    if (!this.signer) return;
    check(!this.isClosing || BEHIND_A_CRASH.test(kind), "ledger/signature", `${kind} behind signer.changed`);
    if (kind === "signer.changed" || kind === "call.resumed") this.isClosing = kind === "signer.changed";
    const bytes = base64url(sig ?? "");
    const isLow = bytes.length === 64 && BigInt(`0x${hex(bytes.subarray(32))}`) <= HALF_ORDER;
    const holds = isLow && (await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, this.signer, bytes, signed));
    check(holds, "ledger/signature", `entry ${this.entries.length} is not signed by the stated key`);
  }
}

/**
 * §6: all chunks, and the number of each one's last entry.
 * @param {string} callId @param {string[]} names @param {(name: string) => Bytes} content
 */
async function readLedger(callId, names, content) {
  const chain = new Chain(callId);
  const ends = /** @type {Map<string, number>} */ (new Map());
  const chunks = names.filter((name) => /^ledger\/\d{6}\.jsonl$/.test(name));
  const firstOf = (/** @type {string} */ name) => {
    const [, seq] = /"seq":(\d+)/.exec(new TextDecoder().decode(content(name)).split("\n", 1)[0] ?? "") ?? [];
    return seq === undefined ? null : Number(seq);
  };
  for (const [index, name] of (chunks.length > 0 ? chunks : [""]).entries()) {
    const expected = `ledger/${String(index).padStart(6, "0")}.jsonl`;
    check(name === expected, "open/truncated", "this chunk of the ledger is missing", expected);
    const [seq, first] = [chain.entries.length, firstOf(name)];
    await within(name, () => chain.read(content(name))).catch((error) => {
      const isGone = first !== null && first > seq && !chunks.some((other) => firstOf(other) === seq);
      if (error.code === "open/swapped" && (first === seq || isGone)) error.code = isGone ? "open/truncated" : "open/corrupt";
      const [, stated = callId] = /"call_id":"([^"]*)"/.exec(new TextDecoder().decode(content(name))) ?? [];
      throw seq === 0 && stated !== callId ? new Refusal("open/swapped", "the ledger of another call", name) : error;
    });
    ends.set(name, chain.entries.length - 1);
  }
  return { chain, ends };
}

/**
 * §6: what the ledger says of parts and segments, and whether it can be.
 * @param {Chain} chain @param {Map<string, number>} ends
 */
function history({ callId, entries }, ends) {
  const parts = /** @type {{opened: any, closed: any, packets: number, segments: any[]}[]} */ ([]);
  for (const { kind, body, seq } of entries) {
    const object = [...ends].find(([, end]) => end >= seq)?.[0];
    const can = (/** @type {unknown} */ holds) => check(holds, "open/corrupt", `${kind} says what cannot be`, object);
    const part = parts[body.part] ?? { opened: {}, closed: true, packets: 0, segments: [] };
    const last = part.segments.at(-1);
    const end = part.opened.start_sample + part.packets * PACKET_SAMPLES;
    if (kind === "call.opened") check(body.call_id === callId, "open/swapped", "the ledger of another call", object);
    else if (kind === "part.opened") {
      can(body.part === parts.length && body.start_sample >= (parts.at(-1)?.closed?.end_sample ?? 0));
      parts.push({ opened: body, closed: null, packets: 0, segments: [] });
    } else if (kind === "segment.opened") {
      can(!part.closed && body.segment === part.segments.length && body.start_sample === end && (!last || last.ended?.end_sample === end));
      part.segments.push({ opened: body, key: `${body.part}/${String(body.segment).padStart(6, "0")}` });
    } else if (kind === "segment.sealed" || kind === "segment.recovered") {
      can(last && body.segment === last.opened.segment && !last.ended && !part.closed);
      part.packets += body.packets ?? 0;
      Object.assign(last, { ended: body, isTorn: kind === "segment.recovered" });
    } else if (kind === "part.closed") {
      can(!part.closed && body.segments === part.segments.length && (body.cut || !last || body.end_sample === last.ended?.end_sample));
      part.closed = body;
    } else if (kind === "call.closed" || kind === "call.recovered") can(body.entries === seq + 1 && seq === entries.length - 1);
  }
  return parts;
}

/**
 * §7: reads a call.
 * @param {string} callId
 * @param {Map<string, Bytes>} objects  by name behind `<call-id>/`
 * @param {JsonWebKey} privateJwk
 * @param {{allowUnterminated?: boolean}} [options]
 * @returns {Promise<{parts: Bytes[], isCut: boolean}>} each part's Ogg Opus stream
 */
export async function readCall(callId, objects, privateJwk, { allowUnterminated = false } = {}) {
  const names = [...objects.keys()].sort();
  const content = (/** @type {string} */ name) => objects.get(name) ?? new Uint8Array(0);
  const { chain, chain: { entries, hashes }, ends } = await readLedger(callId, names, content);
  const last = [...ends.keys()].at(-1);
  const closing = entries.at(-1);
  const isClosed = closing?.kind === "call.closed" || closing?.kind === "call.recovered";
  check(isClosed || allowUnterminated, "open/truncated", "the ledger has no end", last);
  for (const name of names.filter((one) => one.endsWith(".head.jws"))) await within(name, async () => {
    const { call_id, head, seq } = parse(base64url(new TextDecoder().decode(content(name)).split(".")[1]));
    const end = ends.get(name.replace("head.jws", "jsonl")) ?? -1;
    check(call_id === callId, "open/swapped", "the countersignature of another call");
    check(seq <= end, "open/truncated", "a countersigned entry was removed");
    check(seq === end && head === hashes[seq], "open/corrupt", "another entry than the countersigned one");
  });
  const parts = history(chain, ends);
  const segments = parts.flatMap((part) => part.segments);
  check(closing?.kind !== "call.recovered" || allowUnterminated || segments.some(({ ended, isTorn }) => isTorn || !ended), "open/unterminated", "a crash cut the call between two segments", last);
  for (const name of names.filter((one) => /^\d+\/\d{6}\.(ogg\.tink|v\d+\.jwe\.json)$/.test(one))) {
    check(!isClosed || segments.some(({ key }) => name.startsWith(`${key}.`)), "open/swapped", "the ledger does not name this object", name);
  }
  const stated = new Set(segments.flatMap(({ opened, ended }) => [opened.envelope_sha256, ended?.sha256]));
  const streams = [];
  for (const part of parts) {
    const pages = new Pages(part.opened.ogg_serial);
    const pieces = /** @type {Bytes[]} */ ([]);
    for (const { key, opened, ended, isTorn } of part.segments) {
      const [address, first, tink] = [`callseal/1/${callId}/${key}`, `${key}.v1.jwe.json`, `${key}.ogg.tink`];
      const versions = names.filter((name) => name.startsWith(`${key}.v`)).sort((one, other) => other.length - one.length || (one < other ? 1 : -1));
      const ours = await Promise.all(versions.map((name) => openEnvelope(content(name), privateJwk, address).then(() => true, ({ code }) => code !== "open/wrong-key")));
      const envelope = versions[Math.max(ours.indexOf(true), 0)];
      check(envelope, "open/missing-envelope", "the envelope is missing", first);
      const dataKey = await within(envelope, async () => {
        const hash = await sha256(content(envelope));
        const isOther = envelope === first && hash !== opened.envelope_sha256;
        check(!isOther || !stated.has(hash), "open/swapped", "the content of another object");
        const found = await openEnvelope(content(envelope), privateJwk, address).catch((error) => error);
        check(!isOther || /swapped|truncated/.test(found.code), "open/corrupt", "another envelope than the stated one");
        if (found instanceof Error) throw found;
        const commitment = hex(await hkdf(found, new Uint8Array(0), "callseal/1/commit"));
        check(commitment === opened.key_commitment, "open/corrupt", "another key than the ledger commits to");
        return found;
      });
      await within(tink, async () => {
        check(objects.has(tink) || !ended || (isTorn && ended.size_bytes === 0), "open/missing-segment", "the segment is missing");
        const [bytes, hash] = [content(tink), await sha256(content(tink))];
        if (objects.has(tink) && ended && hash !== ended.sha256) {
          const found = bytes.length < 4096 ? [] : await tinkSegments(dataKey, address, bytes).catch(() => []);
          const isForeign = stated.has(hash) || (found.length > 0 && !found.some(({ plain }) => plain));
          check(!isForeign, "open/swapped", "the content of another object, or nothing of it was sealed with this segment's key");
          throw new Refusal(bytes.length < ended.size_bytes ? "open/truncated" : "open/corrupt", "another object than the stated one");
        }
        const isOpen = isTorn || !ended;
        check(!isOpen || allowUnterminated, "open/unterminated", "the segment has no end");
        check(!isTorn || bytes.length % 4096 === 0, "open/corrupt", "a recovered segment holds whole Tink segments only");
        const whole = isOpen ? bytes.slice(0, bytes.length - (bytes.length % 4096)) : bytes;
        if (isOpen && whole.length === 0) return;
        const plain = await readStream(dataKey, address, whole, isOpen);
        const [before, headers] = [pages.packets, base64url(part.opened.ogg_headers)];
        pieces.push(plain.subarray(0, pages.read(plain, isOpen)));
        check(opened.segment > 0 || hex(plain.subarray(0, headers.length)) === hex(headers), "open/corrupt", "other header pages than the stated ones");
        if (isOpen) return;
        check(pages.packets - before === ended.packets, "open/corrupt", "another number of packets than the stated one");
        const isLast = opened.segment === part.segments.length - 1 && part.closed && !part.closed.cut;
        check(pages.isEnded || !isLast, "open/truncated", "the part's stream has no end");
        const end = Math.max(pages.before, Math.min(pages.packets * PACKET_SAMPLES, part.opened.pre_skip_samples + ended.end_sample - part.opened.start_sample));
        check(isLast ? pages.granule === end : !pages.isEnded, "open/corrupt", "another end than the stated one");
      });
    }
    streams.push(concat(...pieces));
  }
  return { parts: streams, isCut: closing?.kind !== "call.closed" };
}
