// @ts-check
/**
 * What is shipped of the disclosures as code: `pkg/prompts/index.mjs` and its types, written from the list.
 *
 * Owns: the form of both files. Must never: read or write a file, or know a word that is not in the list.
 */

/**
 * One prompt in one language, as `pkg/prompts/index.json` lists it.
 * @typedef {object} ListedPrompt
 * @property {string} promptId
 * @property {number} version
 * @property {"question" | "notice"} kind
 * @property {string} language   BCP 47
 * @property {string} text       what is spoken
 * @property {("spoken" | "keypad" | "stay")[]} answers  how a party may answer it
 * @property {string[]} purposes what the recording is for, as the words say
 * @property {"audio"} delivery
 * @property {number} durationMs
 * @property {string} sha256     of the audio file
 * @property {string} file       below `pkg/prompts`
 */

/**
 * The same prompt in all languages.
 * @typedef {object} Family
 * @property {string} constant  the stem of its exported names
 * @property {ListedPrompt[]} prompts
 */

/** Comes into both files. */
const ORIGIN = "Written, like `index.json`, by the repository's scripts/prompts/make.mjs. Must never be edited by hand.";

/**
 * @param {Family[]} families
 * @returns {string} index.mjs
 */
export function moduleOf(families) {
  return `// @ts-check
/**
 * The shipped disclosures, ready for the configuration.
 *
 * Owns: where their sound lies beside this module. Every address is a literal \`new URL\`, which bundlers follow; each
 * family is made by a function that is marked as pure, so that a page carries only the families it uses.
 * ${ORIGIN}
 */

/** @typedef {import("../index.d.ts").AudioDisclosure} AudioDisclosure */
/** @typedef {Record<import("./index.d.ts").PromptLanguage, AudioDisclosure>} ByLanguage */
${families.map((family, index) => familyCode(family, index === 0)).join("")}`;
}

/**
 * @param {Family[]} families
 * @returns {string} index.d.ts
 */
export function typesOf(families) {
  const languages = families[0]?.prompts.map(({ language }) => JSON.stringify(language)) ?? [];
  return `/**
 * Types of \`callseal/prompts\`: the shipped disclosures.
 * ${ORIGIN}
 */
import type { AudioDisclosure } from "../index.js";

/** The languages in which every disclosure is shipped (BCP 47). */
export type PromptLanguage = ${languages.join(" | ")};
${families.map((family, index) => familyTypes(family, index === 0)).join("")}`;
}

/** @param {Family} family @param {boolean} isDefault @returns {string} */
function familyCode({ constant, prompts: [english, ...others] }, isDefault) {
  if (english === undefined) return "";
  const alone = isDefault ? `\n/** ${quoted(english)} @type {AudioDisclosure} */\nexport const ${constant} = ${literal(english, "")};\n` : "";
  const first = isDefault ? `  ${english.language}: ${constant},\n` : entry(english);
  return `${alone}
${comment(english)}
export const ${constant}In = /* @__PURE__ */ (() => /** @satisfies {ByLanguage} */ ({
${first}${others.map(entry).join("")}}))();
`;
}

/** @param {Family} family @param {boolean} isDefault @returns {string} */
function familyTypes({ constant, prompts: [english] }, isDefault) {
  if (english === undefined) return "";
  const alone = isDefault ? `\n/** ${quoted(english)} In English. */\nexport declare const ${constant}: AudioDisclosure;\n` : "";
  return `${alone}
${comment(english)}
export declare const ${constant}In: Readonly<Record<PromptLanguage, AudioDisclosure>>;
`;
}

/** @param {ListedPrompt} prompt @returns {string} */
function entry(prompt) {
  return `  ${prompt.language}: ${literal(prompt, "  ")},\n`;
}

/**
 * The part of a listed prompt that the configuration takes; a disclosure without a kind is a question.
 * @param {ListedPrompt} prompt @param {string} indent @returns {string}
 */
function literal(prompt, indent) {
  const lines = [
    `promptId: ${JSON.stringify(prompt.promptId)}`,
    `version: ${prompt.version}`,
    `language: ${JSON.stringify(prompt.language)}`,
    `text: ${JSON.stringify(prompt.text)}`,
    ...(prompt.kind === "question" ? [] : [`kind: ${JSON.stringify(prompt.kind)}`]),
    ...(prompt.answers.includes("keypad") ? ["keypad: true"] : []),
    `url: new URL(${JSON.stringify(`./${prompt.file}`)}, import.meta.url).href`,
    `sha256: ${JSON.stringify(prompt.sha256)}`,
  ];
  return `{\n${lines.map((line) => `${indent}  ${line},\n`).join("")}${indent}}`;
}

/** @param {ListedPrompt} prompt @returns {string} */
function quoted({ text }) {
  return JSON.stringify(text);
}

/** @param {ListedPrompt} prompt @returns {string} */
function comment(prompt) {
  const { kind, answers, purposes } = prompt;
  return `/**
 * ${quoted(prompt)}
 * A ${kind}, by language. Answered: ${answers.join(", ")}. For: ${purposes.join(", ")}.
 */`;
}
