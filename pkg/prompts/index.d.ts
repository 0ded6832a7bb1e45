/** Types of `callseal/prompts`: the shipped disclosures. */
import type { AudioDisclosure } from "../index.js";

/** "May we record this call for quality?", English. */
export declare const recordForQuality: AudioDisclosure;
