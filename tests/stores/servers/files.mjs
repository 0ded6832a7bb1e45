// @ts-check
/** Objects that a server keeps as files of this machine, read from the disk. Must never: follow a link. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { byName, callsOf } from "./store-server.mjs";

/** @typedef {import("./store-server.mjs").StoredObject} StoredObject */

/** @param {string} folder @returns {string[]} paths of all files below it */
function pathsIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** @param {string} folder @param {string} callId @returns {StoredObject[]} */
export function objectsInFolder(folder, callId) {
  const paths = pathsIn(join(folder, callId));
  return byName(paths.map((path) => ({ name: `${callId}/${path}`, bytes: readFileSync(join(folder, callId, path)) })));
}

/** @param {string} folder @returns {string[]} */
export function callsInFolder(folder) {
  return callsOf(pathsIn(folder));
}
