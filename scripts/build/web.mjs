// @ts-check
/**
 * Runs webpack over www/: the panel and what stores need into pkg/dist, the demo into dist/www, the extension into
 * dist/extension-chrome and -firefox.
 * Must never: pass a build with errors or warnings on.
 */
import webpack from "webpack";
import configurations from "../../webpack.config.js";
import { zipExtensions } from "./extension.mjs";

/** @type {import("./stamp.mjs").Recipe} */
export const webRecipe = {
  name: "web",
  inputs: ["www", "pkg", "webpack.config.js", "tsconfig.json", "package-lock.json", "scripts/build/web.mjs", "scripts/build/extension.mjs"],
  except: [
    "pkg/dist/panel.mjs",
    "pkg/dist/panel.mjs.LICENSE.txt",
    "pkg/dist/tus.mjs",
    "pkg/dist/tus.mjs.LICENSE.txt",
    "pkg/dist/tus.d.mts",
    "pkg/dist/zip.mjs",
    "pkg/dist/zip.d.mts",
    "pkg/README.md",
  ],
  outputs: [
    ...["pkg/dist/panel.mjs", "pkg/dist/tus.mjs", "pkg/dist/zip.mjs", "dist/www/index.html"],
    ...["dist/extension-chrome/main-world.js", "dist/extension-firefox/main-world.js", "dist/extension-chrome.zip", "dist/extension-firefox.zip"],
  ],
  facts: [`sites ${process.env["CALLSEAL_EXTENSION_SITES"] ?? ""}`],
};

/** @returns {Promise<void>} @throws {Error} with webpack's own report */
export async function buildWeb() {
  const compiler = webpack(configurations());
  if (compiler === null) throw new Error("webpack made no compiler");
  /** @type {import("webpack").MultiStats} */
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => (result === undefined ? reject(error ?? new Error("webpack gave no result")) : resolve(result)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  if (stats.hasErrors() || stats.hasWarnings()) {
    throw new Error(stats.toString({ preset: "errors-warnings", colors: false }));
  }
  await zipExtensions();
}
