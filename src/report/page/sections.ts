/**
 * The parts of the page around its table of runs: numbers, figures, settings, provenance. Each is a pure function from
 * data to HTML.
 */
import type { Figure } from "../figures/theme.ts"
import { findingsOf } from "../findings.ts"
import { atLeast, flowNotice, reached, shortfall } from "../flow.ts"
import { escapeHtml, formatInteger, formatNumber, shortKey } from "../format.ts"
import type { Study } from "../types.ts"
import { inlineSvg, safeJson, symbols } from "./inline.ts"

/** A figure of the page: the specification to draw, the drawing that stands in until then, and where it comes from. */
export interface PageFigure {
  readonly id: string // unique on the page: letters, digits, hyphens
  readonly title: string
  readonly caption: string
  readonly figure: Figure
  readonly svg: string
  readonly key: string // the action that drew it
}

/** One line of the settings: what it is called, and its value as text. */
export interface Setting {
  readonly name: string
  readonly value: string
}

const commandOf = (key: string): string => `brink show ${key}`

const copyButton = (text: string, label: string): string =>
  `<button type="button" class="copy" data-copy="${escapeHtml(text)}">${label}</button>`

const numberBox = (name: string, value: string, note: string): string =>
  `<div><dt>${symbols(name)}</dt><dd>${value}<small>${symbols(note)}</small></dd></div>`

/** What a reader must know before any number of a study: that its gradient flow did not come to its end. */
export const noticeOf = ({ title, flow }: Study): string => {
  const notice = flowNotice(flow)
  return notice === undefined
    ? ""
    : `<p class="notice" role="note"><strong>${symbols(title)}.</strong> ${symbols(notice)}</p>\n`
}

/** The few numbers to know before reading: of the leading study. */
export const numbers = (study: Study): string => {
  const { flow, runs } = study
  const { counts, test } = findingsOf(runs, flow)
  const bound = (sign: string): string => (reached(flow) ? "" : `${sign} `)
  const end = reached(flow) ? "S_end" : "where it stopped, above the threshold, S"
  const path = `S_0 = ${formatNumber(flow.initialSharpness)}, ${end} = ${formatNumber(flow.finalSharpness)}`
  const boxes = [
    numberBox("Critical rate η_c", `${bound("≤")}${formatNumber(flow.criticalRate)}`, "2/S_max"),
    numberBox("S_max of gradient flow", `${bound("≥")}${formatNumber(flow.maximalSharpness)}`, path),
    numberBox("Converged runs", `${counts.Converged} of ${runs.length}`, "only these are compared"),
    ...(test === null
      ? []
      : [
          numberBox(
            "Least test loss",
            formatNumber(test.best.testLoss),
            `at ${atLeast(test.best)}${formatNumber(test.best.ratio)} η_c`
          )
        ])
  ]
  return `<dl class="numbers">${boxes.join("")}</dl>`
}

const describe = ({ description }: Figure): string => (typeof description === "string" ? description : "")

/** One figure with its caption and its source. Its data are written once, as JSON. */
export const figureSection = (figure: PageFigure, index: number): string => {
  const id = escapeHtml(figure.id)
  return [
    `<figure id="${id}">`,
    `<h3><span>Figure ${index + 1}.</span>${symbols(figure.title)}</h3>`,
    `<div class="plot" role="group" aria-label="${escapeHtml(describe(figure.figure))}" data-spec="spec-${id}" data-name="${id}"><div class="still">${inlineSvg(figure.svg, id)}</div><div class="drawn" hidden></div></div>`,
    `<script type="application/json" id="spec-${id}">${safeJson(figure.figure)}</script>`,
    `<figcaption>${symbols(figure.caption)}</figcaption>`,
    `<div class="source">Drawn by action <span class="key" title="${escapeHtml(figure.key)}">${escapeHtml(shortKey(figure.key))}</span>${copyButton(commandOf(figure.key), "copy <code>brink show</code>")}</div>`,
    "</figure>"
  ].join("\n")
}

const plainTable = (
  caption: string,
  heads: ReadonlyArray<string>,
  rows: ReadonlyArray<readonly [string, string]>
): string =>
  `<table class="plain stacked"><caption>${escapeHtml(caption)}</caption>` +
  `<thead><tr>${heads.map((head) => `<th scope="col">${escapeHtml(head)}</th>`).join("")}</tr></thead><tbody>` +
  `${rows.map(([name, value]) => `<tr><th scope="row">${name}</th><td>${value}</td></tr>`).join("\n")}</tbody></table>`

const flowSettings = ({ title, flow }: Study): ReadonlyArray<Setting> => [
  {
    name: `Gradient flow of ${title}`,
    value:
      `S_0 = ${formatNumber(flow.initialSharpness, 4)}, S_max = ${formatNumber(flow.maximalSharpness, 4)}, ` +
      `S_end = ${formatNumber(flow.finalSharpness, 4)}; time ${formatNumber(flow.time, 4)} in ${formatInteger(flow.steps)} steps; ` +
      `training loss ${formatNumber(flow.trainLoss)}, ${shortfall(flow) ?? `threshold ${formatNumber(flow.threshold)} reached`}`
  }
]

/** Everything that was set by hand, then what gradient flow gave. */
export const settingsSection = (settings: ReadonlyArray<Setting>, studies: ReadonlyArray<Study>): string =>
  plainTable(
    "Settings",
    ["Setting", "Value"],
    [...settings, ...studies.flatMap(flowSettings)].map(({ name, value }) => [symbols(name), symbols(value)] as const)
  )

/** For every figure, table and flow: the action behind it, and the command that shows it. */
export const provenanceSection = (figures: ReadonlyArray<PageFigure>, studies: ReadonlyArray<Study>): string => {
  const sources = [
    ...figures.map(({ title, key }, i) => ({ name: `Figure ${i + 1}. ${title}`, key })),
    ...studies.map(({ title, key }) => ({ name: `Table of runs: ${title}`, key })),
    ...studies.map(({ title, flow }) => ({ name: `Gradient flow: ${title}`, key: flow.key }))
  ]
  const rows = sources.map(({ name, key }) => {
    const command = commandOf(key)
    return [
      symbols(name),
      `<div class="command"><code>${escapeHtml(command)}</code>${copyButton(command, "copy")}</div>`
    ] as const
  })
  return plainTable("Where this comes from", ["Part of this page", "Command"], rows)
}
