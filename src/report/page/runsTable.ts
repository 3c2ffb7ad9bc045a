/**
 * The table of a study's runs: every number of every run, sortable, each row with the action that measured it.
 * Columns in which nothing was measured are left out.
 */

import { outcomes } from "../figures/theme.ts"
import { symbolsOf } from "../figures/tip.ts"
import { reached } from "../flow.ts"
import {
  escapeHtml,
  formatFixed,
  formatInteger,
  formatPercent,
  formatSignificant,
  formatWithError,
  missing,
  shortKey
} from "../format.ts"
import type { Outcome, RunRow, Study } from "../types.ts"
import { symbols } from "./inline.ts"

interface Column {
  readonly head: string // may hold η_c, S_max
  readonly meaning: string
  readonly value: (run: RunRow) => string | number | null
  readonly show: (run: RunRow) => string // HTML
  readonly text?: boolean
}

/** The mark of an outcome as figures draw it. */
const shapes: Readonly<Record<Outcome, string>> = {
  Converged: '<circle cx="6" cy="6" r="4.6"/>',
  Exhausted: '<rect x="1.8" y="1.8" width="8.4" height="8.4"/>',
  Unstable: '<path d="M6 .6 11.4 6 6 11.4.6 6Z"/>',
  Diverged: '<path d="M6 1.2 11.2 10.4H.8Z"/>'
}

const badge = ({ outcome }: RunRow): string => {
  const color = outcomes.find(({ name }) => name === outcome)!.color
  const fill = outcome === "Converged" ? color : "#fff"
  return `<span class="badge"><svg viewBox="0 0 12 12" aria-hidden="true" fill="${fill}" stroke="${color}" stroke-width="1.7">${shapes[outcome]}</svg>${outcome}</span>`
}

const copyKey = ({ key }: RunRow): string =>
  `<button type="button" class="copy key" title="${escapeHtml(key)}" data-copy="${escapeHtml(key)}">${escapeHtml(shortKey(key))}</button>`

const number = (
  head: string,
  meaning: string,
  value: (run: RunRow) => number | null,
  format: (value: number | null) => string
): Column => ({
  head,
  meaning,
  value,
  show: (run) => format(value(run))
})

const columnsOf = (model: string): ReadonlyArray<Column> => {
  const names = symbolsOf(model)
  const digits = (count: number) => (value: number | null) => formatSignificant(value, count)
  const decimals = (value: number | null) => formatFixed(value, 3)
  const whole = (value: number | null) => (value === null ? missing : formatInteger(value))
  const share = (value: number | null) => formatPercent(value, 2)
  return [
    number("η / η_c", "learning rate in units of the critical rate", (run) => run.ratio, digits(3)),
    {
      head: "Flow",
      meaning: "how the gradient flow ended that gave η_c; where it did not converge, η / η_c is a lower bound",
      value: (run) => (reached({ outcome: run.flowOutcome }) ? null : run.flowOutcome),
      show: (run) => run.flowOutcome,
      text: true
    },
    number("η", "learning rate", (run) => run.learningRate, digits(4)),
    { head: "Outcome", meaning: "how the run ended", value: (run) => run.outcome, show: badge, text: true },
    number("Steps", "steps of gradient descent", (run) => run.steps, whole),
    {
      head: "S",
      meaning:
        "sharpness: largest eigenvalue of the training loss's Hessian; ≈: its search ended before it was settled",
      value: (run) => run.sharpness,
      show: (run) => `${run.eigenvalues === "Exhausted" ? "≈ " : ""}${formatSignificant(run.sharpness, 4)}`
    },
    number("S · η", "plain gradient descent is stable below 2", (run) => run.stability, decimals),
    number(names.l1, "sum of absolute parameters", (run) => run.l1, digits(4)),
    number(names.l2Squared, "sum of squared parameters", (run) => run.l2Squared, digits(4)),
    number("Test loss", "where the run stopped", (run) => run.testLoss, digits(3)),
    number("Test acc.", "share of test samples classified correctly", (run) => run.testAccuracy, share),
    number("Train loss", "where the run stopped", (run) => run.trainLoss, digits(3)),
    number("Train acc.", "share of training samples classified correctly", (run) => run.trainAccuracy, share),
    number("Residual", "‖Hv − Sv‖: an eigenvalue lies this near to S", (run) => run.residual, digits(2)),
    {
      head: "λ_min",
      meaning:
        "smallest eigenvalue of the Hessian ± its residual: an eigenvalue lies this near; ≈: rounded more coarsely than that",
      value: (run) => run.sharpnessLow,
      show: (run) => formatWithError(run.sharpnessLow, run.residualLow)
    },
    number("Products", "Hessian-vector products spent on S and λ_min", (run) => run.products, whole),
    { head: "Action", meaning: "the action that measured the run", value: (run) => run.key, show: copyKey, text: true }
  ]
}

const headCell = (column: Column, index: number): string =>
  `<th scope="col" aria-sort="${index === 0 ? "ascending" : "none"}"${column.text ? ' class="text"' : ""}>` +
  `<button type="button" title="${escapeHtml(column.meaning)}">${symbols(column.head)}</button></th>`

const cell = (column: Column, run: RunRow, index: number): string => {
  const tag = index === 0 ? 'th scope="row"' : "td"
  const value = column.value(run)
  return `<${tag}${column.text ? ' class="text"' : ""} data-value="${escapeHtml(String(value ?? ""))}">${column.show(run)}</${tag.slice(0, 2)}>`
}

/** The runs of a study as an HTML table, in the order of their learning rates. */
export const runsTable = (study: Study): string => {
  const runs = [...study.runs].sort((a, b) => a.learningRate - b.learningRate)
  const columns = columnsOf(study.model).filter(({ value }) => runs.some((run) => value(run) !== null))
  const rows = runs.map(
    (run) => `<tr id="run-${escapeHtml(run.key)}">${columns.map((column, i) => cell(column, run, i)).join("")}</tr>`
  )
  return [
    `<div class="scroll" tabindex="0" role="region" aria-label="Runs of ${escapeHtml(study.title)}">`,
    `<table class="runs" data-model="${escapeHtml(study.model)}"><caption>Runs of ${escapeHtml(study.title)}</caption>`,
    `<thead><tr>${columns.map(headCell).join("")}</tr></thead>`,
    `<tbody>\n${rows.join("\n")}\n</tbody></table></div>`
  ].join("\n")
}
