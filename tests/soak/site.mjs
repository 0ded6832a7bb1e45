// @ts-check
/**
 * The site of the soak: the package's own files, unchanged, and the pages of this folder.
 *
 * Must never: hold a copy that is not made from the files of this checkout just now.
 */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/lib/project.mjs";

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>soak</title>
<link rel="icon" href="data:,"><script type="module" src="/soak/page.mjs"></script></html>\n`;

/**
 * @param {string} folder  made if it is not there
 * @param {string} promptFile  path of the prompt's audio below `pkg/prompts`
 */
export function makeSite(folder, promptFile) {
  mkdirSync(join(folder, "pkg"), { recursive: true });
  const modules = readdirSync(join(ROOT, "pkg")).filter((file) => file.endsWith(".mjs"));
  for (const file of [...modules, "dist"]) cpSync(join(ROOT, "pkg", file), join(folder, "pkg", file), { recursive: true });
  cpSync(join(ROOT, "tests/soak/pages"), join(folder, "soak"), { recursive: true });
  cpSync(join(ROOT, "www/demo/media"), join(folder, "media"), { recursive: true });
  cpSync(join(ROOT, "pkg/prompts", promptFile), join(folder, "media/prompt.wav"));
  writeFileSync(join(folder, "index.html"), PAGE);
}
