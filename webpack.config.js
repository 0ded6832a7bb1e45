// @ts-check
/**
 * The web bundles.
 *
 * Owns: how www/ becomes pkg/dist/panel.mjs (config `panel`), pkg/dist/tus.mjs and zip.mjs (config `store`), dist/www
 * (config `demo`) and dist/extension-chrome and -firefox (configs `extension-*`).
 * Must never: inline a script or a style, since both are served under a strict content-security-policy, or let
 * the demo reach into pkg/ past its published entry points (`callseal`, `callseal/tap`, `callseal/panel`).
 *
 * Conventions of www/demo: every `.ts` file directly in the folder is one entry and becomes `<name>.js`, loaded by
 * `<script type="module" src="./name.js">`; what entries share lives in subfolders. Everything that is not
 * TypeScript (pages, style sheets, sounds) is copied as it is. Style sheets that are imported arrive as text, for
 * constructed style sheets in shadow roots.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import CopyPlugin from "copy-webpack-plugin";
import webpack from "webpack";
import { manifest } from "./www/extension/manifest.mjs";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
const DEMO = join(ROOT, "www/demo");
const EXTENSION = join(ROOT, "www/extension");

/** Largest bundled script, in bytes before compression: more than that delays the first call of the day. */
const MAXIMUM_SCRIPT_BYTES = 250_000;

/** @returns {Record<string, string>} entry name → file */
function demoEntries() {
  /** @type {Record<string, string>} */
  const entries = {};
  for (const file of readdirSync(DEMO)) {
    if (file.endsWith(".ts") && !file.endsWith(".d.ts")) entries[basename(file, ".ts")] = join(DEMO, file);
  }
  return entries;
}

/** @type {import("webpack").Configuration} */
const shared = {
  mode: "production",
  target: ["web", "es2022"],
  context: ROOT,
  devtool: "source-map",
  resolve: {
    extensions: [".ts", ".mjs", ".js"],
    extensionAlias: { ".js": [".ts", ".js"], ".mjs": [".mts", ".mjs"] },
  },
  module: {
    rules: [
      {
        test: /\.m?ts$/,
        // Types are checked by `npm run test:types`; here they are only stripped.
        use: { loader: "ts-loader", options: { transpileOnly: true, configFile: join(ROOT, "tsconfig.json") } },
        exclude: /node_modules/,
      },
      { test: /\.(css|svg|html)$/, type: "asset/source" },
      { test: /\.(wasm|ogg|wav)$/, type: "asset/resource" },
    ],
  },
  performance: {
    hints: "error",
    maxAssetSize: MAXIMUM_SCRIPT_BYTES,
    maxEntrypointSize: MAXIMUM_SCRIPT_BYTES,
    // The Wasm module has its own budget, size-budget.json; sounds are data.
    assetFilter: (/** @type {string} */ name) => /\.m?js$/.test(name),
  },
  experiments: { outputModule: true },
};

/** @type {import("webpack").Configuration} */
const panel = {
  ...shared,
  name: "panel",
  // It ships; a map would be twice its size.
  devtool: false,
  entry: { panel: join(ROOT, "www/ui/panel.ts") },
  output: {
    path: join(ROOT, "pkg/dist"),
    filename: "[name].mjs",
    module: true,
    library: { type: "module" },
    // The engine's Wasm lies in the same folder.
    clean: false,
  },
};

/** @type {import("webpack").Configuration} */
const store = {
  ...panel,
  name: "store",
  // Each is loaded only where it is used: by the Worker for a tus server, by the page for an export.
  entry: { tus: join(ROOT, "www/store/tus.ts"), zip: join(ROOT, "www/store/zip.ts") },
  plugins: [new CopyPlugin({ patterns: [{ context: join(ROOT, "www/store"), from: "*.d.mts", to: "[name][ext]" }] })],
};

/** @returns {import("webpack").Configuration} */
function demo() {
  return {
    ...shared,
    name: "demo",
    // The demo embeds `callseal/panel`, which is the other config's output.
    dependencies: ["panel", "store"],
    entry: demoEntries(),
    output: {
      path: join(ROOT, "dist/www"),
      filename: "[name].js",
      chunkFilename: "[name].[contenthash:8].js",
      assetModuleFilename: "assets/[name].[contenthash:8][ext]",
      module: true,
      publicPath: "auto",
      clean: true,
    },
    plugins: [
      new CopyPlugin({
        patterns: [
          { from: DEMO, to: ".", globOptions: { ignore: ["**/*.ts", "**/*.md"] } },
          // The player's page and package are served as they are written.
          ...[
            { context: join(ROOT, "www/player"), from: "*.{html,css,mjs}", to: "player/[name][ext]" },
            { from: join(ROOT, "pkg/player.mjs"), to: "player/callseal/player.mjs" },
            { context: join(ROOT, "pkg/player"), from: "*.mjs", to: "player/callseal/player/[name][ext]" },
            { context: join(ROOT, "pkg/dist"), from: "callseal_player{.js,_bg.wasm}", to: "player/callseal/dist/[name][ext]" },
          ].map((pattern) => ({ ...pattern, info: { minimized: true } })),
        ],
      }),
    ],
  };
}

/** Scripts that the browser puts into pages: neither modules nor in parts. */
const INJECTED = ["main-world", "isolated"];

/** Scripts of the extension's own documents. */
const DOCUMENTS = ["frame", "panel", "floating", "options"];

/** @type {Record<"chrome" | "firefox", string[]>} */
const BACKGROUNDS = { chrome: ["background", "hub"], firefox: ["firefox-background"] };

/**
 * @param {"chrome" | "firefox"} browser
 * @returns {import("webpack").Configuration[]}
 */
function extension(browser) {
  const path = join(ROOT, `dist/extension-${browser}`);
  const plugins = [new webpack.DefinePlugin({ BROWSER: JSON.stringify(browser) })];
  /** @param {string[]} names */
  const entries = (names) => Object.fromEntries(names.map((name) => [name, join(EXTENSION, `${name}.ts`)]));
  const { version } = JSON.parse(readFileSync(join(ROOT, "pkg/package.json"), "utf8"));
  // An administrator's package brings its sites with it: a comma between match patterns.
  const sites = (process.env["CALLSEAL_EXTENSION_SITES"] ?? "").split(",").filter(Boolean);
  return [
    {
      ...shared,
      name: `extension-${browser}`,
      // The Worker loads what `store` makes.
      dependencies: ["panel", "store"],
      devtool: false,
      entry: entries([...DOCUMENTS, ...BACKGROUNDS[browser]]),
      output: {
        path,
        filename: "[name].js",
        chunkFilename: "parts/[name].[contenthash:8].js",
        assetModuleFilename: "assets/[name].[contenthash:8][ext]",
        module: true,
        publicPath: "auto",
        clean: { keep: (/** @type {string} */ file) => INJECTED.some((name) => file.startsWith(`${name}.js`)) },
      },
      plugins: [
        ...plugins,
        new CopyPlugin({
          patterns: [
            { context: EXTENSION, from: "*.{html,css}", to: "[name][ext]" },
            { context: EXTENSION, from: "managed-schema.json", to: "[name][ext]" },
            { context: EXTENSION, from: "icons/*.png", to: "icons/[name][ext]" },
            { from: join(ROOT, "pkg/worklet.mjs"), to: "worklet.mjs" },
            {
              from: join(EXTENSION, "manifest.mjs"),
              to: "manifest.json",
              transform: () => `${JSON.stringify(manifest(browser, { version, sites }), null, 2)}\n`,
            },
          ],
        }),
      ],
    },
    {
      ...shared,
      name: `extension-${browser}-injected`,
      dependencies: [`extension-${browser}`],
      devtool: false,
      entry: entries(INJECTED),
      output: { path, filename: "[name].js", module: false, iife: true, publicPath: "", clean: false },
      experiments: { outputModule: false },
      plugins,
    },
  ];
}

/** A function, so that the folders are only read when a build runs. */
export default () => [panel, store, demo(), ...extension("chrome"), ...extension("firefox")];
