// @ts-check
/**
 * Zips the built extension, as browsers' stores and administrators take it.
 *
 * Owns that the same content gives the same bytes: files in order, with one date. Must never add what webpack has not made.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../lib/project.mjs";

/** Of every file in the archive: the earliest that ZIP can say. */
const DATE = new Date("1980-01-01T00:00:00Z");

/** Browsers for which there is a package. */
export const BROWSERS = /** @type {const} */ (["chrome", "firefox"]);

/** @param {"chrome" | "firefox"} browser @returns {string} its folder, relative to the root */
export const folderOf = (browser) => `dist/extension-${browser}`;

/** @returns {Promise<string[]>} the archives, relative to the root */
export async function zipExtensions() {
  const { downloadZip } = await import("client-zip");
  const made = [];
  for (const browser of BROWSERS) {
    const folder = join(ROOT, folderOf(browser));
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => ({ name: path.slice(folder.length + 1), input: readFileSync(path), lastModified: DATE }));
    const archive = `${folderOf(browser)}.zip`;
    writeFileSync(join(ROOT, archive), new Uint8Array(await downloadZip(files).arrayBuffer()));
    made.push(archive);
  }
  return made;
}
