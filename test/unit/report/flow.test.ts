/**
 * A gradient flow that did not reach its threshold is told of wherever something rests on it, and nothing is compared with
 * an end that is none; of one that did, nothing is said.
 */
import { describe, expect, it } from "vitest"
import { abstractOf } from "../../../src/report/abstract.ts"
import { againstLearningRateCaption } from "../../../src/report/captions.ts"
import { runColumns } from "../../../src/report/columns.ts"
import { toCsv } from "../../../src/report/csv.ts"
import { againstLearningRate } from "../../../src/report/figures/againstLearningRate.ts"
import { diagonalPanel } from "../../../src/report/figures/diagonalPanel.ts"
import { testLoss } from "../../../src/report/figures/testLoss.ts"
import { tradeOff } from "../../../src/report/figures/tradeOff.ts"
import { trainingCurves } from "../../../src/report/figures/trainingCurves.ts"
import { findingsOf } from "../../../src/report/findings.ts"
import { flowNotice, withNotice } from "../../../src/report/flow.ts"
import { renderPage } from "../../../src/report/page.ts"
import { networkFlow, networkRuns, sharpnessPoints } from "./sample.ts"
import { networkStudy, shortStudy } from "./samplePage.ts"

const { flow, runs } = shortStudy()
const pageOf = (study: typeof networkStudy) =>
  renderPage({
    title: "T",
    studies: [study],
    figures: [],
    settings: [],
    scripts: { vega: "", vegaLite: "", vegaEmbed: "" }
  })

describe("a flow that ran out of steps", () => {
  it("is told of above all else, with what it means for every number", async () => {
    const html = await pageOf(shortStudy())
    const notice = html.indexOf('class="notice"')
    expect(notice).toBeGreaterThan(0)
    expect(notice).toBeLessThan(html.indexOf('class="abstract"'))
    expect(html).toContain(
      "Gradient flow did not reach the threshold: it ran out of steps (Exhausted) after 20 steps, at training loss 0.119 above 0.01."
    )
    expect(html).toContain("is an upper bound of the critical rate, and every ratio η/η<sub>c</sub> a lower bound")
    // At the top, at the table and in the settings.
    expect(html.match(/ran out of steps \(Exhausted\)/g)).toHaveLength(3)
    expect(html).toMatch(/Critical rate η<sub>c<\/sub><\/dt><dd>≤ 0\.0517/)
    expect(html).toMatch(/<dd>≥ 38\.7<small>S<sub>0<\/sub> = 9\.41, where it stopped/)
  })

  it("is what no run is compared with", () => {
    const findings = findingsOf(runs, flow)
    expect([findings.aligned.sharpnessDeviation, findings.l1.deviation, findings.l2Squared.deviation]).toEqual([
      null,
      null,
      null
    ])
    const text = abstractOf(shortStudy())
    expect(text).toContain("as far as it went: an upper bound of the critical rate")
    expect(text).toContain("not compared with gradient flow, which did not reach the threshold")
    expect(text).not.toMatch(/S_end|end like gradient flow/)
  })

  it("stands in every row, in each figure and in its caption", async () => {
    const csv = await toCsv(runColumns, runs)
    expect(csv.split("\n")[0]).toContain("ratio,flowOutcome,")
    expect(csv.split("\n")[1]).toContain(",Exhausted,")
    const said = (figure: unknown): string => JSON.stringify(figure)
    expect(said(againstLearningRate(runs, flow))).toContain("(critical rate: at most 0.0517)")
    for (const figure of [againstLearningRate, testLoss, tradeOff, diagonalPanel])
      expect(said(figure(runs, flow))).toContain("gradient flow, stopped above the threshold")
    expect(said(testLoss(runs, flow))).toContain("at ≥ 1.40 × critical")
    const points = sharpnessPoints.map((point) => ({ ...point, flowOutcome: "Exhausted" as const }))
    expect(said(trainingCurves([], points))).toContain(", ≥ 1.20 × critical")
    expect(withNotice(againstLearningRateCaption, flow).caption).toContain(
      "Here gradient flow did not reach the threshold"
    )
  })
})

describe("a flow that reached its threshold", () => {
  it("needs no notice", async () => {
    expect(flowNotice(networkFlow)).toBeUndefined()
    const html = await pageOf(networkStudy)
    expect(html).not.toContain('class="notice"')
    expect(html).not.toMatch(/[≤≥] \d/)
    expect(html).toContain("threshold 0.01 reached")
    expect(JSON.stringify(againstLearningRate(networkRuns, networkFlow))).not.toContain("stopped above")
    expect(withNotice(againstLearningRateCaption, networkFlow)).toEqual(againstLearningRateCaption)
  })
})
