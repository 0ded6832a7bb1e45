// @ts-check
/** The question that the tests have played: it asks for a key. */
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/project.mjs";

export const PROMPT_KEYPAD = join(ROOT, "pkg/prompts/en/record-keypad.1.flac");
