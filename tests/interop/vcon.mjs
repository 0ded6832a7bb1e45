// @ts-check
/**
 * The exports of made-up calls against other implementations: JSON Schema by Ajv, JWS and JWE by `jose`, and where they
 * are at hand the IETF's own schema and PyPI's `vcon`.
 *
 * Owns: the checks, and the Python environment `.venv-vcon`. Must never: use the library under test on the other side.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv from "ajv";
import { generalDecrypt, generalVerify, importJWK, importX509 } from "jose";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");
/** Research data beside the checkout: the schema of draft -03. Not part of the repository. */
const IETF_SCHEMA = join(ROOT, "..", "shared", "data", "vcon_schema_03.json");
const PYTHON = join(ROOT, ".venv-vcon", "bin", "python");
const CALLS = ["recorded", "declined", "agent_side", "withdrawn", "conference", "amended", "rebuilt"];

/**
 * @typedef {{type: string, url?: string, parties: (number | number[])[], originator?: number}} Dialog
 * @typedef {{purpose: string, party: number, dialog: number, body: any}} Attachment
 * @typedef {{uuid: string, parties: object[], dialog: Dialog[], attachments: Attachment[], amended?: object}} Vcon
 * @typedef {(command: string, args: string[]) => string} Run
 */

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/**
 * A validator that knows nothing of the network.
 * @param {object} schema
 */
function validator(schema) {
  const ajv = new Ajv({ allErrors: true, strict: false });
  ajv.addFormat("uuid", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
  ajv.addFormat("uri", /^[a-z][a-z0-9+.-]*:\S+$/i);
  ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  const validate = ajv.compile(schema);
  return (/** @type {unknown} */ value) => {
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

/**
 * Every index points at something; a schema cannot say that.
 * @param {Vcon} vcon
 */
function checkIndices(vcon) {
  const within = (/** @type {number} */ index, /** @type {unknown[]} */ list) => assert.ok(index >= 0 && index < list.length);
  for (const dialog of vcon.dialog) {
    dialog.parties.flat().forEach((party) => within(party, vcon.parties));
    if (dialog.originator !== undefined) within(dialog.originator, vcon.parties);
  }
  for (const attachment of vcon.attachments) {
    within(attachment.party, vcon.parties);
    within(attachment.dialog, vcon.dialog);
  }
}

/** Pythons that pyenv has installed: its commands answer for the chosen version only. */
function installedByPyenv() {
  const { stdout, status } = spawnSync("pyenv", ["root"], { encoding: "utf8" });
  const versions = status === 0 ? join(stdout.trim(), "versions") : "";
  return existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, "bin", "python3")) : [];
}

/** A Python of version 3.12 or later with PyPI's `vcon`; null where there is no such Python, or no package index.
 * @param {Run} run
 */
function preparePython(run) {
  const requirements = join(HERE, "requirements-vcon.txt");
  const [name, version] = readFileSync(requirements, "utf8").trim().split("==");
  const probe = `import importlib.metadata as m; assert m.version(${JSON.stringify(name)}) == ${JSON.stringify(version)}`;
  if (existsSync(PYTHON) && spawnSync(PYTHON, ["-c", probe]).status === 0) return PYTHON;
  const recent = "import sys; assert sys.version_info >= (3, 12)";
  const python = ["python3", "python3.12", "python3.13", "python3.14", ...installedByPyenv()].find(
    (candidate) => spawnSync(candidate, ["-c", recent]).status === 0,
  );
  if (!python) return null;
  process.stderr.write(`interop: installing ${name} ${version} into .venv-vcon\n`);
  run(python, ["-m", "venv", join(ROOT, ".venv-vcon")]);
  try {
    run(PYTHON, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements]);
  } catch {
    process.stderr.write(`interop: ${name} ${version} could not be installed here; its part is left out\n`);
    return null;
  }
  return PYTHON;
}

/**
 * @param {Run} run
 * @returns {[string, (folder: string) => Promise<void>][]}
 */
export function vconChecks(run) {
  const write = (/** @type {string} */ folder) =>
    run("cargo", ["run", "--quiet", "--locked", "--package", "callseal", "--example", "vcon", "--", folder]);
  return [
    [
      "vCons fulfil our schema in every form, and every index in them points at something",
      async (folder) => {
        write(folder);
        const validate = validator(readJson(join(ROOT, "docs", "vcon.schema.json")));
        for (const call of CALLS) {
          for (const form of ["json", "jws.json", "jwe.json"]) {
            assert.deepEqual(validate(readJson(join(folder, `${call}.${form}`))), [], `${call}.${form}`);
          }
          checkIndices(readJson(join(folder, `${call}.json`)));
        }
        // The schema can refuse.
        const vcon = readJson(join(folder, "recorded.json"));
        for (const broken of [{ ...vcon, uuid: "1" }, { ...vcon, further: 1 }, { ...vcon, attachments: [] }, { ...vcon, dialog: [{ ...vcon.dialog[0], type: "text" }] }]) {
          assert.notDeepEqual(validate(broken), []);
        }
        const declined = /** @type {Vcon} */ (readJson(join(folder, "declined.json")));
        assert.ok(declined.dialog.every((dialog) => dialog.url === undefined));
        assert.ok(readJson(join(folder, "amended.json")).amended);
      },
    ],
    [
      "vCons signed and encrypted by us are opened and verified by jose",
      async (folder) => {
        write(folder);
        const key = await importJWK(readJson(join(folder, "key.jwk")), "ECDH-ES+A256KW");
        for (const call of CALLS) {
          const jwe = readJson(join(folder, `${call}.jwe.json`));
          const { plaintext } = await generalDecrypt(jwe, key);
          const jws = JSON.parse(Buffer.from(plaintext).toString("utf8"));
          assert.deepEqual(jws, readJson(join(folder, `${call}.jws.json`)));
          const { x5c } = jws.signatures[0].header;
          const certificate = `-----BEGIN CERTIFICATE-----\n${x5c[0].match(/.{1,64}/g).join("\n")}\n-----END CERTIFICATE-----\n`;
          const signer = await importX509(certificate, "ES256");
          const { payload } = await generalVerify(jws, signer, { algorithms: ["ES256"] });
          const bytes = readFileSync(join(folder, `${call}.json`));
          assert.deepEqual(Buffer.from(payload), bytes);
          const vcon = JSON.parse(bytes.toString("utf8"));
          assert.equal(jws.signatures[0].header.uuid, vcon.uuid);
          assert.equal(jwe.unprotected.uuid, vcon.uuid);
          const changed = structuredClone(jws);
          changed.payload = Buffer.from(JSON.stringify({ ...vcon, subject: "changed" })).toString("base64url");
          await assert.rejects(generalVerify(changed, signer));
        }
        const { dialog } = readJson(join(folder, "recorded.json"));
        const hash = createHash("sha512").update("ciphertext 0").digest("base64url");
        assert.equal(dialog[0].content_hash[0], `sha512-${hash}`);
      },
    ],
    [
      "vCons pass the IETF's schema and PyPI's vcon, where these are at hand",
      async (folder) => {
        write(folder);
        if (existsSync(IETF_SCHEMA)) {
          const validate = validator(readJson(IETF_SCHEMA));
          for (const call of CALLS) assert.deepEqual(validate(readJson(join(folder, `${call}.json`))), [], call);
        } else process.stdout.write("   not at hand: the IETF's schema beside the checkout\n");
        const python = preparePython(run);
        if (python) {
          // It does not know several parties in one channel, which draft -04 §4.3.4 has.
          const files = CALLS.filter((call) => call !== "conference").map((call) => join(folder, `${call}.json`));
          assert.deepEqual(JSON.parse(run(python, [join(HERE, "vcon_validate.py"), ...files])), []);
        } else process.stdout.write("   not at hand: Python 3.12 for PyPI's vcon\n");
      },
    ],
  ];
}
