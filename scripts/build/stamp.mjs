// @ts-check
/**
 * Tells whether a build step has anything to do, by the content of its inputs.
 * Must never: go by modification times, which a fresh checkout sets to now.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * One step of the build.
 * @typedef {object} Recipe
 * @property {string} name
 * @property {string[]} inputs   files and folders, relative to the root; one that is not there counts as absent
 * @property {string[]} outputs  files that must be there for the step to be done
 * @property {string[]} [except] files and folders among the inputs that do not count
 * @property {string[]} [facts]  other things the result depends on, such as a tool's version
 */

/**
 * Fingerprint of everything a step reads.
 * @param {string} root
 * @param {Pick<Recipe, "inputs" | "except" | "facts">} recipe
 * @returns {string}
 */
export function fingerprint(root, { inputs, except = [], facts = [] }) {
  const hash = createHash("sha256");
  for (const fact of facts) hash.update(`fact ${fact}\0`);
  for (const input of inputs) {
    for (const file of filesBelow(root, input)) {
      if (except.some((left) => file === left || file.startsWith(`${left}/`))) continue;
      const content = createHash("sha256").update(readFileSync(join(root, file))).digest("hex");
      hash.update(`file ${file}\0${content}\0`);
    }
  }
  return hash.digest("hex");
}

/**
 * Runs `work` unless the same inputs have already given the outputs.
 * @param {string} root
 * @param {Recipe} recipe
 * @param {() => Promise<void>} work
 * @returns {Promise<boolean>} whether it ran
 */
export async function whenChanged(root, recipe, work) {
  const folder = join(root, "target/callseal-build");
  const stamp = join(folder, recipe.name);
  const wanted = fingerprint(root, recipe);
  const complete = recipe.outputs.every((output) => existsSync(join(root, output)));
  if (complete && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return false;
  await work();
  for (const output of recipe.outputs) {
    if (!existsSync(join(root, output))) throw new Error(`build step ${recipe.name} made no ${output}`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(stamp, wanted);
  return true;
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]} files, sorted, so that the order of a folder's entries does not matter
 */
function filesBelow(root, path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .sort()
    .flatMap((entry) => filesBelow(root, `${path}/${entry}`));
}
