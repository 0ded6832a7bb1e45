// @ts-check
/**
 * Rules for the JavaScript and TypeScript of this checkout.
 * Must never: repeat what `tsc` checks anyway, or hold rules of taste that no defect ever came from.
 */
import eslint from "@eslint/js";
import globals from "globals";
import typescript from "typescript-eslint";

/** What a page, a worker and an audio worklet know. */
const PAGE_GLOBALS = { ...globals.browser, ...globals.worker, ...globals.audioWorklet };

/** Rules that need types: forgotten promises are how an upload or a stop gets lost. @type {import("eslint").Linter.RulesRecord} */
const TYPED_RULES = {
  "@typescript-eslint/no-floating-promises": "error",
  "@typescript-eslint/no-misused-promises": "error",
  "@typescript-eslint/await-thenable": "error",
  "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
  "@typescript-eslint/only-throw-error": "error",
  "@typescript-eslint/prefer-promise-reject-errors": "error",
};

export default typescript.config(
  {
    ignores: ["**/node_modules/", "**/dist/", "target/", "artifacts/", "recordings/", "fuzz/", ".venv*/", ".callseal/"],
  },
  eslint.configs.recommended,
  ...typescript.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "Use crypto.getRandomValues: nothing here may be guessable." },
      ],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["www/**/*.ts", "pkg/**/*.mjs", "pkg/**/*.d.ts", "tests/types/*.ts"],
    languageOptions: {
      globals: PAGE_GLOBALS,
      parserOptions: { project: ["./tsconfig.json", "./tsconfig.worker.json", "./tsconfig.worklet.json"], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...TYPED_RULES,
      // A console keeps what it is given: nothing of a call may get there.
      "no-console": "error",
      // Neither may a page's markup become a way in.
      "no-restricted-syntax": [
        "error",
        {
          selector: "AssignmentExpression > MemberExpression[property.name=/^(inner|outer)HTML$/]",
          message: "Build elements: markup from strings is how scripts get in.",
        },
      ],
    },
  },
  {
    // Names stand for their types there.
    files: ["tests/types/*.ts"],
    rules: { "@typescript-eslint/no-unused-vars": "off" },
  },
  {
    // Loaded by the browser as they are; no types reach them.
    files: ["www/**/*.js", "www/player/*.mjs", "tests/web*/*.js", "tests/{adapters,page,phones,soak}/pages/**/*.mjs", "tests/extension/pages/*.js", "scripts/bench/seal/page.mjs"],
    languageOptions: { globals: { ...PAGE_GLOBALS } },
    rules: { "no-console": "error" },
  },
  {
    files: ["scripts/**/*.mjs", "tests/**/*.mjs", "*.config.js"],
    ignores: ["tests/{adapters,page,phones,soak}/pages/**", "scripts/bench/seal/page.mjs"],
    languageOptions: {
      globals: { ...globals.node, ...PAGE_GLOBALS },
      parserOptions: { project: "./tsconfig.node.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...TYPED_RULES,
      // node:test's own functions return promises that it awaits by itself.
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] }] },
      ],
    },
  },
);
