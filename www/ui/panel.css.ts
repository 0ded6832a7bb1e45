/**
 * The panel's look, in a constructed style sheet (allowed under `style-src 'self'`).
 *
 * Owns colours and layout. Every colour can be set by the host through `--callseal-*`; light and dark follow the host's
 * `color-scheme`. Contrast in both: text ≥ 4.5:1, controls and icons ≥ 3:1 (WCAG 2.2 AA).
 */
import { css } from "lit";

export const panelStyles = css`
  :host {
    --ground: var(--callseal-ground, light-dark(#ffffff, #19211f));
    --ink: var(--callseal-ink, light-dark(#1b2622, #e9efec));
    --muted: var(--callseal-muted, light-dark(#54625c, #a4b2ac));
    --line: var(--callseal-line, light-dark(#dfe5e1, #2b3734));
    --soft: var(--callseal-soft, light-dark(#f3f5f2, #111716));
    --yes: var(--callseal-yes, light-dark(#0b6b57, #5fcfb6));
    --on-yes: var(--callseal-on-yes, light-dark(#ffffff, #0d1f1a));
    --recording: var(--callseal-recording, light-dark(#b3261e, #ff9d98));
    --cut: var(--callseal-cut, light-dark(#7a4a00, #f3bf6b));
    --asking: var(--callseal-asking, light-dark(#0b57d0, #9cc2ff));
    --focus: var(--callseal-focus, light-dark(#0b57d0, #9cc2ff));
    --tone: var(--muted);
    display: block;
    color: var(--ink);
    font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  }

  :host([hidden]) {
    display: none;
  }

  * {
    box-sizing: border-box;
    margin: 0;
  }

  .panel {
    display: grid;
    gap: 12px;
    padding: 18px 20px 20px;
    border: var(--callseal-border, 1px solid var(--line));
    border-radius: var(--callseal-radius, 12px);
    background: var(--ground);
    box-shadow: 0 1px 2px light-dark(rgb(20 40 32 / 6%), rgb(0 0 0 / 30%)), 0 6px 20px light-dark(rgb(20 40 32 / 5%), rgb(0 0 0 / 20%));
  }

  h2 {
    font-size: 0.9375rem;
    font-weight: 650;
  }

  .spoken {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  .empty,
  .head {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: start;
    gap: 2px 12px;
  }

  .card {
    display: grid;
    gap: 12px;
    padding: 14px 16px 16px;
    border: 1px solid var(--line);
    border-inline-start: 4px solid var(--tone);
    border-radius: 10px;
    background: var(--soft);
  }

  .card[data-tone="asking"] {
    --tone: var(--asking);
  }

  .card[data-tone="recording"] {
    --tone: var(--recording);
  }

  .card[data-tone="cut"],
  .card[data-tone="failed"] {
    --tone: var(--cut);
  }

  .card[data-tone="done"] {
    --tone: var(--yes);
  }

  .icon {
    inline-size: 26px;
    block-size: 26px;
    margin-block-start: 1px;
    color: var(--tone);
    fill: none;
    stroke: none;
    stroke-linecap: round;
    stroke-linejoin: round;
    stroke-width: 2;
  }

  .icon .stroke {
    stroke: currentcolor;
  }

  .icon .full {
    fill: currentcolor;
  }

  .icon .dashed {
    stroke-dasharray: 3 3.2;
  }

  [data-tone="recording"] .icon .full {
    animation: breathe 2.4s ease-in-out infinite;
  }

  @keyframes breathe {
    50% {
      opacity: 0.35;
    }
  }

  h3 {
    font-size: 1.0625rem;
    line-height: 1.35;
    font-weight: 650;
  }

  .number {
    display: block;
    color: var(--muted);
    font-size: 0.8125rem;
    font-weight: 400;
  }

  .detail,
  .empty p,
  dt {
    color: var(--muted);
    font-size: 0.875rem;
  }

  .head .detail {
    grid-column: 2 / -1;
  }

  .time {
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    line-height: 1.45rem;
  }

  blockquote {
    padding: 10px 14px;
    border-radius: 8px;
    background: var(--ground);
    border: 1px solid var(--line);
    font-size: 1.0625rem;
    line-height: 1.4;
  }

  .actions {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 8px;
  }

  button {
    display: grid;
    justify-items: center;
    align-content: center;
    min-block-size: 52px;
    padding: 7px 10px;
    border: 1px solid currentcolor;
    border-radius: 10px;
    background: transparent;
    color: var(--ink);
    font: inherit;
    font-weight: 600;
    line-height: 1.25;
    cursor: pointer;
  }

  button:hover {
    background: color-mix(in srgb, currentcolor 9%, transparent);
  }

  button:focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }

  button kbd {
    font: inherit;
    font-size: 0.75rem;
    font-weight: 400;
    opacity: 0.92;
  }

  .yes {
    border-color: transparent;
    background: var(--yes);
    color: var(--on-yes);
  }

  .yes:hover {
    background: color-mix(in srgb, var(--yes) 86%, var(--ink));
  }

  .answered,
  .read {
    border-color: transparent;
    background: var(--asking);
    color: var(--ground);
  }

  .answered,
  .read,
  .withdraw,
  .resume,
  .pause,
  .replay {
    grid-column: 1 / -1;
  }

  .resume {
    border-color: transparent;
    background: var(--cut);
    color: var(--ground);
  }

  .resume:hover {
    background: color-mix(in srgb, var(--cut) 86%, var(--ink));
  }

  .cut {
    display: grid;
    grid-template-columns: 1.25rem minmax(0, 1fr) auto;
    align-items: baseline;
    gap: 8px;
    color: var(--muted);
    font-size: 0.875rem;
  }

  .cut[data-confirmed="true"] > .mark {
    color: var(--yes);
  }

  .cut .mark {
    font-weight: 700;
    text-align: center;
  }

  .cut .reminder {
    font-variant-numeric: tabular-nums;
  }

  .cut .alarm {
    grid-column: 1 / -1;
    display: grid;
    grid-template-columns: 1.25rem minmax(0, 1fr);
    gap: 8px;
    padding: 10px 12px;
    border: 2px solid var(--recording);
    border-radius: 8px;
    background: color-mix(in srgb, var(--recording) 8%, var(--ground));
    color: var(--ink);
    font-weight: 600;
  }

  .parties {
    display: grid;
    gap: 8px;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .parties li {
    display: grid;
    grid-template-columns: 1fr 1fr;
    align-items: center;
    gap: 6px 8px;
    padding: 10px 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--ground);
  }

  .parties .who {
    font-weight: 600;
  }

  .parties .said {
    color: var(--muted);
    font-size: 0.875rem;
    text-align: end;
  }

  .parties button {
    min-block-size: 40px;
  }

  .words {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
    color: var(--muted);
    font-size: 0.875rem;
  }

  .law {
    color: var(--muted);
    font-size: 0.875rem;
  }

  .law summary {
    cursor: pointer;
  }

  .law summary:focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }

  .law h4 {
    margin: 8px 0 4px;
    font-size: inherit;
  }

  .law ul {
    margin: 0 0 8px;
    padding-inline-start: 18px;
  }

  select {
    min-block-size: 32px;
    padding: 3px 8px;
    border: 1px solid var(--muted);
    border-radius: 6px;
    background: var(--ground);
    color: var(--ink);
    font: inherit;
  }

  select:focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }

  .replay {
    min-block-size: 40px;
    border-color: transparent;
    color: var(--asking);
  }

  .dismiss {
    min-block-size: 36px;
    padding: 4px 12px;
    border-color: transparent;
    color: var(--muted);
    font-size: 0.875rem;
    justify-self: start;
    margin-inline-start: -12px;
  }

  dl {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: center;
    gap: 4px 14px;
  }

  dd {
    display: flex;
    align-items: center;
    gap: 10px;
    margin: 0;
    font-size: 0.875rem;
    font-variant-numeric: tabular-nums;
  }

  progress {
    appearance: none;
    flex: 1;
    min-inline-size: 40px;
    block-size: 6px;
    border: 0;
    border-radius: 3px;
    overflow: hidden;
    background: var(--line);
    color: var(--yes);
  }

  progress::-webkit-progress-bar {
    background: var(--line);
  }

  progress::-webkit-progress-value {
    background: var(--yes);
    border-radius: 3px;
  }

  progress::-moz-progress-bar {
    background: var(--yes);
  }

  .problem,
  .offline {
    padding: 10px 12px;
    border: 1px solid var(--cut);
    border-radius: 8px;
    background: color-mix(in srgb, var(--cut) 8%, var(--ground));
    font-size: 0.875rem;
  }

  .stores {
    display: flex;
    align-items: flex-start;
    gap: 10px;
    padding: 10px 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    font-size: 0.875rem;
  }

  .stores > div {
    flex: 1;
    min-width: 0;
  }

  .stores p {
    margin: 0;
  }

  .stores .figures {
    font-variant-numeric: tabular-nums;
    color: var(--muted);
  }

  .stores[data-storage="offline"],
  .stores[data-storage="memory"],
  .stores[data-storage="denied"],
  .stores[data-storage="dead"],
  .stores[data-storage="full"] {
    border-color: var(--cut);
    background: color-mix(in srgb, var(--cut) 8%, var(--ground));
  }

  .recorders {
    display: grid;
    gap: 6px;
    margin: 0;
    padding: 0;
    list-style: none;
    font-size: 0.875rem;
  }

  .recorders p {
    display: grid;
    grid-template-columns: 1.25rem minmax(0, 1fr);
    gap: 8px;
    color: var(--muted);
    overflow-wrap: anywhere;
  }

  .recorders .mark {
    font-weight: 700;
    text-align: center;
  }

  .recorders [role="alert"] {
    padding: 10px 12px;
    border: 2px solid var(--recording);
    border-radius: 8px;
    background: color-mix(in srgb, var(--recording) 8%, var(--ground));
    color: var(--ink);
    font-weight: 600;
  }

  @media (max-width: 480px) {
    .panel {
      padding: 16px;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    [data-tone="recording"] .icon .full {
      animation: none;
    }
  }

  @media (forced-colors: active) {
    .card {
      border-color: CanvasText;
    }
  }
`;
