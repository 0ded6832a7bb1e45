/**
 * The line above the panel that says why nothing is recorded.
 *
 * Owns showing it. Its words are those of `strings.en.json`.
 */
import { problemWords } from "../../ui/strings";
import type { EngineState } from "../shared/wire";

/** @param element the line */
export function noticeFor(element: HTMLElement | null, state: EngineState): void {
  if (element === null) return;
  element.hidden = state.running;
  element.textContent = state.running ? "" : problemWords(state.code);
}
