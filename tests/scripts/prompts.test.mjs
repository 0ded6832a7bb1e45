// @ts-check
/** The shipped disclosures: what is proved to a court must be what was played. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { readProjectFile } from "../../scripts/lib/project.mjs";
import * as prompts from "../../pkg/prompts/index.mjs";

/** @type {{promptId: string, version: number, language: string, text: string, sha256: string, file: string}[]} */
const listed = JSON.parse(readProjectFile("pkg/prompts/index.json")).prompts;

test("the module and the list name the same disclosures", () => {
  const fromModule = Object.values(prompts).map(({ url: _, ...rest }) => rest);
  const fromList = listed.map(({ promptId, version, language, text, sha256 }) => ({ promptId, version, language, text, sha256 }));
  assert.deepEqual(fromModule, fromList);
});

test("every hash is that of the file", () => {
  assert.ok(listed.length > 0);
  for (const { url, sha256 } of Object.values(prompts)) {
    assert.equal(createHash("sha256").update(readFileSync(fileURLToPath(url))).digest("hex"), sha256, url);
  }
});
