// @ts-check
/**
 * Envelopes for every kind of recipient, both ways: P-256, X25519 and RSA by npm's `jose` and PyPI's `jwcrypto`, X-Wing by
 * pyca's `cryptography`.
 *
 * Must never: use the library under test on the other side.
 */
import assert from "node:assert/strict";
import { hkdfSync, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CompactEncrypt, GeneralEncrypt, calculateJwkThumbprint, compactDecrypt, generalDecrypt, importJWK } from "jose";

const HERE = dirname(fileURLToPath(import.meta.url));
const CALL_ID = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const PROTECTED = { enc: "A256GCM", typ: "callseal-envelope+json" };
const KINDS = ["P-256", "X25519", "RSA", "X-Wing"];

/** @typedef {import("jose").JWK & {kid: string, alg: string}} Key */

/** @param {number} segment */
const place = (segment) => `callseal/1/${CALL_ID}/3/${String(segment).padStart(6, "0")}`;

/** What jose knows of. @param {Key} key */
const isKnownToJose = ({ kty }) => kty !== "AKP";

/** docs/format.md §3. @param {string} key base64url */
const commitment = (key) => Buffer.from(hkdfSync("sha256", Buffer.from(key, "base64url"), "", "callseal/1/commit", 32)).toString("hex");

const PASSPHRASE = "some words that are long";
const PBES2 = "PBES2-HS512+A256KW";

/**
 * @param {(command: "kinds" | "unwrap" | "call", folder: string) => string} library
 * @param {(script: string, request: object) => any} python
 * @param {(...args: string[]) => string} callseal the command; what it needs besides is in the environment
 * @returns {[string, (folder: string) => Promise<void>][]}
 */
export function recipientChecks(library, python, callseal) {
  const script = join(HERE, "recipients.py");
  return [
    [
      "an envelope of ours for every kind of recipient is opened by jose, jwcrypto and cryptography",
      async (folder) => {
        const wanted = JSON.parse(library("kinds", folder));
        const keys = /** @type {Key[]} */ (JSON.parse(readFileSync(join(folder, "private.json"), "utf8")));
        const envelope = JSON.parse(readFileSync(join(folder, "kinds.jwe.json"), "utf8"));
        assert.equal(keys.length, KINDS.length);
        for (const key of keys.filter(isKnownToJose)) {
          assert.equal(await calculateJwkThumbprint(key, "sha256"), key.kid);
          const { plaintext, protectedHeader } = await generalDecrypt(envelope, await importJWK(key, key.alg));
          assert.deepEqual(protectedHeader, PROTECTED);
          assert.deepEqual(JSON.parse(new TextDecoder().decode(plaintext)), wanted);
        }
        const opened = python(script, { do: "open", envelope, keys });
        assert.deepEqual(opened.map((/** @type {string} */ text) => JSON.parse(text)), KINDS.map(() => wanted));
      },
    ],
    [
      "envelopes of jose, jwcrypto and cryptography for every kind of recipient are opened by us",
      async (folder) => {
        library("kinds", folder);
        const keys = /** @type {Key[]} */ (JSON.parse(readFileSync(join(folder, "private.json"), "utf8")));
        const content = () => JSON.stringify({ ad: place(0), k: randomBytes(32).toString("base64url") });
        const contents = [...keys, ...keys.filter(isKnownToJose)].map(content);
        const envelopes = python(script, { do: "seal", protected: PROTECTED, keys, contents });
        for (const [index, key] of keys.filter(isKnownToJose).entries()) {
          const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk } = key;
          const encrypt = new GeneralEncrypt(new TextEncoder().encode(contents[keys.length + index])).setProtectedHeader(PROTECTED);
          encrypt.addRecipient(await importJWK(jwk, key.alg)).setUnprotectedHeader({ alg: key.alg, kid: key.kid });
          envelopes.push(await encrypt.encrypt());
        }
        for (const [index, envelope] of envelopes.entries()) writeFileSync(join(folder, `made-${index}.jwe.json`), JSON.stringify(envelope));
        const commitments = JSON.parse(library("unwrap", folder));
        assert.equal(commitments.length, 7);
        assert.deepEqual(commitments, contents.map((text) => commitment(JSON.parse(text).k)));
      },
    ],
    [
      "a key under a passphrase is opened by jose, and jose's by us",
      async (folder) => {
        const passphrase = new TextEncoder().encode(PASSPHRASE);
        const words = join(folder, "words");
        const ours = join(folder, "ours.jwk");
        const theirs = join(folder, "theirs.jwk");
        writeFileSync(words, `${PASSPHRASE}\n`);
        process.env["CALLSEAL_PASSPHRASE_FILE"] = words;
        try {
          const thumbprint = callseal("keygen", "--passphrase", "--out", ours).trim();
          const options = { keyManagementAlgorithms: [PBES2], maxPBES2Count: 1_000_000 };
          const { plaintext, protectedHeader } = await compactDecrypt(readFileSync(ours, "utf8").trim(), passphrase, options);
          assert.equal(protectedHeader.cty, "jwk+json");
          assert.equal(await calculateJwkThumbprint(JSON.parse(new TextDecoder().decode(plaintext)), "sha256"), thumbprint);
          library("call", folder);
          const header = { alg: PBES2, enc: "A256GCM", cty: "jwk+json" };
          const made = new CompactEncrypt(readFileSync(join(folder, "key.jwk"))).setProtectedHeader(header);
          writeFileSync(theirs, await made.setKeyManagementParameters({ p2c: 10_000 }).encrypt(passphrase));
          callseal("verify", join(folder, CALL_ID), "--key", theirs);
        } finally {
          delete process.env["CALLSEAL_PASSPHRASE_FILE"];
        }
      },
    ],
  ];
}
