/**
 * The panel's icons, one per tone: the shape alone tells the states apart.
 *
 * Owns the drawings. They are decoration for the eye; the words beside them carry the meaning, so all are hidden from
 * screen readers.
 */
import { svg, type TemplateResult } from "lit";
import type { Tone } from "./view-model";

const DRAWINGS: Record<Tone, TemplateResult> = {
  /** An empty ring. */
  idle: svg`<circle cx="12" cy="12" r="7" class="stroke" />`,
  /** A speech bubble with a question. */
  asking: svg`<path d="M4 5.5h16v11h-8.5L7 20v-3.5H4z" class="stroke" /><path d="M10 9.2a2 2 0 1 1 2.6 1.9c-.4.15-.6.4-.6.9M12 14.05v.1" class="stroke" />`,
  /** A full disc in a ring. */
  recording: svg`<circle cx="12" cy="12" r="9" class="stroke" /><circle cx="12" cy="12" r="5" class="full" />`,
  /** Scissors-like cut: a bar through a wave. */
  cut: svg`<path d="M3 12h3l1.5-4 2 8 1-3M21 12h-3l-1.5-4-2 8-1-3" class="stroke" /><path d="M12 3.5v17" class="stroke dashed" />`,
  /** A disc with a slash. */
  stopped: svg`<circle cx="12" cy="12" r="8.5" class="stroke" /><path d="M6 18 18 6" class="stroke" />`,
  /** A triangle with an exclamation mark. */
  failed: svg`<path d="M12 4 21 19.5H3z" class="stroke" /><path d="M12 10v4.5M12 16.95v.1" class="stroke" />`,
  /** A seal: a disc with a tick. */
  done: svg`<circle cx="12" cy="12" r="9" class="stroke" /><path d="m8 12.3 2.8 2.7L16 9.5" class="stroke" />`,
};

/** The icon of a tone. */
export function icon(tone: Tone): TemplateResult {
  return svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${DRAWINGS[tone]}</svg>`;
}
