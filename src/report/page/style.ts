/**
 * How the page looks: a paper, not an application. Works from 320 pixels up and on paper; nothing is fetched.
 */

export const style = `
:root {
  color-scheme: light;
  --ink: #1d2733; --muted: #5a6675; --faint: #9aa5b1; --line: #e1e6ec; --ground: #f6f7f9; --paper: #ffffff;
  --accent: #0072b2;
  --mono: ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif;
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.6 var(--sans); }
main { max-width: 980px; margin: 0 auto; padding: 40px 24px 72px; }
h1 { font-size: clamp(1.55rem, 1.1rem + 2vw, 2.2rem); line-height: 1.2; margin: 0 0 .35em; letter-spacing: -.015em; text-wrap: balance; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.6em 0 .7em; letter-spacing: -.01em; }
h3 { font-size: 1.02rem; line-height: 1.4; margin: 0; }
p { margin: 0 0 1em; }
a { color: var(--accent); text-underline-offset: .15em; }
sub { line-height: 0; font-size: .75em; }
code, .key { font-family: var(--mono); font-size: .86em; }
.subtitle { color: var(--muted); margin: 0 0 1.4em; }
.notice { max-width: 78ch; padding: 12px 16px; background: #fff4e5; border: 1px solid #b45309; border-left-width: 6px; border-radius: 6px; }
.abstract { font-size: 1.02rem; max-width: 72ch; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 1.6em 0 0; padding: 10px 0; border-block: 1px solid var(--line); font-size: .9rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 1.6em 0 0; padding: 0; }
.numbers div { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; min-width: 0; }
.numbers dt { color: var(--muted); font-size: .8rem; line-height: 1.35; }
.numbers dd { margin: 2px 0 0; font-size: 1.4rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
.numbers small { display: block; color: var(--muted); font-size: .78rem; font-weight: 400; line-height: 1.35; }

figure { margin: 0 0 26px; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px 16px; }
figure h3 span { color: var(--muted); font-weight: 500; margin-right: .35em; }
.plot { position: relative; margin: 14px 0 10px; min-width: 0; overflow: hidden; }
.plot svg { display: block; max-width: 100%; height: auto; }
.plot .vega-embed { display: block; width: 100%; padding: 0 !important; }
.plot [hidden] { display: none; }
figcaption { color: var(--muted); font-size: .875rem; line-height: 1.55; max-width: 84ch; }
.source { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; margin-top: 10px; color: var(--muted); font-size: .8rem; }

.scroll { overflow: auto; max-height: 78vh; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: separate; border-spacing: 0; font-size: .84rem; font-variant-numeric: tabular-nums; }
.runs { width: 100%; }
.runs caption, .plain caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.runs th, .runs td { padding: 4px 9px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); background: var(--paper); }
.runs thead th { position: sticky; top: 0; z-index: 2; padding: 0; border-bottom: 1px solid var(--faint); }
.runs thead button { all: unset; display: block; width: 100%; box-sizing: border-box; padding: 9px; text-align: right; font-weight: 600; cursor: pointer; white-space: nowrap; }
.runs thead button:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.runs thead button::after { content: "↕"; display: inline-block; width: 1em; margin-left: .15em; color: var(--faint); font-weight: 400; }
.runs th[aria-sort="ascending"] button::after { content: "↑"; color: var(--accent); }
.runs th[aria-sort="descending"] button::after { content: "↓"; color: var(--accent); }
.runs :is(th, td):first-child { position: sticky; left: 0; z-index: 1; border-right: 1px solid var(--line); }
.runs thead th:first-child { z-index: 3; }
.runs .text, .runs .text button { text-align: left; }
.runs tbody tr:hover :is(td, th) { background: #f0f5f9; }
.runs tbody tr:last-child :is(td, th) { border-bottom: 0; }
.runs tbody th { font-weight: 600; }
.runs tr.found :is(td, th) { animation: found 2.4s ease-out; }
@keyframes found { from { background: #ffe9a8; } }
.badge { display: inline-flex; align-items: center; gap: 6px; }
.badge svg { width: 11px; height: 11px; flex: none; overflow: visible; }
.wide { --width: min(1320px, 100vw - 48px); width: max(100%, var(--width)); margin-inline: min(0px, (100% - var(--width)) / 2); }
.tools { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 6px 16px; margin: 1.6em 0 .6em; font-size: .875rem; }

.plain { width: 100%; font-size: .875rem; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
.plain th, .plain td { text-align: left; vertical-align: top; padding: 8px 14px; border-bottom: 1px solid var(--line); }
.plain tr:last-child > * { border-bottom: 0; }
.plain tbody th { font-weight: 500; width: 38%; }
.plain td { overflow-wrap: anywhere; }
.command { display: flex; align-items: start; justify-content: space-between; gap: 10px; }
button.copy { font: 500 .76rem/1.2 var(--sans); color: var(--accent); background: none; border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; cursor: pointer; white-space: nowrap; }
button.copy:hover { border-color: var(--accent); }
button.copy.key { padding: 3px 6px; font: .76rem/1.2 var(--mono); color: var(--ink); }
.done { color: #00805d !important; }
footer { margin-top: 3em; color: var(--muted); font-size: .82rem; }

#vg-tooltip-element { font: 12px/1.5 var(--sans) !important; color: var(--ink) !important; border: 1px solid var(--line) !important; border-radius: 8px !important; padding: 9px 12px !important; box-shadow: 0 6px 24px rgb(20 30 45 / .16) !important; background: var(--paper) !important; max-width: min(340px, 92vw); }
#vg-tooltip-element h2 { font-size: 12.5px !important; margin: 0 0 5px !important; }
#vg-tooltip-element table { font-size: 12px; }
#vg-tooltip-element td { padding-block: 0 !important; }
#vg-tooltip-element td.key { font-family: inherit; font-size: 12px; color: var(--muted) !important; max-width: none !important; padding-right: 12px !important; text-align: left !important; }
#vg-tooltip-element td.value { max-width: none !important; white-space: nowrap; text-align: right !important; }
.vega-embed details { opacity: 0; transition: opacity .15s; }
.vega-embed:hover details, .vega-embed details:focus-within { opacity: 1; }

@media (max-width: 640px) {
  .wide { width: 100%; margin-inline: 0; }
  main { padding: 24px 14px 48px; }
  figure { padding: 14px 12px 12px; border-radius: 8px; }
  .plain th, .plain td { padding: 8px 10px; }
  .plain tbody th { width: auto; }
  .stacked tr, .stacked :is(th, td) { display: block; }
  .stacked thead { display: none; }
  .stacked tbody th { border-bottom: 0; padding-bottom: 0; }
}
@media print {
  .wide { width: 100%; margin-inline: 0; }
  @page { margin: 16mm 14mm; }
  body { background: none; font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav, button.copy:not(.key), .tools a, .vega-embed details { display: none !important; }
  figure, .numbers div, .scroll, .plain { border-color: #ccc; break-inside: avoid; }
  .scroll { max-height: none; overflow: visible; break-inside: auto; border: 0; }
  .runs { font-size: 6.2pt; }
  .runs th, .runs td, .runs thead button { padding: 2px 3px; }
  .runs thead { display: table-header-group; }
  .runs thead th, .runs :is(th, td):first-child { position: static; }
  .runs thead button::after { content: none; }
  .runs tr { break-inside: avoid; }
  button.copy.key { border: 0; padding: 0; font-size: inherit; }
  h2 { break-after: avoid; }
}
`
