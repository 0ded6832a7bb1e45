// @ts-check
/** What `docs/adapters.md` shows: every import is one that the package has, and every adapter and version is named. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const read = (/** @type {string} */ path) => readFileSync(new URL(path, ROOT), "utf8");

const text = read("docs/adapters.md");
/** @type {Record<string, {types: string, default: string}>} */
const exported = JSON.parse(read("pkg/package.json")).exports;
const adapters = Object.keys(exported).filter((name) => name.startsWith("./adapters/"));

test("the examples import what the package has", () => {
  const imports = [...text.matchAll(/^import \{ (\w+) \} from "callseal(\/adapters\/[\w-]+)";$/gm)];
  assert.ok(imports.length >= 7);
  for (const [, name, path] of imports) {
    const target = exported[`.${path}`];
    assert.ok(target, path);
    assert.match(read(`pkg/${target.default.slice(2)}`), new RegExp(`^export function ${name}\\(`, "m"));
    assert.match(read(`pkg/${target.types.slice(2)}`), new RegExp(`^export declare function ${name}\\(`, "m"));
  }
});

test("every adapter that is exported is in the table", () => {
  assert.equal(adapters.length, 8);
  for (const name of adapters) assert.ok(text.includes(`| \`callseal${name.slice(1)}\` |`), name);
});

test("the versions in the table are those that are tested", () => {
  /** @type {Record<string, string>} */
  const versions = JSON.parse(read("tests/adapters/package.json")).dependencies;
  for (const [name, version] of Object.entries(versions)) {
    if (["@livekit/protocol", "esbuild", "webrtc-adapter", "ws"].includes(name)) continue;
    const [, shown = name, pinned = version] = /^npm:(.*)@(.*)$/.exec(version) ?? [];
    assert.ok(text.includes(`| ${shown} ${pinned} |`), `${shown} ${pinned}`);
  }
});
