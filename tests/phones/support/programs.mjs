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

/** Program → Debian packages that bring it, and what it needs of them. */
const PACKAGES = {
  kamailio: ["kamailio", "kamailio-websocket-modules", "kamailio-tls-modules"],
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

/** @returns {string | null} an IPv4 address that is not loopback: the library of Janus's media uses no other */
export function outwardAddress() {
  const addresses = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? null;
}
