// @ts-check
/**
 * Interoperability in both directions: Google's Tink (Python) for segments, `jose` for envelopes, and a whole call
 * opened by these two alone with what `callseal inspect --json` says; `standardwebhooks` for signed deliveries. The checks
 * of vCons are in `vcon.mjs`, those of the value detectors in `values.mjs`.
 *
 * Owns: the temporary folder and the Python environment `.venv`. Must never: use the library under test on the
 * other side.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate, createHash, createHmac, createPublicKey, hkdfSync, randomBytes, verify } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { GeneralEncrypt, calculateJwkThumbprint, compactVerify, generalDecrypt, importJWK } from "jose";
import { Webhook } from "standardwebhooks";
import { readCall } from "../decoder/decoder.mjs";
import { recipientChecks } from "./recipients.mjs";
import { valueChecks } from "./values.mjs";
import { vconChecks } from "./vcon.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");
const CALL_ID = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
/** Plaintext lengths around the boundaries of the first Tink segments. */
const LENGTHS = [1, 4039, 4040, 4041, 8120, 8121, 12_200, 100_000];

/**
 * Runs a command and returns its standard output.
 * @param {string} command
 * @param {string[]} args
 * @param {string} [input]
 */
function run(command, args, input) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    input,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with status ${status}:\n${stderr}`);
  return stdout;
}

/** Makes the Python environment with what is on the other side, unless it is there. */
function preparePython() {
  const requirements = join(HERE, "requirements.txt");
  const lines = readFileSync(requirements, "utf8").trim().split("\n");
  const wanted = JSON.stringify(lines.map((line) => line.split("==")));
  const probe = `import importlib.metadata as m, tink; assert all(m.version(name) == version for name, version in ${wanted})`;
  if (existsSync(PYTHON) && spawnSync(PYTHON, ["-c", probe]).status === 0) return;
  process.stderr.write(`interop: installing ${lines.join(", ")} into .venv\n`);
  run("python3", ["-m", "venv", join(ROOT, ".venv")]);
  run(PYTHON, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements]);
}

/**
 * @param {string} folder
 * @param {"decrypt" | "encrypt"} what
 * @param {object[]} cases
 * @returns {string[]} SHA-256 of the plaintexts
 */
function tink(folder, what, cases) {
  const request = JSON.stringify({ do: what, folder, cases });
  return JSON.parse(run(PYTHON, [join(HERE, "tink_streams.py")], request));
}

/**
 * @param {"seal" | "call" | "signed" | "open" | "webhook" | "kinds" | "unwrap"} command
 * @param {string} folder
 */
function library(command, folder) {
  return run("cargo", ["run", "--quiet", "--locked", "--package", "callseal", "--example", "interop", "--", command, folder]);
}

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/**
 * Opens an envelope with jose and returns its content.
 * @param {object} envelope
 * @param {import("jose").JWK} privateJwk
 */
async function openEnvelope(envelope, privateJwk) {
  const key = await importJWK(privateJwk, "ECDH-ES+A256KW");
  const { plaintext, protectedHeader } = await generalDecrypt(/** @type {import("jose").GeneralJWE} */ (envelope), key);
  assert.deepEqual(protectedHeader, { enc: "A256GCM", typ: "callseal-envelope+json" });
  return JSON.parse(Buffer.from(plaintext).toString("utf8"));
}

/** @param {string} key base64url */
function commitment(key) {
  return Buffer.from(hkdfSync("sha256", Buffer.from(key, "base64url"), "", "callseal/1/commit", 32)).toString("hex");
}

/** Prints what the documentation's `verify` says of each case on standard input. */
const PYTHON_VERDICTS = `
import json, sys
print(json.dumps([verify(case["headers"], case["body"].encode()) for case in json.load(sys.stdin)]))
`;

/**
 * The code in docs/webhook.md in this language that defines `name`.
 * @param {string} language
 * @param {string} name
 */
function shown(language, name) {
  const blocks = readFileSync(join(ROOT, "docs", "webhook.md"), "utf8").split("```");
  const block = blocks.find((text) => text.startsWith(`${language}\n`) && text.includes(` ${name}(`));
  assert.ok(block, `docs/webhook.md shows ${name} in ${language}`);
  return block.slice(language.length);
}

/**
 * @param {Buffer} secret
 * @param {string} id
 * @param {string} timestamp
 * @param {string} body
 */
function signature(secret, id, timestamp, body) {
  return `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/** The objects of a call's folder, by name behind its id. @param {string} folder */
function objectsOf(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map(({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [relative(folder, path), new Uint8Array(readFileSync(path))];
  }));
}

/** @type {[string, (folder: string) => Promise<void>][]} */
const CHECKS = [
  [
    "segments sealed by us are opened by jose and Google's Tink",
    async (folder) => {
      library("seal", folder);
      const owners = readJson(join(folder, "private.json"));
      const cases = readJson(join(folder, "sealed.json"));
      for (const sealed of cases) {
        const envelope = readJson(join(folder, sealed.envelope));
        assert.equal(envelope.recipients.length, sealed.recipients.length);
        for (const [index, thumbprint] of sealed.recipients.entries()) {
          assert.equal(await calculateJwkThumbprint(owners[index], "sha256"), thumbprint);
          const content = await openEnvelope(envelope, owners[index]);
          assert.deepEqual(Object.keys(content), ["ad", "k"]);
          assert.equal(content.ad, sealed.associated_data);
          assert.equal(commitment(content.k), sealed.key_commitment);
          sealed.k = content.k;
        }
      }
      const opened = tink(folder, "decrypt", cases);
      assert.deepEqual(opened, cases.map((/** @type {{plaintext_sha256: string}} */ sealed) => sealed.plaintext_sha256));
    },
  ],
  [
    "streams of Google's Tink and envelopes of jose are opened by us",
    async (folder) => {
      library("seal", folder);
      const owners = readJson(join(folder, "private.json"));
      const cases = [];
      for (const [index, length] of LENGTHS.entries()) {
        const k = randomBytes(32).toString("base64url");
        const associated_data = `callseal/1/${CALL_ID}/3/${String(index).padStart(6, "0")}`;
        const content = JSON.stringify({ ad: associated_data, k, note: "further members are ignored" });
        const encrypt = new GeneralEncrypt(new TextEncoder().encode(content)).setProtectedHeader({
          enc: "A256GCM",
          typ: "callseal-envelope+json",
        });
        // jose puts the ephemeral key into the protected header when there is one recipient only.
        for (const { d: _, ...jwk } of owners.slice(0, 1 + (index % 2))) {
          const kid = await calculateJwkThumbprint(jwk, "sha256");
          encrypt.addRecipient(await importJWK(jwk, "ECDH-ES+A256KW")).setUnprotectedHeader({ alg: "ECDH-ES+A256KW", kid });
        }
        const envelope = `made-${index}.jwe.json`;
        writeFileSync(join(folder, envelope), JSON.stringify(await encrypt.encrypt()));
        cases.push({ k, associated_data, length, envelope, stream: `made-${index}.tink` });
      }
      const made = tink(folder, "encrypt", cases);
      writeFileSync(join(folder, "made.json"), JSON.stringify(cases));
      assert.deepEqual(JSON.parse(library("open", folder)), made);
    },
  ],
  [
    "a whole call opens without our code and holds the recording that `callseal open` writes",
    async (folder) => {
      library("call", folder);
      const callseal = (/** @type {string[]} */ ...args) =>
        run("cargo", ["run", "--quiet", "--locked", "--package", "callseal-cli", "--", ...args]);
      const callFolder = join(folder, CALL_ID);
      const shown = JSON.parse(callseal("inspect", callFolder, "--json"));
      const owner = readJson(join(folder, "key.jwk"));
      const segments = shown.parts[0].segments;
      const cases = [];
      for (const [index, segment] of segments.entries()) {
        const { ad, k } = await openEnvelope(readJson(join(folder, segment.envelope)), owner);
        assert.equal(ad, segment.associated_data);
        cases.push({ k, associated_data: ad, stream: segment.name, plaintext: `${index}.ogg` });
      }
      tink(folder, "decrypt", cases);
      const plaintexts = cases.map(({ plaintext }) => readFileSync(join(folder, plaintext)));
      const headers = Buffer.from(shown.parts[0].ogg_headers, "base64url");
      assert.deepEqual(plaintexts[0]?.subarray(0, headers.length), headers);
      writeFileSync(join(folder, "tink.ogg"), Buffer.concat(plaintexts));
      writeFileSync(join(folder, "alone.ogg"), Buffer.concat([headers, /** @type {Buffer} */ (plaintexts[1])]));

      callseal("open", callFolder, "--key", join(folder, "key.jwk"), "--out", join(folder, "opened.ogg"));
      assert.equal(decode(join(folder, "tink.ogg")), decode(join(folder, "opened.ogg")));
      const { parts } = await readCall(CALL_ID, objectsOf(callFolder), owner);
      assert.equal(parts.length, 1);
      assert.deepEqual(Buffer.from(parts[0] ?? []), Buffer.concat(plaintexts));
      assert.notEqual(decode(join(folder, "alone.ogg")), decode(join(folder, "opened.ogg")));
    },
  ],
  [
    "a signed ledger's entries, certificates and countersignature are verified without our code",
    async (folder) => {
      library("signed", folder);
      const read = await readCall(CALL_ID, objectsOf(join(folder, CALL_ID)), readJson(join(folder, "key.jwk")));
      assert.ok(!read.isCut && read.parts.length === 1);
      const ledger = join(folder, CALL_ID, "ledger");
      const chunks = readdirSync(ledger).filter((name) => name.endsWith(".jsonl")).sort();
      const lines = chunks.flatMap((name) => readFileSync(join(ledger, name), "utf8").trimEnd().split("\n"));
      const { jwk, x5c } = JSON.parse(lines[0] ?? "").body.signer;
      const key = createPublicKey({ key: jwk, format: "jwk" });
      let head = "";
      for (const line of lines) {
        const { sig } = JSON.parse(line);
        const unsigned = Buffer.from(line.replace(`,"sig":"${sig}"`, ""));
        const signature = Buffer.from(sig, "base64url");
        assert.ok(verify("sha256", unsigned, { key, dsaEncoding: "ieee-p1363" }, signature));
        head = createHash("sha256").update(unsigned).digest("hex");
      }
      const [leaf, root] = x5c.map((/** @type {string} */ text) => new X509Certificate(Buffer.from(text, "base64")));
      assert.deepEqual(leaf.publicKey.export({ format: "jwk" }), key.export({ format: "jwk" }));
      assert.ok(leaf.verify(root.publicKey) && root.verify(root.publicKey) && leaf.checkIssued(root));
      assert.equal(leaf.subject, `CN=${CALL_ID}`);
      assert.ok(root.ca && !leaf.ca);

      const [countersigned] = readdirSync(ledger).filter((name) => name.endsWith(".head.jws"));
      const jws = readFileSync(join(ledger, countersigned ?? ""), "utf8");
      const server = await importJWK(readJson(join(folder, "server.jwk")), "ES256");
      const { payload, protectedHeader } = await compactVerify(jws, server);
      assert.equal(protectedHeader.typ, "callseal-head+jws");
      const claim = JSON.parse(Buffer.from(payload).toString("utf8"));
      assert.deepEqual([claim.call_id, claim.seq, claim.head], [CALL_ID, lines.length - 1, head]);
    },
  ],
  [
    "deliveries signed by us are verified by the Standard Webhooks library and by what docs/webhook.md shows, and changed ones are not",
    async (folder) => {
      const secret = randomBytes(32);
      writeFileSync(join(folder, "shown.mjs"), shown("js", "verify"));
      writeFileSync(join(folder, "shown.py"), `${shown("python", "verify")}\n${PYTHON_VERDICTS}`);
      for (const text of [`whsec_${secret.toString("base64")}`, secret.toString("base64url")]) {
        writeFileSync(join(folder, "secret.json"), JSON.stringify(text));
        library("webhook", folder);
        const webhook = new Webhook(secret.toString("base64"));
        const deliveries = readJson(join(folder, "deliveries.json"));
        assert.equal(deliveries.length, 3);
        const [{ headers, body }] = deliveries;
        for (const delivery of deliveries) {
          assert.deepEqual(webhook.verify(delivery.body, delivery.headers), JSON.parse(delivery.body));
        }
        const later = String(Number(headers["webhook-timestamp"]) + 1);
        const early = String(Number(headers["webhook-timestamp"]) - 400);
        const cases = [
          ...deliveries,
          { headers, body: `${body} ` },
          { headers: { ...headers, "webhook-timestamp": later }, body },
          { headers: { ...headers, "webhook-id": "another" }, body },
          // Signed well, but too long ago.
          { headers: { ...headers, "webhook-timestamp": early, "webhook-signature": signature(secret, headers["webhook-id"], early, body) }, body },
        ];
        const verdicts = [true, true, true, false, false, false, false];
        process.env["WEBHOOK_SECRET"] = text;
        const { verify } = await import(`${join(folder, "shown.mjs")}?${text}`);
        assert.deepEqual(cases.map((one) => verify(one.headers, Buffer.from(one.body))), verdicts);
        assert.deepEqual(JSON.parse(run("python3", [join(folder, "shown.py")], JSON.stringify(cases))), verdicts);
        assert.throws(() => webhook.verify(`${body} `, headers));
        assert.throws(() => webhook.verify(body, { ...headers, "webhook-timestamp": later }));
        assert.throws(() => webhook.verify(body, { ...headers, "webhook-id": "another" }));
        assert.throws(() => new Webhook(randomBytes(32).toString("base64")).verify(body, headers));
      }
    },
  ],
  ...recipientChecks(library, (script, request) => JSON.parse(run(PYTHON, [script], JSON.stringify(request))), (...args) =>
    run("cargo", ["run", "--quiet", "--locked", "--package", "callseal-cli", "--", ...args])),
  ...valueChecks(run),
  ...vconChecks(run),
];

/**
 * SHA-256 of the samples that ffmpeg decodes.
 * @param {string} path
 */
function decode(path) {
  const { status, stdout, stderr } = spawnSync("ffmpeg", ["-v", "error", "-i", path, "-f", "s16le", "-"], {
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(status, 0, String(stderr));
  assert.equal(String(stderr), "", "ffmpeg finds nothing to complain of");
  assert.ok(stdout.length > 48_000, "more than a quarter of a second");
  return createHash("sha256").update(stdout).digest("hex");
}

preparePython();
for (const [title, check] of CHECKS) {
  const folder = mkdtempSync(join(tmpdir(), "callseal-interop-"));
  try {
    await check(folder);
    process.stdout.write(`ok ${title}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
// For the count of `npm test`; the first failure has ended the run before this.
process.stdout.write(`${CHECKS.length} passed, 0 failed\n`);
