// @ts-check
/** The document suffices: a reader written from docs/format.md alone agrees with every vector. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { checkCall, checkPiece } from "./check.mjs";
import { calls, pieces } from "./vectors.mjs";

describe("streams, envelopes and ledgers", () => {
  for (const vector of pieces()) {
    test(`${vector.name}: ${vector.header.comment}`, async () => {
      const { got, wanted } = await checkPiece(vector);
      assert.equal(got, wanted);
    });
  }
});

describe("whole calls", () => {
  const { calls: all, bases } = calls();
  assert.ok(all.length >= 20, "the vectors are there");
  for (const call of all) {
    test(`${call.name}: ${call.comment}`, async () => {
      const { got, wanted } = await checkCall(call, bases);
      assert.equal(got, wanted);
    });
  }
});

test("the decoder is short, and uses nothing but WebCrypto", () => {
  const lines = readFileSync(new URL("decoder.mjs", import.meta.url), "utf8").split("\n");
  const code = lines.filter((line) => !/^\s*(\/\/|\/\*\*|\*|$)/.test(line));
  assert.ok(code.length <= 200, `${code.length} lines of code`);
  for (const file of ["decoder.mjs", "bytes.mjs", "jwe.mjs", "kinds.mjs", "ogg.mjs"]) {
    const imported = [...readFileSync(new URL(file, import.meta.url), "utf8").matchAll(/from "([^"]+)"/g)].map(([, name = ""]) => name);
    assert.ok(imported.every((name) => /^\.\/(bytes|jwe|kinds|ogg)\.mjs$/.test(name)), `${file} imports ${imported.join()}`);
  }
});
