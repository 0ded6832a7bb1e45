// @ts-check
/** What decides whether a build step runs, and what its result may be. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { compare, measure } from "../../scripts/build/size.mjs";
import { whenChanged } from "../../scripts/build/stamp.mjs";
import { stringEvaluation } from "../../scripts/build/wasm.mjs";
import { pinnedToolchain, wasmBindgenVersion } from "../../scripts/lib/project.mjs";

/** @param {(root: string) => Promise<void>} work in a folder of its own */
async function inFolder(work) {
  const root = mkdtempSync(join(tmpdir(), "callseal-build-"));
  try {
    await work(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("a step runs again only when the content of an input has changed", () =>
  inFolder(async (root) => {
    mkdirSync(join(root, "src"));
    writeFileSync(join(root, "src/a"), "one");
    const recipe = { name: "step", inputs: ["src", "absent"], except: ["src/ignored"], outputs: ["out"] };
    const run = () => whenChanged(root, recipe, async () => writeFileSync(join(root, "out"), "made"));

    assert.equal(await run(), true, "first run");
    assert.equal(await run(), false, "nothing changed");
    utimesSync(join(root, "src/a"), 1, 1);
    writeFileSync(join(root, "src/ignored"), "x");
    assert.equal(await run(), false, "only a time and an excepted file changed");
    writeFileSync(join(root, "src/a"), "two");
    assert.equal(await run(), true, "content changed");
    writeFileSync(join(root, "src/b"), "");
    assert.equal(await run(), true, "a file was added");
    rmSync(join(root, "out"));
    assert.equal(await run(), true, "the output is gone");
  }));

test("a step that failed or made nothing is not taken for done", () =>
  inFolder(async (root) => {
    const recipe = { name: "step", inputs: [], outputs: ["out"] };
    await assert.rejects(
      whenChanged(root, recipe, () => Promise.reject(new Error("no"))),
      /no/,
    );
    await assert.rejects(
      whenChanged(root, recipe, async () => undefined),
      /made no out/,
    );
    assert.equal(await whenChanged(root, recipe, async () => writeFileSync(join(root, "out"), "")), true);
  }));

test("a file over its budget, or without one, is named", () => {
  const sizes = { "a.wasm": { raw: 100, gzip: 50, brotli: 40 }, "b.js": { raw: 1, gzip: 1, brotli: 1 } };
  const { table, over } = compare(sizes, { "a.wasm": { raw: 100, gzip: 49, brotli: 40 } });
  assert.equal(over.length, 2);
  assert.match(over[0] ?? "", /^a\.wasm is 50 bytes \(gzip\), 1 over/);
  assert.match(over[1] ?? "", /^b\.js has no budget/);
  assert.match(table, /a\.wasm\s+100 \/ 100/);
});

test("compressed sizes are those of the content", () => {
  const size = measure(Buffer.alloc(10_000));
  assert.equal(size.raw, 10_000);
  assert.ok(size.gzip < 100 && size.brotli < 100);
});

test("code from strings is found in the glue, words that only look like it are not", () => {
  assert.deepEqual(stringEvaluation("const f = new Function(x); globalThis.y; eval(z)"), ["new Function(", "eval("]);
  assert.deepEqual(stringEvaluation("retrieval(x); a.eval_(b); newFunction(c); typeof Function"), []);
});

test("versions are read from the files that state them", () => {
  assert.equal(wasmBindgenVersion('serde = "1"\nwasm-bindgen = "=1.2.3"\n'), "1.2.3");
  assert.throws(() => wasmBindgenVersion('wasm-bindgen = "1.2.3"\n'), /no exact pin/);
  assert.equal(pinnedToolchain('[toolchain]\nchannel = "1.2.3"\n'), "1.2.3");
});
