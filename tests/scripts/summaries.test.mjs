// @ts-check
/** Counting what test runners report. */
import assert from "node:assert/strict";
import test from "node:test";
import { countTests } from "../../scripts/lib/summaries.mjs";

test("nextest: failures, time-outs and slow tests are counted", () => {
  const output =
    "     Summary [   1.234s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped\n" +
    "        FAIL [   0.1s] callseal ring::passed\n";
  assert.deepEqual(countTests("nextest", output), { passed: 9, failed: 3 });
});

test("nextest: colours do not hide the summary", () => {
  const output = "\u001b[32;1m     Summary\u001b[0m [   0.010s] \u001b[1m1\u001b[0m test run: \u001b[1m1\u001b[0m \u001b[32;1mpassed\u001b[0m, 0 skipped\n";
  assert.deepEqual(countTests("nextest", output), { passed: 1, failed: 0 });
});

test("cargo test: all binaries are summed", () => {
  const output =
    "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n" +
    "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
  assert.deepEqual(countTests("cargo", output), { passed: 4, failed: 2 });
});

test("node: both reporters are read, cancelled tests have failed", () => {
  assert.deepEqual(countTests("node", "ℹ tests 3\nℹ pass 2\nℹ fail 1\nℹ cancelled 1\n"), { passed: 2, failed: 2 });
  assert.deepEqual(countTests("node", "# pass 2\n# fail 0\n"), { passed: 2, failed: 0 });
});

test("plain: only whole lines count", () => {
  assert.deepEqual(countTests("plain", "about 5 passed, 1 failed\n7 passed, 0 failed\n"), { passed: 7, failed: 0 });
});

test("a runner that reports nothing has no tests", () => {
  for (const runner of /** @type {const} */ (["nextest", "cargo", "node", "plain"])) {
    assert.deepEqual(countTests(runner, "error: could not compile\n"), { passed: 0, failed: 0 });
  }
});
