// @ts-check
/**
 * The programs of the telephone network, which Debian has.
 *
 * Owns: where they are, and what is said where one is missing. Must never: pass over a missing one where nobody looks
 * (`CI`): there it is a failure.
 */
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { findProgram } from "../../../scripts/lib/project.mjs";

/** Program → Debian packages that bring it. */
const PACKAGES = {
  kamailio: ["kamailio", "kamailio-websocket-modules"],
  rtpengine: ["rtpengine-daemon"],
  baresip: ["baresip-core"],
  janus: ["janus"],
  "multimon-ng": ["multimon-ng"],
  setpriv: ["util-linux"],
};

/** @typedef {keyof typeof PACKAGES} Program */

/** @param {string} name @returns {string | null} Debian puts daemons where an ordinary user's search path does not lead */
const find = (name) => findProgram(name) ?? (existsSync(`/usr/sbin/${name}`) ? `/usr/sbin/${name}` : null);

/**
 * @param {Program} name
 * @returns {string} its path
 */
export function program(name) {
  const path = find(name);
  if (path === null) throw new Error(`There is no ${name}. On Debian: apt-get install --no-install-recommends ${PACKAGES[name].join(" ")}`);
  return path;
}

/**
 * For the option `skip` of a test.
 * @param {...Program} names
 * @returns {string | false} what is missing, with what to do; false where everything is there, and in `CI`
 */
export function missing(...names) {
  if (process.env["CI"]) return false;
  const absent = names.filter((name) => find(name) === null);
  if (absent.length === 0) return false;
  const packages = absent.flatMap((name) => PACKAGES[name]);
  return `${absent.join(", ")} missing (apt-get install -y --no-install-recommends ${packages.join(" ")})`;
}

/**
 * The same for tests that need Janus.
 * @param {...Program} names
 */
export function missingForJanus(...names) {
  const absent = missing("janus", ...names);
  if (absent !== false || process.env["CI"]) return absent;
  return outwardAddress() === null && "there is no network interface but loopback, which Janus's media library passes over";
}

/** @returns {string | null} an IPv4 address that is not loopback: the library of Janus's media uses no other */
export function outwardAddress() {
  const addresses = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? null;
}
