// @ts-check
/**
 * `node tests/extension/lint.mjs <chrome|firefox>`: the built package as Mozilla's linter sees it.
 *
 * Owns this folder's node_modules, and which of its warnings are known. Must never pass an error, nor a warning that is new.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/lib/project.mjs";

const HERE = import.meta.dirname;

/** `lit` sets markup from its own constant templates; what is shown in them is set as text. */
const LIT = "UNSAFE_VAR_ASSIGNMENT";

/**
 * What is known, with the reason why it stays. The linter is Firefox's: it knows nothing of what Chrome alone has, which is
 * no error in the package for Chrome. @type {Record<"chrome" | "firefox", Record<string, string>>}
 */
const KNOWN = {
  firefox: {
    [LIT]: "constant templates",
    KEY_FIREFOX_ANDROID_UNSUPPORTED_BY_MIN_VERSION: "Firefox for Android has no sidebar and is not supported",
    STORAGE_MANAGED: "is asked for with a fallback",
  },
  chrome: {
    [LIT]: "constant templates",
    STORAGE_MANAGED: "is asked for with a fallback",
    BACKGROUND_SERVICE_WORKER_NOFALLBACK: "Chrome's background",
    ADDON_ID_REQUIRED: "Firefox's id",
    MANIFEST_PERMISSIONS: "offscreen and sidePanel are Chrome's",
    MISSING_DATA_COLLECTION_PERMISSIONS: "Firefox's key",
    UNSUPPORTED_API: "offscreen and sidePanel are Chrome's",
  },
};

function install() {
  const stamp = join(HERE, "node_modules/.installed");
  const fingerprint = createHash("sha256").update(readFileSync(join(HERE, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint) return;
  const { status, stderr } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], { cwd: HERE, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm ci ended with status ${status}:\n${stderr}`);
  writeFileSync(stamp, fingerprint);
}

const browser = /** @type {"chrome" | "firefox"} */ (process.argv[2]);
install();
const words = ["--output", "json", join(ROOT, `dist/extension-${browser}.zip`)];
const { stdout, stderr } = spawnSync(process.execPath, [join(HERE, "node_modules/addons-linter/bin/addons-linter"), ...words], {
  encoding: "utf8",
  maxBuffer: 1 << 26,
});
if (stdout === "") throw new Error(stderr);
/** @type {{errors: {code: string, message: string, file?: string, description?: string}[], warnings: {code: string, message: string, file?: string}[]}} */
const report = JSON.parse(stdout);
const found = [...report.errors.map((one) => ({ ...one, isError: true })), ...report.warnings.map((one) => ({ ...one, isError: false }))];
// For the package of its own browser an error is one, whatever is known.
const bad = found.filter(({ code, isError }) => !(code in KNOWN[browser]) || (isError && browser === "firefox"));
for (const { code, message, file } of found) process.stdout.write(`${code}: ${message} ${file ?? ""}\n`);
process.stdout.write(`${browser}: ${report.errors.length} errors, ${report.warnings.length} warnings; ${bad.length} that may not stay\n`);
process.exit(bad.length > 0 ? 1 : 0);
