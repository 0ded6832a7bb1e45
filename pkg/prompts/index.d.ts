/**
 * Types of `callseal/prompts`: the shipped disclosures.
 * Written, like `index.json`, by the repository's scripts/prompts/make.mjs. Must never be edited by hand.
 */
import type { AudioDisclosure } from "../index.js";

/** The languages in which every disclosure is shipped (BCP 47). */
export type PromptLanguage = "en" | "es" | "fr" | "de" | "pt";

/** "May we record this call for quality?" In English. */
export declare const recordForQuality: AudioDisclosure;

/**
 * "May we record this call for quality?"
 * A question, by language. Answered: spoken. For: quality.
 */
export declare const recordForQualityIn: Readonly<Record<PromptLanguage, AudioDisclosure>>;

/**
 * "May we record this call for quality and training? Press 1 for yes, 2 for no, or simply tell us."
 * A question, by language. Answered: spoken, keypad. For: quality, training.
 */
export declare const recordKeypadIn: Readonly<Record<PromptLanguage, AudioDisclosure>>;

/**
 * "This call is recorded for quality and training. If you do not want that, please tell us, and we will go on without recording."
 * A notice, by language. Answered: spoken, stay. For: quality, training.
 */
export declare const recordingNoticeIn: Readonly<Record<PromptLanguage, AudioDisclosure>>;

/**
 * "This call is recorded because the law requires it. If you do not want that, please tell us, and we will offer you another way to reach us."
 * A notice, by language. Answered: spoken. For: legal_obligation.
 */
export declare const recordingMandatoryIn: Readonly<Record<PromptLanguage, AudioDisclosure>>;
