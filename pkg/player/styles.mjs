// @ts-check
/**
 * The player's look, for a constructed style sheet (allowed under `style-src 'self'`).
 *
 * Owns colours and layout; every colour can be set by the host through `--callseal-*`. Contrast in light and dark: text
 * ≥ 4.5:1, controls ≥ 3:1 (WCAG 2.2 AA).
 */
export const STYLES = `
:host {
  --ground: var(--callseal-ground, light-dark(#ffffff, #19211f));
  --ink: var(--callseal-ink, light-dark(#1b2622, #e9efec));
  --muted: var(--callseal-muted, light-dark(#54625c, #a4b2ac));
  --line: var(--callseal-line, light-dark(#dfe5e1, #2b3734));
  --soft: var(--callseal-soft, light-dark(#f3f5f2, #111716));
  --control: light-dark(#7c8a84, #71837c);
  --accent: var(--callseal-yes, light-dark(#0b6b57, #5fcfb6));
  --on-accent: var(--callseal-on-yes, light-dark(#ffffff, #0d1f1a));
  --bad: var(--callseal-recording, light-dark(#b3261e, #ff9d98));
  --cut: var(--callseal-cut, light-dark(#7a4a00, #f3bf6b));
  --focus: var(--callseal-focus, light-dark(#0b57d0, #9cc2ff));
  display: block; color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; }
.player { display: grid; gap: 16px; padding: 18px 20px 20px; border: 1px solid var(--line); border-radius: 12px; background: var(--ground); }
h2 { font-size: 1.0625rem; font-weight: 650; }
h3 { font-size: 0.9375rem; font-weight: 650; }
.id { color: var(--muted); font: 0.8125rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; justify-content: space-between; }
.verdict { display: grid; gap: 2px; padding: 10px 12px; border-radius: 8px; background: var(--soft); border-inline-start: 4px solid var(--control); font-size: 0.9375rem; }
.verdict.good { border-color: var(--accent); }
.verdict.bad { border-color: var(--bad); }
.verdict strong { font-weight: 650; }
.verdict.bad strong { color: var(--bad); }
.verdict span, .hint { color: var(--muted); font-size: 0.875rem; }
.problem { color: var(--bad); font-size: 0.9375rem; }
form { display: grid; gap: 12px; max-inline-size: 34rem; }
label { display: grid; gap: 4px; font-size: 0.9375rem; }
input, select, button { font: inherit; color: inherit; }
input[type="text"], input[type="number"], input[type="file"], select { inline-size: 100%; padding: 8px 10px; border: 1px solid var(--control); border-radius: 8px; background: var(--soft); min-block-size: 40px; }
button { min-block-size: 40px; min-inline-size: 40px; padding: 6px 14px; border: 1px solid var(--control); border-radius: 8px; background: var(--ground); cursor: pointer; }
button.main { border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600; }
button:disabled { opacity: 0.55; cursor: default; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.timeline { position: relative; block-size: 132px; border: 1px solid var(--line); border-radius: 8px; background: var(--soft); overflow: hidden; }
.timeline:focus-within { outline: 3px solid var(--focus); outline-offset: 2px; }
.deck { display: grid; gap: 12px; }
canvas { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; }
.ink { color: var(--ink); } .line { color: var(--line); } .wave { color: var(--control); } .heard { color: var(--accent); }
.cut { color: var(--cut); } .gap { color: var(--bad); } .mark { color: var(--focus); }
.timeline input { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; opacity: 0; cursor: pointer; margin: 0; }
.lane { position: absolute; inset-inline-start: 8px; font-size: 0.75rem; color: var(--muted); background: var(--soft); padding: 0 4px; border-radius: 4px; pointer-events: none; }
.lane.agent { inset-block-start: 4px; }
.lane.customer { inset-block-end: 4px; }
.controls { display: flex; flex-wrap: wrap; gap: 10px 14px; align-items: center; }
.volumes { display: flex; flex-wrap: wrap; gap: 10px 14px; }
.controls label { display: flex; align-items: center; gap: 8px; }
.controls select { inline-size: auto; }
.controls input[type="range"] { inline-size: 110px; accent-color: var(--accent); min-block-size: 24px; }
.time { font-variant-numeric: tabular-nums; min-inline-size: 8.5rem; }
.lists { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); align-items: start; }
ol { list-style: none; padding: 0; display: grid; gap: 4px; }
ol.marks button { inline-size: 100%; display: flex; gap: 12px; text-align: start; border-color: transparent; background: var(--soft); }
ol.marks time { color: var(--muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
details > summary { cursor: pointer; font-weight: 650; font-size: 0.9375rem; min-block-size: 32px; }
.entries { max-block-size: 18rem; overflow: auto; font-size: 0.875rem; }
.entries li { padding: 4px 0; border-block-end: 1px solid var(--line); overflow-wrap: anywhere; }
.entries span { color: var(--muted); margin-inline-end: 8px; font-variant-numeric: tabular-nums; }
`;
