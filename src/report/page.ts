/**
 * The report as one HTML file that needs nothing else: it opens from a disk, asks no server, and under its own content
 * security policy could not. Figures are drawn in the reader's browser; a static drawing stands in where scripts are off.
 */
import { abstractOf } from "./abstract.ts"
import { runColumns } from "./columns.ts"
import { toCsv } from "./csv.ts"
import { escapeHtml } from "./format.ts"
import { client } from "./page/client.ts"
import { safeScript, scriptDigest, symbols } from "./page/inline.ts"
import { runsTable } from "./page/runsTable.ts"
import {
  figureSection,
  noticeOf,
  numbers,
  type PageFigure,
  provenanceSection,
  type Setting,
  settingsSection
} from "./page/sections.ts"
import { style } from "./page/style.ts"
import type { Study } from "./types.ts"

/** Minified texts that define `vega`, `vegaLite` and `vegaEmbed` in a browser, in the order they must run. */
export interface Scripts {
  readonly vega: string
  readonly vegaLite: string
  readonly vegaEmbed: string
}

/** All that a page shows. The first study leads: its numbers stand at the top. */
export interface PageInput {
  readonly title: string
  readonly subtitle?: string
  readonly studies: readonly [Study, ...ReadonlyArray<Study>]
  readonly figures: ReadonlyArray<PageFigure>
  readonly settings: ReadonlyArray<Setting>
  readonly scripts: Scripts
}

/** Nothing may be fetched; only the scripts of this page run, and none of them may evaluate text. */
const policyOf = (scripts: ReadonlyArray<string>): string =>
  `default-src 'none'; script-src ${scripts.map(scriptDigest).join(" ")}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'`

const tableSection = async (study: Study): Promise<string> => {
  const csv = encodeURIComponent(await toCsv(runColumns, study.runs))
  const file = escapeHtml(`runs-${study.model}.csv`)
  return [
    `<div class="wide"><div class="tools"><h3>${symbols(study.title)}: ${study.runs.length} runs</h3>`,
    `<a download="${file}" href="data:text/csv;charset=utf-8,${escapeHtml(csv)}">Download with all digits (CSV)</a></div>`,
    noticeOf(study),
    runsTable(study),
    "</div>"
  ].join("\n")
}

/** The page's HTML. The same input gives the same bytes. */
export const renderPage = async (input: PageInput): Promise<string> => {
  const { title, subtitle, studies, figures, settings } = input
  const scripts = [input.scripts.vega, input.scripts.vegaLite, input.scripts.vegaEmbed, client].map(safeScript)
  const tables = await Promise.all(studies.map(tableSection))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="brink">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>${symbols(title)}</h1>
${subtitle === undefined ? "" : `<p class="subtitle">${symbols(subtitle)}</p>`}
${studies.map(noticeOf).join("")}${studies.map((study) => `<p class="abstract"><strong>${symbols(study.title)}.</strong> ${symbols(abstractOf(study))}</p>`).join("\n")}
${numbers(studies[0])}
<nav aria-label="Sections"><a href="#figures">Figures</a><a href="#runs">Runs</a><a href="#settings">Settings</a><a href="#provenance">Where this comes from</a></nav>
</header>
<section aria-labelledby="figures">
<h2 id="figures">Figures</h2>
${figures.map(figureSection).join("\n")}
</section>
<section aria-labelledby="runs">
<h2 id="runs">Runs</h2>
${tables.join("\n")}
</section>
<section aria-labelledby="settings">
<h2 id="settings">Settings</h2>
${settingsSection(settings, studies)}
</section>
<section aria-labelledby="provenance">
<h2 id="provenance">Where this comes from</h2>
<p>Every figure, table and row was made by an action: one execution of one stage on given inputs, with given settings and code. Its key names it; the command prints all of it.</p>
${provenanceSection(figures, studies)}
</section>
<footer>Made by brink. This file holds all it shows.</footer>
</main>
${scripts.map((code) => `<script>${code}</script>`).join("\n")}
</body>
</html>
`
}
