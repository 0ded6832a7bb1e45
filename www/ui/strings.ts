/**
 * The panel's words: data in `strings.en.json`, filled in here.
 *
 * Owns the look-up and the placeholders. Must never hold words of its own, so that a translation is one file.
 */
import english from "./strings.en.json";

/** All words of one language. */
export type Strings = typeof english;

/** The words in use. */
export const strings: Strings = english;

/** Replaces `{name}` by the value of that name. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/gu, (whole, name: string) => String(values[name] ?? whole));
}

/** The words for a code of a closed list that may grow: what is not known gets the words of `fallback`. */
export function lookUp(list: Readonly<Record<string, string>>, code: string, fallback: string): string {
  return list[code] ?? list[fallback] ?? code;
}

/** The words for an error code: its own, or its area's (`media/*`), or those for unknown ones. */
export function problemWords(code: string): string {
  const area = `${code.split("/")[0] ?? ""}/*`;
  const list: Readonly<Record<string, string>> = strings.problems;
  return fill(list[code] ?? lookUp(list, area, "unknown"), { code });
}
