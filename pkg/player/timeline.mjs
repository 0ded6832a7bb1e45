// @ts-check
/**
 * The picture of the call: both channels and what lies where.
 *
 * Owns: drawing into one canvas. It says nothing that the list of marks does not say in words, and takes no clicks; a range
 * input above it does. Drawn here and not by a waveform library: those known write styles as markup, which a page under a
 * strict policy with trusted types refuses, and want the whole call's peaks before they draw.
 */
import { PEAK_SAMPLES } from "./decoding.mjs";

/** @typedef {import("./marks.mjs").Mark} Mark */
/** @typedef {{start: number, end: number, position: number, peaks: {start: number, peaks: Float32Array}[], marks: Mark[]}} Picture */

/** Kinds of marks that are stretches without sound. */
const SILENT = ["redaction.span", "gap", "exposure.found", "problem"];

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 */
export function draw(canvas, { start, end, position, peaks, marks }) {
  const context = canvas.getContext("2d");
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (context === null || width === 0 || end <= start) return;
  const scale = Math.min(2, devicePixelRatio);
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  // A canvas does not know the colours of style sheets; what is inside of it has them.
  /** @type {Record<string, string>} */
  const colours = Object.fromEntries([...canvas.children].map((swatch) => [swatch.className, getComputedStyle(swatch).color]));
  const colour = (/** @type {string} */ name) => colours[name] ?? "black";
  const x = (/** @type {number} */ sample) => ((sample - start) / (end - start)) * width;
  const middle = height / 2;
  const [agent, customer] = [middle / 2 + 2, middle + middle / 2 - 2];

  context.fillStyle = colour("line");
  for (const lane of [agent, customer]) context.fillRect(0, lane - 0.5, width, 1);
  for (const { kind, from, to } of marks) {
    if (!SILENT.includes(kind)) continue;
    const [left, wide] = [x(from), Math.max(3, x(to) - x(from))];
    context.fillStyle = colour(kind === "redaction.span" ? "cut" : "gap");
    context.globalAlpha = 0.22;
    context.fillRect(left, 0, wide, height);
    context.globalAlpha = 1;
    context.fillRect(left, 0, wide, 3);
    context.fillRect(left, height - 3, wide, 3);
  }
  const reach = middle / 2 - 7;
  for (const { start: from, peaks: values } of peaks) {
    const count = values.length / 2;
    const wide = Math.max(1, (PEAK_SAMPLES / (end - start)) * width - 0.5);
    for (let at = 0; at < count; at += 1) {
      const sample = from + at * PEAK_SAMPLES;
      context.fillStyle = colour(sample <= position ? "heard" : "wave");
      [agent, customer].forEach((lane, channel) => {
        const high = Math.max(0.5, Math.sqrt(values[channel * count + at] ?? 0) * reach);
        context.fillRect(x(sample), lane - high, wide, 2 * high);
      });
    }
  }
  for (const { kind, from } of marks) {
    if (SILENT.includes(kind)) continue;
    context.fillStyle = colour("mark");
    context.fillRect(x(from) - 0.75, 0, 1.5, height);
    context.beginPath();
    context.arc(Math.min(width - 4, Math.max(4, x(from))), 4, 4, 0, 2 * Math.PI);
    context.fill();
  }
  context.fillStyle = colour("ink");
  context.fillRect(Math.min(width - 2, Math.max(0, x(position) - 1)), 0, 2, height);
}
