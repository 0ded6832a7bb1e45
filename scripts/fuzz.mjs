// @ts-check
/**
 * Fuzzes every parser: `npm run fuzz -- --seconds 60 [target …]`.
 *
 * Owns: `fuzz/corpus`, whose seeds are made of the vectors, so that they are stored once; and the order of the targets.
 * Must never: leave a target out in silence, or go on behind a finding as if there were none.
 *
 * Exit status: 0 nothing found, 1 a finding (its input is in fuzz/artifacts), 2 bad usage, 3 a tool is missing.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, ROOT } from "./lib/project.mjs";
import { seeds, words } from "./fuzz/seeds.mjs";

const FOLDER = join(ROOT, "fuzz");
const TARGETS = readdirSync(join(FOLDER, "fuzz_targets")).map((file) => file.replace(".rs", "")).sort();
/** A reader that takes longer for one input hangs; longer inputs than an object may be are refused by their length. */
const LIMITS = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=65536"];

const given = process.argv.slice(2);
const at = given.indexOf("--seconds");
const seconds = at < 0 ? 60 : Number(given[at + 1]);
const wanted = given.filter((word, index) => !word.startsWith("--") && (at < 0 || index !== at + 1));
const unknown = wanted.filter((name) => !TARGETS.includes(name));
if (unknown.length > 0 || !(seconds > 0)) {
  process.stderr.write(`usage: npm run fuzz -- [--seconds N] [target …]; targets: ${TARGETS.join(" ")}\n`);
  process.exit(2);
}

const hasNightly = spawnSync("rustup", ["run", "nightly", "rustc", "--version"], { env: { ...process.env, RUSTUP_AUTO_INSTALL: "0" } }).status === 0;
const missing = [
  ...(findProgram("cargo-fuzz") === null ? ["cargo-fuzz (cargo install --locked cargo-fuzz)"] : []),
  ...(hasNightly ? [] : ["Rust's nightly toolchain (rustup toolchain install nightly --profile minimal)"]),
];
if (missing.length > 0) {
  process.stderr.write(`fuzz: missing: ${missing.join(", ")}\n`);
  process.exit(3);
}

/** Without AddressSanitizer: the engine forbids unsafe code, and it would halve the number of inputs. @param {string} what @param {string[]} args */
const cargo = (what, ...args) => spawnSync("cargo", ["+nightly", "fuzz", what, "--sanitizer", "none", ...args], { cwd: ROOT, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 });

const dictionary = join(FOLDER, "corpus", "words.dict");
mkdirSync(join(FOLDER, "corpus"), { recursive: true });
writeFileSync(dictionary, words().map((word) => `${JSON.stringify(word)}\n`).join(""));
for (const [target, contents] of Object.entries(await seeds())) {
  mkdirSync(join(FOLDER, "corpus", target), { recursive: true });
  for (const [index, content] of contents.entries()) writeFileSync(join(FOLDER, "corpus", target, `seed-${index}`), content);
}

process.stdout.write("fuzz: building\n");
const built = cargo("build");
if (built.status !== 0) {
  process.stderr.write(built.stderr);
  process.exit(1);
}
let failed = 0;
const names = wanted.length > 0 ? wanted : TARGETS;
for (const name of names) {
  const { status, stderr } = cargo("run", name, join("fuzz", "corpus", name), "--", `-max_total_time=${seconds}`, `-dict=${dictionary}`, ...LIMITS, "-print_final_stats=1");
  const [, executed = "0"] = /stat::number_of_executed_units:\s+(\d+)/.exec(stderr) ?? [];
  const [, coverage = "?"] = [...stderr.matchAll(/cov: (\d+)/g)].at(-1) ?? [];
  process.stdout.write(`${status === 0 ? "ok" : "FOUND"} ${name}: ${executed} inputs in ${seconds} s, ${coverage} edges\n`);
  if (status === 0) continue;
  failed += 1;
  process.stdout.write(`${stderr.slice(-6000)}\n`);
}
process.stdout.write(`${names.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
