// @ts-check
/** A browser alone, without Wasm, reads what the document describes: every vector, as tests/decoder does in Node. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { calls, pieces } from "../decoder/vectors.mjs";
import { stage } from "./support/browser.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let browser;
before(async () => {
  browser = await stage();
});
after(() => browser.close());

test("a browser's own cryptography reads every vector as the document says", async () => {
  const page = await browser.open();
  const all = { pieces: pieces(), ...calls() };
  const wrong = await page.evaluate(async ({ pieces, calls, bases }) => {
    const { checkCall, checkPiece } = await import(/** @type {string} */ ("/decoder/check.mjs"));
    const wrong = [];
    for (const vector of pieces) wrong.push({ name: vector.name, ...(await checkPiece(vector)) });
    for (const call of calls) wrong.push({ name: call.name, ...(await checkCall(call, bases)) });
    return { read: wrong.length, wrong: wrong.filter(({ got, wanted }) => got !== wanted) };
  }, all);
  assert.deepEqual(wrong, { read: all.pieces.length + all.calls.length, wrong: [] });
});
