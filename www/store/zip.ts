/**
 * One ZIP file of sealed objects, for an export: `pkg/dist/zip.mjs`.
 *
 * Owns the file's form. Must never open what it packs.
 */
import { downloadZip } from "client-zip";

/** A ZIP file in which every object has its name of `docs/format.md` as its path. */
export function zip(files: readonly { name: string; content: Blob }[]): Promise<Blob> {
  return downloadZip(files.map(({ name, content }) => ({ name, input: content }))).blob();
}
