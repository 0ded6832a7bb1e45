// @ts-check
/**
 * Counts tests from what the runners report.
 * Must never: count a runner that reported nothing as a success; the caller sees zero tests and decides.
 */
import { stripVTControlCharacters } from "node:util";

/** @typedef {"nextest" | "cargo" | "node" | "plain"} Runner */

/** @typedef {{passed: number, failed: number}} Count */

/**
 * @param {Runner} runner
 * @param {string} output everything it printed
 * @returns {Count} summed over all summaries in the output
 */
export function countTests(runner, output) {
  const text = stripVTControlCharacters(output);
  switch (runner) {
    // Summary [   1.234s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 0 skipped
    case "nextest":
      return sum([...text.matchAll(/^\s*Summary \[.*?\]\s+\d+(?:\/\d+)? tests? run: (.*)$/gm)], (match) => ({
        passed: number(/(\d+) passed/, match[1]),
        failed: number(/(\d+) failed/, match[1]) + number(/(\d+) timed out/, match[1]) + number(/(\d+) exec failed/, match[1]),
      }));
    // test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out — also wasm-bindgen's runner
    case "cargo":
      return sum([...text.matchAll(/^test result: .*? (\d+) passed; (\d+) failed/gm)], (match) => ({
        passed: Number(match[1]),
        failed: Number(match[2]),
      }));
    // ℹ pass 12 / ℹ fail 0 (reporter "spec"), # pass 12 / # fail 0 (reporter "tap")
    case "node":
      return {
        passed: sum([...text.matchAll(/^[ℹ#] pass (\d+)$/gm)], (match) => ({ passed: Number(match[1]), failed: 0 })).passed,
        failed: sum([...text.matchAll(/^[ℹ#] (?:fail|cancelled) (\d+)$/gm)], (match) => ({ passed: 0, failed: Number(match[1]) }))
          .failed,
      };
    // 12 passed, 0 failed
    case "plain":
      return sum([...text.matchAll(/^(\d+) passed, (\d+) failed$/gm)], (match) => ({
        passed: Number(match[1]),
        failed: Number(match[2]),
      }));
  }
}

/**
 * @param {RegExpMatchArray[]} matches
 * @param {(match: RegExpMatchArray) => Count} count
 * @returns {Count}
 */
function sum(matches, count) {
  let passed = 0;
  let failed = 0;
  for (const match of matches) {
    const one = count(match);
    passed += one.passed;
    failed += one.failed;
  }
  return { passed, failed };
}

/** @param {RegExp} pattern @param {string | undefined} text */
function number(pattern, text) {
  return Number(pattern.exec(text ?? "")?.[1] ?? 0);
}
