// @ts-check
/**
 * Makes the whole calls of `calls/` that are not there yet, and what is done to them, with Node's cryptography and `jose`.
 *
 * Owns: a second, small writer of docs/format.md. Must never: call the library under test or the decoder that reads them,
 * or overwrite a vector.
 */
import { createCipheriv, createECDH, createHash, createPrivateKey, hkdfSync, sign } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { GeneralEncrypt, calculateJwkThumbprint, importJWK } from "jose";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "calls");
const CALL_ID = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const OTHER_ID = "1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const PRE_SKIP = 312;
const PACKET_BYTES = 80;
/** n of P-256 (SEC 2 §2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** @typedef {Map<string, Buffer>} Objects by name behind the call's id */

/** @param {string} name @param {unknown} content */
function write(name, content) {
  try {
    writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(content, null, 1)}\n`, { flag: "wx" });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  }
}

/** @param {string | Buffer} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
/** @param {number} number */
const six = (number) => String(number).padStart(6, "0");
/** Canonical JSON of values without fractions or characters to escape. @param {any} value @returns {string} */
function canonical(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

// --- Audio ---------------------------------------------------------------------------------------------------------

/** @param {Buffer} page whose checksum is 0 so far */
function crc(page) {
  let crc = 0;
  for (const byte of page) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

/** @param {number} serial @param {number} sequence @param {number} granule @param {number} flags @param {Buffer[]} packets */
function page(serial, sequence, granule, flags, packets) {
  const lacing = packets.flatMap(({ length }) => [...Array(Math.floor(length / 255)).fill(255), length % 255]);
  const head = Buffer.alloc(27);
  head.write("OggS");
  head.writeUInt8(flags, 5);
  head.writeBigInt64LE(BigInt(granule), 6);
  head.writeUInt32LE(serial, 14);
  head.writeUInt32LE(sequence, 18);
  head.writeUInt8(lacing.length, 26);
  const whole = Buffer.concat([head, Buffer.from(lacing), ...packets]);
  whole.writeUInt32LE(crc(whole), 22);
  return whole;
}

const OPUS_HEAD = Buffer.from([...Buffer.from("OpusHead"), 1, 2, PRE_SKIP % 256, PRE_SKIP >> 8, 0x80, 0xbb, 0, 0, 0, 0, 0]);
const OPUS_TAGS = Buffer.from([...Buffer.from("OpusTags"), 6, 0, 0, 0, ...Buffer.from("vector"), 0, 0, 0, 0]);
const OTHER_TAGS = Buffer.from([...Buffer.from("OpusTags"), 6, 0, 0, 0, ...Buffer.from("VECTOR"), 0, 0, 0, 0]);
/** A constant-bit-rate packet of 20 ms in two channels (TOC 0xfc), different each time. @param {number} number */
const packet = (number) => Buffer.from([0xfc, ...createHash("shake256", { outputLength: PACKET_BYTES - 1 }).update(String(number)).digest()]);

// --- Sealing -------------------------------------------------------------------------------------------------------

/** @typedef {{key: Buffer, salt: Buffer, prefix: Buffer}} Secrets */
/** What has to be random, and is not here, so that vectors added later are of the same calls. @param {string} of */
const stable = (of) => createHash("sha256").update(`callseal vector ${of}`).digest();
/** @param {string} name @returns {Secrets} */
const makeSecrets = (name) => ({ key: stable(`${name} key`), salt: stable(`${name} salt`), prefix: stable(`${name} prefix`).subarray(0, 7) });
/** @param {string} of */
function makeKey(of) {
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(stable(of));
  const point = pair.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
  return { crv: "P-256", d: stable(of).toString("base64url"), kty: "EC", x: x ?? "", y: y ?? "" };
}

/**
 * @param {Buffer} plaintext @param {string} associatedData @param {Secrets} secrets
 * @param {(index: number, isLast: boolean) => boolean} [flag]  whether a Tink segment is marked as the last one
 */
function seal(plaintext, associatedData, { key, salt, prefix }, flag = (_, isLast) => isLast) {
  const derived = Buffer.from(hkdfSync("sha256", key, salt, associatedData, 32));
  const pieces = [Buffer.of(0x28), salt, prefix];
  for (let at = 0, index = 0; at < plaintext.length; index += 1) {
    const end = Math.min(at + (index === 0 ? 4040 : 4080), plaintext.length);
    const number = Buffer.alloc(5);
    number.writeUInt32BE(index);
    number.writeUInt8(Number(flag(index, end === plaintext.length)), 4);
    const cipher = createCipheriv("aes-256-gcm", derived, Buffer.concat([prefix, number]));
    pieces.push(cipher.update(plaintext.subarray(at, end)), cipher.final(), cipher.getAuthTag());
    at = end;
  }
  return Buffer.concat(pieces);
}

/** @param {Secrets} secrets */
const commitment = ({ key }) => Buffer.from(hkdfSync("sha256", key, "", "callseal/1/commit", 32)).toString("hex");

const [owner, stranger] = [makeKey("owner"), makeKey("stranger")];

/** @param {string} associatedData @param {Secrets} secrets @param {import("jose").JWK} [recipient] */
async function envelope(associatedData, { key }, recipient = owner) {
  const { d: _, ...jwk } = recipient;
  const encrypt = new GeneralEncrypt(Buffer.from(canonical({ ad: associatedData, k: key.toString("base64url") })));
  encrypt.setProtectedHeader({ enc: "A256GCM", typ: "callseal-envelope+json" });
  const header = { alg: "ECDH-ES+A256KW", kid: await calculateJwkThumbprint(jwk, "sha256") };
  encrypt.addRecipient(await importJWK(jwk, "ECDH-ES+A256KW")).setUnprotectedHeader(header);
  return Buffer.from(JSON.stringify(await encrypt.encrypt()));
}

// --- Ledger --------------------------------------------------------------------------------------------------------

/** @param {string} of */
const makeSigner = (of) => {
  const { d, ...jwk } = makeKey(of);
  return { jwk, key: createPrivateKey({ key: { d, ...jwk }, format: "jwk" }) };
};
/** @param {string} text @param {import("node:crypto").KeyObject} key */
function es256(text, key) {
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  const s = BigInt(`0x${signature.subarray(32).toString("hex")}`);
  const low = s < ORDER - s ? s : ORDER - s;
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(low.toString(16).padStart(64, "0"), "hex")]).toString("base64url");
}

/** An entry that was signed once keeps its signature, so that calls differ where they were made different, and only there. @type {Map<string, string>} */
const signatures = new Map();

/** @typedef {{kind: string, body: any, v?: number, unsigned?: boolean, signer?: ReturnType<typeof makeSigner>}} Entry */
/** @param {string} callId @param {Entry[][]} chunks @param {ReturnType<typeof makeSigner> | null} signer */
function ledger(callId, chunks, signer) {
  let prev = sha256(`callseal/1/ledger/${callId}`);
  let seq = 0;
  const written = chunks.map((chunk) => Buffer.from(chunk.map(({ kind, body, v = 1, unsigned = false, signer: changed }) => {
    signer = changed ?? signer;
    const entry = { at_ms: 1_790_000_000_000 + seq, body, kind, prev, seq, v };
    const text = canonical(entry);
    prev = sha256(text);
    seq += 1;
    if (!signer || unsigned) return `${text}\n`;
    const sig = signatures.get(prev) ?? es256(text, signer.key);
    signatures.set(prev, sig);
    return `${canonical({ ...entry, sig })}\n`;
  }).join("")));
  return { written, head: prev, seq: seq - 1 };
}

const server = makeSigner("server");
/** @param {object} claim */
async function countersignature(claim) {
  const kid = await calculateJwkThumbprint(server.jwk, "sha256");
  const text = [{ alg: "ES256", kid, typ: "callseal-head+jws" }, claim].map((one) => Buffer.from(canonical(one)).toString("base64url")).join(".");
  return Buffer.from(`${text}.${es256(text, server.key)}`);
}

// --- Calls ---------------------------------------------------------------------------------------------------------

/**
 * What of a call can be made otherwise than the document says.
 * @typedef {object} How
 * @property {(name: string, plaintext: Buffer, associatedData: string, secrets: Secrets) => Buffer} [sealed]
 * @property {(name: string, associatedData: string, secrets: Secrets) => Promise<Buffer>} [wrapped]
 * @property {(entry: Entry) => Entry} [entry]
 * @property {(part: number) => boolean} [hasEnd]       whether a part's last page says that it is the last
 * @property {(part: number, page: number, granule: number) => number} [granule]
 */

/**
 * @typedef {object} Plan
 * @property {string} id
 * @property {number[][]} parts             packets of each segment
 * @property {boolean} isCut                by a crash in its last segment
 * @property {ReturnType<typeof makeSigner> | null} signer
 * @property {Map<string, Buffer>} envelopes
 */

/** @param {string} id @param {number[][]} parts @param {boolean} isCut @param {boolean} isSigned @returns {Plan} */
const plan = (id, parts, isCut, isSigned) => ({ id, parts, isCut, signer: isSigned ? makeSigner(id) : null, envelopes: new Map() });

/** @param {Plan} plan @param {How} [how] */
async function build(plan, how = {}) {
  const { id, signer } = plan;
  const objects = /** @type {Objects} */ (new Map());
  const streams = /** @type {Buffer[]} */ ([]);
  /** @type {Entry[][]} */
  const chunks = [[]];
  const say = (/** @type {string} */ kind, /** @type {any} */ body, further = {}) => chunks.at(-1)?.push((how.entry ?? ((entry) => entry))({ kind, body, ...further }));
  say("call.opened", {
    call_id: id, software: "vector", mode: "nothing_before_yes", policy_sha256: sha256(""), sample_rate_hz: 48000,
    parties: [{ index: 0, role: "agent" }, { index: 1, role: "customer" }], answered_at_ms: 1_790_000_000_000, ...(signer && { signer: { jwk: signer.jwk } }),
  });
  let start = 48_000;
  let number = 0;
  for (const [part, segments] of plan.parts.entries()) {
    const serial = 0x5ea10000 + part;
    const headers = Buffer.concat([page(serial, 0, 0, 2, [OPUS_HEAD]), page(serial, 1, 0, 0, [OPUS_TAGS])]);
    if (part > 0) {
      say("gap", { from_sample: start, to_sample: start + 48_000, reason: "engine_restarted" });
      start += 48_000;
    }
    say("part.opened", { part, start_sample: start, ogg_serial: serial, ogg_headers: headers.toString("base64url"), pre_skip_samples: PRE_SKIP });
    const total = segments.reduce((sum, packets) => sum + packets, 0);
    const end = start + total * 960 - PRE_SKIP - 100;
    let [sequence, held, at] = [2, 0, start];
    streams.push(Buffer.alloc(0));
    for (const [segment, packets] of segments.entries()) {
      const name = `${part}/${six(segment)}`;
      const associatedData = `callseal/1/${id}/${name}`;
      const secrets = makeSecrets(`${id}/${name}`);
      const isLast = segment === segments.length - 1;
      const isTorn = isLast && plan.isCut && part === plan.parts.length - 1;
      const wrapped = how.wrapped ? await how.wrapped(name, associatedData, secrets) : plan.envelopes.get(name) ?? (await envelope(associatedData, secrets));
      if (!how.wrapped) plan.envelopes.set(name, wrapped);
      objects.set(`${name}.v1.jwe.json`, wrapped);
      const { d: _, ...jwk } = owner;
      say("segment.opened", {
        part, segment, start_sample: at, envelope_sha256: sha256(wrapped), key_commitment: commitment(secrets), recipients: [await calculateJwkThumbprint(jwk, "sha256")],
      });
      chunks.push([]);
      const pages = segment === 0 ? [headers] : [];
      for (let left = packets; left > 0; left -= 50) {
        const count = Math.min(left, 50);
        const isEnd = isLast && !isTorn && left <= 50;
        held += count;
        const granule = isEnd && (how.hasEnd?.(part) ?? true) ? Math.min(held * 960, PRE_SKIP + end - start) : held * 960;
        const flags = isEnd && (how.hasEnd?.(part) ?? true) ? 4 : 0;
        pages.push(page(serial, sequence, how.granule?.(part, sequence, granule) ?? granule, flags, Array.from({ length: count }, () => packet((number += 1)))));
        sequence += 1;
      }
      const plaintext = Buffer.concat(pages);
      const sealed = how.sealed?.(name, plaintext, associatedData, secrets) ?? seal(plaintext, associatedData, secrets);
      if (isTorn) {
        const torn = sealed.subarray(0, Math.floor((sealed.length - 1) / 4096) * 4096);
        objects.set(`${name}.ogg.tink`, torn);
        const whole = Buffer.concat(pages).subarray(0, (torn.length / 4096) * 4080 - 40);
        let kept = 0;
        for (const piece of pages) {
          if (kept + piece.length > whole.length) break;
          kept += piece.length;
        }
        streams.push(Buffer.concat([streams.pop() ?? Buffer.alloc(0), plaintext.subarray(0, kept)]));
        say("segment.recovered", { part, segment, size_bytes: torn.length, sha256: sha256(torn) });
        say("part.closed", { part, end_sample: at, segments: segments.length, cut: true });
        continue;
      }
      streams.push(Buffer.concat([streams.pop() ?? Buffer.alloc(0), plaintext]));
      objects.set(`${name}.ogg.tink`, sealed);
      at = isLast ? end : at + packets * 960;
      say("segment.sealed", { part, segment, end_sample: at, packets, size_bytes: sealed.length, sha256: sha256(sealed) });
      if (isLast) say("part.closed", { part, end_sample: at, segments: segments.length, cut: false });
    }
    start = at;
  }
  const entries = chunks.flat().length + 1;
  if (plan.isCut) say("call.recovered", { parts: plan.parts.length, entries });
  else say("call.closed", { outcome: "recorded", end_sample: start, entries });
  const { written, head, seq } = ledger(id, chunks, signer);
  for (const [chunk, content] of written.entries()) objects.set(`ledger/${six(chunk)}.jsonl`, content);
  return { objects, streams, chunks, head, seq };
}

const whole = plan(CALL_ID, [[60, 30], [20]], false, true);
const cut = plan(CALL_ID, [[30, 160]], true, false);
const other = plan(OTHER_ID, [[60, 30], [20]], false, true);
// What was made once with random numbers is taken from there.
for (const [name, { envelopes }] of Object.entries({ whole, cut, other })) {
  const file = join(FOLDER, `base-${name}.json`);
  for (const [object, content] of Object.entries(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).objects : {})) {
    const bytes = Buffer.from(content, "base64");
    if (object.endsWith(".jwe.json")) envelopes.set(object.split(".", 1)[0] ?? "", bytes);
    for (const line of object.endsWith(".jsonl") ? bytes.toString().trimEnd().split("\n") : []) {
      const { sig, ...entry } = JSON.parse(line);
      if (sig) signatures.set(sha256(canonical(entry)), sig);
    }
  }
}
const bases = { whole: await build(whole), cut: await build(cut), other: await build(other) };
const headName = "ledger/000003.head.jws";
bases.whole.objects.set(headName, await countersignature({ call_id: CALL_ID, head: bases.whole.head, iat: 1_790_000_000, seq: bases.whole.seq }));

for (const [name, { objects }] of Object.entries(bases)) {
  const contents = Object.fromEntries([...objects].map(([object, content]) => [object, content.toString("base64")]));
  write(`base-${name}`, { call_id: name === "other" ? OTHER_ID : CALL_ID, private: owner, objects: contents });
}

/** @typedef {{do: string, object: string, [more: string]: unknown}} Edit */
/** What is different in a call that was made otherwise. @param {keyof typeof bases} base @param {Objects} objects @returns {Edit[]} */
function puts(base, objects) {
  const before = bases[base].objects;
  return [...objects].filter(([name, content]) => !before.get(name)?.equals(content)).map(([object, content]) => ({ do: "put", object, base64: content.toString("base64") }));
}

/**
 * @param {string} name @param {string} comment @param {Edit[]} edits
 * @param {{code: string, object: string} | {parts: string[], is_cut: boolean}} expect
 * @param {{base?: keyof typeof bases, allow_unterminated?: boolean}} [other]
 */
function call(name, comment, edits, expect, { base = "whole", allow_unterminated = false } = {}) {
  write(name, { comment, base, allow_unterminated, edits, expect });
}
/** @param {string} code @param {string} object */
const refused = (code, object) => ({ code: `open/${code}`, object });
const opens = (base = bases.whole, is_cut = false) => ({ parts: base.streams.map(sha256), is_cut });
/** A call made otherwise. @param {string} name @param {string} comment @param {How} how @param {{code: string, object: string}} expect */
async function made(name, comment, how, expect) {
  const { objects, head, seq } = await build(whole, how);
  if (head !== bases.whole.head) objects.set(headName, await countersignature({ call_id: CALL_ID, head, iat: 1_790_000_000, seq }));
  call(name, comment, puts("whole", objects), expect);
}
/** @param {string} kind @param {(body: any) => object} change @param {number} [which] the how-manieth of its kind @returns {How} */
function saying(kind, change, which = 0) {
  let seen = -1;
  return { entry: (entry) => (entry.kind === kind && (seen += 1) === which ? { ...entry, body: { ...entry.body, ...change(entry.body) } } : entry) };
}

const [S0, S1, S2] = /** @type {const} */ (["0/000000.ogg.tink", "0/000001.ogg.tink", "1/000000.ogg.tink"]);
const [E0, E1] = /** @type {const} */ (["0/000000.v1.jwe.json", "0/000001.v1.jwe.json"]);
const [L0, L1, L2, L3] = /** @type {const} */ (["ledger/000000.jsonl", "ledger/000001.jsonl", "ledger/000002.jsonl", "ledger/000003.jsonl"]);
const lengthOf = (/** @type {string} */ name) => bases.whole.objects.get(name)?.length ?? 0;

call("whole", "nothing is done to it", [], opens());
call("rotated-envelope", "a later version of an envelope alone", [{ do: "rename", object: E1, to: "0/000001.v2.jwe.json" }], opens());
call("cut-refused", "a crash cut it", [], refused("unterminated", S1), { base: "cut" });
call("cut-allowed", "a crash cut it, which is allowed", [], opens(bases.cut, true), { base: "cut", allow_unterminated: true });
call("cut-tail-shortened", "one Tink segment less than was recovered", [{ do: "cut", object: S1, to: 4096 }], refused("truncated", S1), { base: "cut", allow_unterminated: true });

call("segments-swapped", "two segments in each other's place", [{ do: "exchange", object: S0, with: S1 }], refused("swapped", S0));
call("segments-swapped-across-parts", "two segments of two parts in each other's place", [{ do: "exchange", object: S0, with: S2 }], refused("swapped", S0));
call("segment-dropped", "a segment is gone", [{ do: "remove", object: S1 }], refused("missing-segment", S1));
call("segment-duplicated", "the first segment in the second's place, too", [{ do: "copy", object: S0, to: S1 }], refused("swapped", S1));
call("segment-added", "a segment behind the last", [{ do: "copy", object: S1, to: "0/000002.ogg.tink" }], refused("swapped", "0/000002.ogg.tink"));
call("segment-of-another-call", "the same segment of another call of the same recipient", [{ do: "copy", of: "other", object: S0, to: S0 }], refused("swapped", S0));
call("envelope-of-another-call", "the same segment's envelope of another call of the same recipient", [{ do: "copy", of: "other", object: E0, to: E0 }], refused("swapped", E0));
call("segment-and-envelope-of-another-call", "both of them", [S0, E0].map((object) => ({ do: "copy", of: "other", object, to: object })), refused("swapped", E0));
call("later-envelope-of-another-call", "a later version, of another call, in place of the first", [{ do: "remove", object: E0 }, { do: "copy", of: "other", object: E0, to: "0/000000.v2.jwe.json" }], refused("swapped", "0/000000.v2.jwe.json"));
call("envelopes-swapped", "two envelopes in each other's place", [{ do: "exchange", object: E0, with: E1 }], refused("swapped", E0));
call("envelope-dropped", "an envelope is gone", [{ do: "remove", object: E0 }], refused("missing-envelope", E0));
call("envelope-cut", "half an envelope", [{ do: "cut", object: E0, to: 100 }], refused("truncated", E0));
call("envelope-changed", "one bit of an envelope", [{ do: "flip", object: E0, at: 60 }], refused("corrupt", E0));
for (const [name, to] of Object.entries({ "to-nothing": 0, "in-header": 39, "to-header": 40, "within-first-tag": 4095, "at-tink-segment": 4096, "behind-tink-segment": 4097, "by-one-byte": lengthOf(S0) - 1 })) {
  call(`segment-cut-${name}`, `${to} bytes are left of a segment`, [{ do: "cut", object: S0, to }], refused("truncated", S0));
}
call("segment-lengthened", "a byte behind the end of a segment", [{ do: "append", object: S0, base64: "AA==" }], refused("corrupt", S0));
call("segment-changed", "one bit of the second Tink segment", [{ do: "flip", object: S0, at: 4100 }], refused("corrupt", S0));

call("chunk-missing", "a chunk of the ledger is gone", [{ do: "remove", object: L1 }], refused("truncated", L1));
call("chunks-swapped", "two chunks in each other's place", [{ do: "exchange", object: L1, with: L2 }], refused("swapped", L1));
call("chunk-duplicated", "a chunk again behind it", [{ do: "copy", object: L1, to: L2 }], refused("swapped", L2));
call("last-chunk-missing", "the ledger's end is gone; its countersignature tells", [{ do: "remove", object: L3 }], refused("truncated", L2));
call("ledger-gone", "no ledger at all", [L0, L1, L2, L3].map((object) => ({ do: "remove", object })), refused("truncated", L0));
call("ledger-of-another-call", "another call's ledger", [L0, L1, L2, L3].map((object) => ({ do: "copy", of: "other", object, to: object })), refused("swapped", L0));
call("chunk-torn", "the last line feed of a chunk is gone", [{ do: "cut", object: L1, to: lengthOf(L1) - 1 }], refused("truncated", L1));
call("chunk-emptied", "an empty chunk", [{ do: "cut", object: L1, to: 0 }], refused("truncated", L1));
call("entry-removed-at-end-of-chunk", "the last entry of a chunk is gone", [{ do: "put", object: L1, base64: bases.whole.objects.get(L1)?.subarray(0, 1 + (bases.whole.objects.get(L1)?.indexOf(0x0a) ?? 0)).toString("base64") }], refused("truncated", L2));
call("ledger-entry-edited", "a sample of the last chunk is another; its signature stays", [{ do: "put", object: L3, base64: Buffer.from((bases.whole.objects.get(L3)?.toString() ?? "").replace('"cut":false', '"cut":true')).toString("base64") }], { code: "ledger/signature", object: L3 });

call("countersignature-of-another-call", "a server's word on another call", [{ do: "put", object: headName, base64: (await countersignature({ call_id: OTHER_ID, head: bases.other.head, iat: 1_790_000_000, seq: bases.other.seq })).toString("base64") }], refused("swapped", headName));
call("countersignature-of-a-removed-entry", "a server has seen an entry more", [{ do: "put", object: headName, base64: (await countersignature({ call_id: CALL_ID, head: sha256("x"), iat: 1_790_000_000, seq: bases.whole.seq + 1 })).toString("base64") }], refused("truncated", headName));
call("countersignature-of-another-end", "a server has seen another last entry", [{ do: "put", object: headName, base64: (await countersignature({ call_id: CALL_ID, head: sha256("x"), iat: 1_790_000_000, seq: bases.whole.seq })).toString("base64") }], refused("corrupt", headName));

const only = (/** @type {string} */ wanted, /** @type {(plaintext: Buffer, associatedData: string, secrets: Secrets) => Buffer} */ made) => ({
  sealed: (/** @type {string} */ name, /** @type {Buffer} */ plaintext, /** @type {string} */ associatedData, /** @type {Secrets} */ secrets) =>
    name === wanted ? made(plaintext, associatedData, secrets) : seal(plaintext, associatedData, secrets),
});
const wrappedFor = (/** @type {(associatedData: string, secrets: Secrets) => Promise<Buffer>} */ made) => ({
  wrapped: async (/** @type {string} */ name, /** @type {string} */ associatedData, /** @type {Secrets} */ secrets) =>
    name === "0/000000" ? made(associatedData, secrets) : whole.envelopes.get(name) ?? envelope(associatedData, secrets),
});
await made("last-flag-missing", "no Tink segment is marked as the last; the ledger's hash fits", only("0/000000", (plaintext, ad, secrets) => seal(plaintext, ad, secrets, () => false)), refused("truncated", S0));
await made("last-flag-doubled", "two Tink segments are marked as the last", only("0/000000", (plaintext, ad, secrets) => seal(plaintext, ad, secrets, () => true)), refused("corrupt", S0));
await made("other-associated-data", "sealed for the next segment", only("0/000000", (plaintext, ad, secrets) => seal(plaintext, ad.replace("000000", "000001"), secrets)), refused("corrupt", S0));
await made("other-stream-version", "the stream's header states another length", only("0/000000", (plaintext, ad, secrets) => Buffer.concat([Buffer.of(0x29), seal(plaintext, ad, secrets).subarray(1)])), refused("corrupt", S0));
await made("empty-segment", "a stream of no plaintext", only("1/000000", (_, ad, secrets) => seal(Buffer.alloc(0), ad, secrets)), refused("truncated", S2));
await made("other-commitment", "the ledger commits to another key", saying("segment.opened", () => ({ key_commitment: sha256("x") })), refused("corrupt", E0));
await made("envelope-of-another-place", "the envelope says the next segment; the ledger's hash fits", wrappedFor((ad, secrets) => envelope(ad.replace("000000", "000001"), secrets)), refused("swapped", E0));
await made("other-recipient", "sealed for somebody else", wrappedFor((ad, secrets) => envelope(ad, secrets, stranger)), refused("wrong-key", E0));
await made("other-version", "an entry of a later version of the format", { entry: (entry) => (entry.kind === "gap" ? { ...entry, v: 2 } : entry) }, refused("unsupported", L2));
await made("other-kind", "a kind of a later version of the format", { entry: (entry) => (entry.kind === "gap" ? { ...entry, kind: "call.sung" } : entry) }, refused("unsupported", L2));
await made("entry-unsigned", "one entry of a signed ledger is not signed", { entry: (entry) => (entry.kind === "gap" ? { ...entry, unsigned: true } : entry) }, { code: "ledger/signature", object: L2 });
await made("signed-by-another", "one entry is signed by another key", (() => {
  const [wrong, right] = [makeSigner("another"), whole.signer ?? makeSigner("another")];
  let isBehind = false;
  return { entry: (/** @type {Entry} */ entry) => {
    if (entry.kind === "gap") { isBehind = true; return { ...entry, body: { ...entry.body, reason: "sleep" }, signer: wrong }; }
    return isBehind ? { ...entry, signer: right } : entry;
  } };
})(), { code: "ledger/signature", object: L2 });
await made("entries-miscounted", "the last entry states another number of entries", saying("call.closed", (body) => ({ entries: body.entries + 1 })), refused("corrupt", L3));
await made("parts-overlap", "the second part begins before the end of the first", saying("part.opened", (body) => ({ start_sample: body.start_sample - 96_000 }), 1), refused("corrupt", L2));
await made("other-ogg-headers", "the ledger states other header pages than the recording has", saying("part.opened", () => ({ ogg_headers: Buffer.concat([page(0x5ea10000, 0, 0, 2, [OPUS_HEAD]), page(0x5ea10000, 1, 0, 0, [OTHER_TAGS])]).toString("base64url") })), refused("corrupt", S0));
await made("packets-miscounted", "the ledger states another number of packets than fits its samples", saying("segment.sealed", (body) => ({ packets: body.packets + 1 })), refused("corrupt", L1));
await made("packets-miscounted-at-the-end", "the ledger states another number of packets for a part's last segment", saying("segment.sealed", (body) => ({ packets: body.packets + 1 }), 2), refused("corrupt", S2));
await made("closed-with-segments-to-come", "a part is closed before its last segment", saying("part.closed", (body) => ({ segments: body.segments - 1 })), refused("corrupt", L2));
await made("no-end-of-stream", "the last page of a part is not marked so", { hasEnd: (part) => part !== 1 }, refused("truncated", S2));
await made("other-granule", "a page states another position than its packets have", { granule: (part, index, granule) => (part === 0 && index === 2 ? granule + 960 : granule) }, refused("corrupt", S0));
await made("other-end", "the recording ends at another sample than the ledger states", { granule: (part, _, granule) => (part === 1 ? granule - 1 : granule) }, refused("corrupt", S2));
