// @ts-check
/**
 * Makes the vectors of this folder that are not there yet, with Node's cryptography and `jose`.
 *
 * Owns: a second, small implementation of docs/format.md. Must never: call the library under test, or overwrite a
 * vector.
 */
import { createCipheriv, createHash, generateKeyPairSync, hkdfSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FlattenedEncrypt, GeneralEncrypt, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from "jose";

const HERE = dirname(fileURLToPath(import.meta.url));
const CALL_ID = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const ADDRESS = `${CALL_ID}/0/000003`;
const ASSOCIATED_DATA = `callseal/1/${ADDRESS}`;

/** @param {string | Buffer | Uint8Array} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/**
 * @param {string} name
 * @param {Record<string, string>} header
 * @param {Uint8Array} body
 */
function vector(name, header, body) {
  const lines = Buffer.from(body).toString("base64").match(/.{1,76}/g) ?? [];
  const head = Object.entries(header).map(([key, value]) => `${key}: ${value}`);
  try {
    writeFileSync(join(HERE, `${name}.txt`), [...head, "", ...lines, ""].join("\n"), { flag: "wx" });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  }
}

// --- Streams -------------------------------------------------------------------------------------------------------

const KEY = Buffer.alloc(32, 0x4b);
const SALT = Buffer.alloc(32, 0x53);
const PREFIX = Buffer.alloc(7, 0x50);
const HEADER = Buffer.concat([Buffer.of(0x28), SALT, PREFIX]);
/** 4,100 bytes: a full first Tink segment and a short last one. */
const PLAINTEXT = Buffer.from(Array.from({ length: 4100 }, (_, at) => (at * 13) % 256));

/**
 * One Tink segment.
 * @param {Buffer} plaintext
 * @param {number} counter
 * @param {boolean} isLast
 */
function tinkSegment(plaintext, counter, isLast) {
  const key = Buffer.from(hkdfSync("sha256", KEY, SALT, ASSOCIATED_DATA, 32));
  const number = Buffer.alloc(4);
  number.writeUInt32BE(counter);
  const cipher = createCipheriv("aes-256-gcm", key, Buffer.concat([PREFIX, number, Buffer.of(isLast ? 1 : 0)]));
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * @param {string} name
 * @param {string} expect
 * @param {string} comment
 * @param {Buffer} body
 * @param {{associated_data?: string, key?: string, plaintext?: Buffer}} [other]
 */
function stream(name, expect, comment, body, other = {}) {
  const { associated_data = ASSOCIATED_DATA, key = KEY.toString("hex"), plaintext } = other;
  /** @type {Record<string, string>} */
  const header = { kind: "stream", expect, comment, key, associated_data };
  if (plaintext) header.plaintext_sha256 = sha256(plaintext);
  vector(`stream-${name}`, header, body);
}

/** @param {Buffer} bytes @param {number} at */
function flipped(bytes, at) {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

const first = tinkSegment(PLAINTEXT.subarray(0, 4040), 0, false);
const last = tinkSegment(PLAINTEXT.subarray(4040), 1, true);
const whole = Buffer.concat([HEADER, first, last]);
const short = Buffer.from("one byte more than nothing");
const shortStream = Buffer.concat([HEADER, tinkSegment(short, 0, true)]);

stream("two-segments", "success", "a full first segment and a short last one", whole, { plaintext: PLAINTEXT });
stream("one-short-segment", "success", "a single segment", shortStream, { plaintext: short });
stream(
  "one-full-segment", "success", "a single segment that is full",
  Buffer.concat([HEADER, tinkSegment(PLAINTEXT.subarray(0, 4040), 0, true)]), { plaintext: PLAINTEXT.subarray(0, 4040) },
);
stream("cut-between-segments", "open/truncated", "the last segment is gone", whole.subarray(0, 4096));
stream("cut-by-one-byte", "open/corrupt", "the last byte is gone; only the ledger's size can tell a cut from a change", whole.subarray(0, -1));
stream("cut-within-last-tag", "open/truncated", "fewer bytes than a tag are left of the last segment", whole.subarray(0, 4100));
stream("cut-to-header", "open/truncated", "the header alone", HEADER);
stream("cut-in-header", "open/truncated", "half a header", HEADER.subarray(0, 20));
stream("nothing", "open/truncated", "no bytes at all", Buffer.alloc(0));
stream("empty-stream", "open/truncated", "a stream of no plaintext, which writers must not write", Buffer.concat([HEADER, tinkSegment(Buffer.alloc(0), 0, true)]));
stream(
  "empty-last-segment", "open/truncated", "an empty last segment, which writers must not write",
  Buffer.concat([HEADER, first, tinkSegment(Buffer.alloc(0), 1, true)]),
);
stream("two-last-segments", "open/corrupt", "the last segment twice", Buffer.concat([HEADER, tinkSegment(PLAINTEXT.subarray(0, 4040), 0, true), last]));
stream("repeated-first-segment", "open/corrupt", "the first segment in the second's place, too", Buffer.concat([HEADER, first, first, last]));
stream("wrong-header-length", "open/corrupt", "the header states another length", flipped(whole, 0));
stream("changed-salt", "open/corrupt", "one bit of the salt", flipped(whole, 1));
stream("changed-nonce-prefix", "open/corrupt", "one bit of the nonce prefix", flipped(whole, 33));
stream("changed-body", "open/corrupt", "one bit of the ciphertext", flipped(whole, 40));
stream("changed-tag", "open/corrupt", "one bit of the first tag", flipped(whole, 4095));
stream("trailing-byte", "open/corrupt", "a byte behind the end", Buffer.concat([whole, Buffer.of(0)]));
stream("other-place", "open/corrupt", "opened for the next segment", whole, { associated_data: `callseal/1/${CALL_ID}/0/000004` });
stream("other-part", "open/corrupt", "opened for another part", whole, { associated_data: `callseal/1/${CALL_ID}/1/000003` });
stream("other-key", "open/corrupt", "opened with another key", whole, { key: Buffer.alloc(32, 0x4c).toString("hex") });

// --- Envelopes -----------------------------------------------------------------------------------------------------

const { privateKey } = await generateKeyPair("ECDH-ES+A256KW", { crv: "P-256", extractable: true });
const owner = await exportJWK(privateKey);
const { d: _, ...recipient } = owner;
const kid = await calculateJwkThumbprint(recipient, "sha256");
const other = await exportJWK((await generateKeyPair("ECDH-ES+A256KW", { crv: "P-256", extractable: true })).publicKey);
const PROTECTED = { enc: "A256GCM", typ: "callseal-envelope+json" };
const CONTENT = { ad: ASSOCIATED_DATA, k: KEY.toString("base64url") };

/**
 * @param {object} content
 * @param {{protectedHeader?: import("jose").JWEHeaderParameters, recipients?: {jwk: import("jose").JWK, header: import("jose").JWEHeaderParameters}[]}} [how]
 */
async function envelope(content, how = {}) {
  const { protectedHeader = PROTECTED, recipients = [{ jwk: recipient, header: { alg: "ECDH-ES+A256KW", kid } }] } = how;
  const encrypt = new GeneralEncrypt(new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content)));
  encrypt.setProtectedHeader(protectedHeader);
  for (const { jwk, header } of recipients) {
    encrypt.addRecipient(await importJWK(jwk, "ECDH-ES+A256KW")).setUnprotectedHeader(header);
  }
  return encrypt.encrypt();
}

/** @param {string} name @param {string} expect @param {string} comment @param {unknown} body @param {string} [address] */
function envelopeVector(name, expect, comment, body, address = ADDRESS) {
  /** @type {Record<string, string>} */
  const header = { kind: "envelope", expect, comment, private: JSON.stringify(owner), address };
  if (expect === "success") header.data_key = KEY.toString("hex");
  vector(`envelope-${name}`, header, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
}

const otherEntry = { jwk: other, header: { alg: "ECDH-ES+A256KW", kid: await calculateJwkThumbprint(other, "sha256") } };
const ownEntry = { jwk: recipient, header: { alg: "ECDH-ES+A256KW", kid } };
const forOne = await envelope(CONTENT);
const forTwo = await envelope(CONTENT, { recipients: [otherEntry, ownEntry] });
/** @param {(copy: any) => void} change */
const changedTwo = (change) => {
  const copy = structuredClone(forTwo);
  change(copy);
  return copy;
};

envelopeVector("one-recipient", "success", "the ephemeral key in the protected header, as jose writes it", forOne);
envelopeVector("two-recipients", "success", "the second of two recipients", forTwo);
envelopeVector("further-members", "success", "members of the content that this version does not know", await envelope({ ...CONTENT, later: [1] }));
envelopeVector("other-segment", "open/swapped", "opened for the next segment", forTwo, `${CALL_ID}/0/000004`);
envelopeVector("other-recipient", "open/wrong-key", "sealed for somebody else", await envelope(CONTENT, { recipients: [otherEntry] }));
envelopeVector("no-recipient", "open/wrong-key", "no recipients at all", changedTwo((jwe) => (jwe.recipients = [])));
envelopeVector("short-key", "open/corrupt", "a data key of 31 bytes", await envelope({ ...CONTENT, k: KEY.subarray(1).toString("base64url") }));
envelopeVector("no-key", "open/corrupt", "no data key in the content", await envelope({ ad: ASSOCIATED_DATA }));
envelopeVector("no-place", "open/corrupt", "no associated data in the content", await envelope({ k: CONTENT.k }));
envelopeVector("no-json", "open/corrupt", "content that is not JSON", await envelope(/** @type {any} */ ("no JSON")));
envelopeVector("other-cipher", "open/unsupported", "AES-128 for the content", await envelope(CONTENT, { protectedHeader: { ...PROTECTED, enc: "A128GCM" } }));
envelopeVector("other-algorithm", "open/unsupported", "another key management algorithm", changedTwo((jwe) => (jwe.recipients[1].header.alg = "ECDH-ES")));
envelopeVector("no-algorithm", "open/unsupported", "no key management algorithm", changedTwo((jwe) => delete jwe.recipients[1].header.alg));
envelopeVector(
  "critical-extension", "open/unsupported", "an extension that must be understood",
  changedTwo((jwe) => (jwe.protected = Buffer.from(JSON.stringify({ ...PROTECTED, crit: ["x"], x: 1 })).toString("base64url"))),
);
envelopeVector(
  "compressed", "open/unsupported", "compressed content",
  changedTwo((jwe) => (jwe.protected = Buffer.from(JSON.stringify({ ...PROTECTED, zip: "DEF" })).toString("base64url"))),
);
envelopeVector(
  "changed-protected-header", "open/corrupt", "the protected header is authenticated",
  changedTwo((jwe) => (jwe.protected = Buffer.from(JSON.stringify({ ...PROTECTED, typ: "x" })).toString("base64url"))),
);
envelopeVector("header-stated-twice", "open/corrupt", "one header member in two headers", changedTwo((jwe) => (jwe.recipients[1].header.enc = "A256GCM")));
envelopeVector("off-curve-point", "open/corrupt", "an ephemeral key that is not on the curve", changedTwo((jwe) => (jwe.recipients[1].header.epk.y = jwe.recipients[1].header.epk.x)));
envelopeVector("other-point", "open/corrupt", "another ephemeral key", changedTwo((jwe) => (jwe.recipients[1].header.epk = jwe.recipients[0].header.epk)));
envelopeVector("other-wrapped-key", "open/corrupt", "another recipient's wrapped key", changedTwo((jwe) => (jwe.recipients[1].encrypted_key = jwe.recipients[0].encrypted_key)));
envelopeVector("cut-tag", "open/corrupt", "a tag of 12 bytes", changedTwo((jwe) => (jwe.tag = jwe.tag.slice(0, 16))));
envelopeVector("changed-iv", "open/corrupt", "another nonce", changedTwo((jwe) => (jwe.iv = Buffer.alloc(12).toString("base64url"))));
envelopeVector("padded-base64", "open/corrupt", "base64url with padding", changedTwo((jwe) => (jwe.tag += "==")));
envelopeVector("cut-json", "open/truncated", "half of the JSON", JSON.stringify(forTwo).slice(0, 300));
envelopeVector(
  "flattened-form", "open/corrupt", "the flattened serialization instead of the general one",
  await new FlattenedEncrypt(new TextEncoder().encode(JSON.stringify(CONTENT)))
    .setProtectedHeader({ ...PROTECTED, alg: "ECDH-ES+A256KW", kid })
    .encrypt(await importJWK(recipient, "ECDH-ES+A256KW")),
);

// --- Ledger --------------------------------------------------------------------------------------------------------

/** Canonical JSON of values without fractions or characters to escape. @param {any} value @returns {string} */
function canonical(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** @param {object[]} entries @param {string} [prev] */
function chain(entries, prev = sha256(`callseal/1/ledger/${CALL_ID}`)) {
  return entries.map((entry, seq) => {
    const line = canonical({ at_ms: 1790000000000 + seq, prev, seq, v: 1, ...entry });
    prev = sha256(line);
    return line;
  });
}

const gap = { kind: "gap", body: { from_sample: 960, to_sample: 1920, reason: "suspended" } };
const opened = {
  kind: "call.opened",
  body: {
    call_id: CALL_ID, software: "vector", mode: "nothing_before_yes", policy_sha256: sha256(""), sample_rate_hz: 48000,
    parties: [{ index: 0, role: "agent" }, { index: 1, role: "customer" }], answered_at_ms: 1790000000000,
  },
};
const recovered = { kind: "call.recovered", body: { parts: 0, entries: 3 } };
const lines = chain([opened, gap, recovered]);
const [line0 = "", line1 = "", line2 = ""] = lines;

/** @param {string} name @param {string} expect @param {string} comment @param {string} text */
function ledger(name, expect, comment, text) {
  /** @type {Record<string, string>} */
  const header = { kind: "ledger", expect, comment, call_id: CALL_ID };
  if (expect === "success") header.entries = String(text.split("\n").length - 1);
  vector(`ledger-${name}`, header, Buffer.from(text));
}

ledger("three-entries", "success", "a chain of three entries", `${lines.join("\n")}\n`);
ledger("signed-entries", "success", "signatures are not part of the hashes", `${lines.map((line) => line.replace(/,"v":1}$/, `,"sig":"c2ln","v":1}`)).join("\n")}\n`);
ledger("unknown-members", "success", "further members of a body are ignored, but hashed", `${chain([opened, { ...gap, body: { ...gap.body, later: true } }]).join("\n")}\n`);
ledger("no-last-line-feed", "open/truncated", "the last line has no end", lines.join("\n"));
ledger("nothing", "open/truncated", "an empty chunk", "");
ledger("white-space", "open/corrupt", "not canonical: a space", `${line0.replace(":", ": ")}\n`);
ledger("member-order", "open/corrupt", "not canonical: members in another order", `${JSON.stringify({ v: 1, ...JSON.parse(line0) })}\n`);
ledger("member-twice", "open/corrupt", "not canonical: a member twice", `${line0.replace("{", `{"at_ms":1,`)}\n`);
ledger("carriage-return", "open/corrupt", "a carriage return before the line feed", `${line0}\r\n`);
ledger("empty-line", "open/corrupt", "an empty line", `${line0}\n\n${line1}\n`);
ledger("byte-order-mark", "open/corrupt", "a byte order mark", `\uFEFF${line0}\n`);
ledger("missing-entry", "open/swapped", "entry 1 is gone", `${line0}\n${line2}\n`);
ledger("repeated-entry", "open/swapped", "entry 0 twice", `${line0}\n${line0}\n`);
ledger("changed-entry", "open/corrupt", "entry 1 was changed; entry 2 does not continue it", `${line0}\n${line1.replace("1920", "1921")}\n${line2}\n`);
ledger("other-call", "open/corrupt", "the chain of another call", `${chain([opened], sha256("callseal/1/ledger/1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa"))[0]}\n`);
ledger("unknown-kind", "open/unsupported", "a kind of a later version", `${chain([{ kind: "call.sung", body: {} }])[0]}\n`);
ledger("other-version", "open/unsupported", "another version of the format", `${chain([{ ...opened, v: 2 }])[0]}\n`);
ledger("missing-member", "open/corrupt", "a body without a member it must have", `${chain([{ ...gap, body: { from_sample: 1, reason: "dropped" } }])[0]}\n`);
ledger("negative-sample", "open/corrupt", "a negative sample number", `${chain([{ ...gap, body: { ...gap.body, from_sample: -1 } }])[0]}\n`);

// Signed ledgers: keys made here sign, and are forgotten.

/** n of P-256 (SEC 2 §2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const makeSigner = () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { crv, kty, x, y } = pair.publicKey.export({ format: "jwk" });
  return { jwk: { crv, kty, x, y }, key: pair.privateKey };
};
const [callSigner, recoverySigner] = [makeSigner(), makeSigner()];

/** @param {Buffer} signature r ‖ s @param {boolean} low whether the smaller of the two forms is wanted */
function inForm(signature, low) {
  const s = BigInt(`0x${signature.subarray(32).toString("hex")}`);
  const other = ORDER - s;
  const wanted = s < other === low ? s : other;
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(wanted.toString(16).padStart(64, "0"), "hex")]);
}

/** @param {string} line @param {ReturnType<typeof makeSigner>} signer @param {boolean} [low] */
function signedLine(line, signer, low = true) {
  const signature = sign("sha256", Buffer.from(line), { key: signer.key, dsaEncoding: "ieee-p1363" });
  const sig = inForm(signature, low).toString("base64url");
  return canonical({ ...JSON.parse(line), sig });
}

const signedOpened = { ...opened, body: { ...opened.body, signer: { jwk: callSigner.jwk } } };
const changed = { kind: "signer.changed", body: { signer: { jwk: recoverySigner.jwk } } };
const recoveredLater = { kind: "call.recovered", body: { parts: 0, entries: 4 } };
const [open = "", middle = ""] = chain([signedOpened, gap]);
const [, , announced = "", end = ""] = chain([signedOpened, gap, changed, recoveredLater]);
const [signedOpen, signedMiddle] = [signedLine(open, callSigner), signedLine(middle, callSigner)];
const signedEnd = `${signedLine(announced, recoverySigner)}\n${signedLine(end, recoverySigner)}\n`;

ledger("signed", "success", "every entry is signed; a recovery signs with a key that it states", `${signedOpen}\n${signedMiddle}\n${signedEnd}`);
ledger("signed-entry-without", "ledger/signature", "entry 1 is not signed", `${signedOpen}\n${middle}\n`);
ledger("signed-by-another", "ledger/signature", "entry 1 is signed by a key that was not stated", `${signedOpen}\n${signedLine(middle, recoverySigner)}\n`);
ledger("signed-other-form", "ledger/signature", "entry 1 has the signature's form with the larger s", `${signedOpen}\n${signedLine(middle, callSigner, false)}\n`);
ledger("signed-end-by-the-first-key", "ledger/signature", "the changed signer is not the one that signs", `${signedOpen}\n${signedMiddle}\n${signedLine(announced, callSigner)}\n`);
ledger("signed-edited", "ledger/signature", "entry 1 was changed and keeps its signature", `${signedOpen}\n${signedMiddle.replace("1920", "1921")}\n`);
ledger("signed-without-its-key", "ledger/signature", "the signer is no key of the curve", `${canonical({ ...JSON.parse(open), body: { ...opened.body, signer: { jwk: { crv: "P-256", kty: "EC", x: "AA", y: "AA" } } } })}\n`);
ledger("signer-changed-unsigned", "ledger/signature", "an unsigned ledger cannot change its signer", `${chain([opened, changed]).join("\n")}\n`);
