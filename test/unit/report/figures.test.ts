/**
 * Every figure: compiles without a guess of the compiler, renders to the same bytes, shows every run, joins only
 * converged ones, and holds its data as plain JSON. Also where there is next to nothing to draw.
 */
import { describe, expect, it } from "vitest"
import { againstLearningRate } from "../../../src/report/figures/againstLearningRate.ts"
import { diagonalPanel } from "../../../src/report/figures/diagonalPanel.ts"
import { marksOf, stretches } from "../../../src/report/figures/marks.ts"
import { bestRun, testLoss } from "../../../src/report/figures/testLoss.ts"
import type { Figure } from "../../../src/report/figures/theme.ts"
import { tipOf } from "../../../src/report/figures/tip.ts"
import { tradeOff } from "../../../src/report/figures/tradeOff.ts"
import { trainingCurves } from "../../../src/report/figures/trainingCurves.ts"
import { compileFigure, renderSvg } from "../../../src/report/renderSvg.ts"
import type { RunRow } from "../../../src/report/types.ts"
import { diagonalFlow, diagonalRuns, lossPoints, networkFlow, networkRuns, sharpnessPoints } from "./sample.ts"
import { sampleFigures } from "./samplePage.ts"

const named = Object.entries(sampleFigures).map(([name, { figure }]) => [name, figure] as const)

/** All data values of a figure, wherever they stand. */
const dataOf = (figure: Figure): ReadonlyArray<Record<string, unknown>> => {
  const found: Array<Record<string, unknown>> = []
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return
    for (const [name, value] of Object.entries(part)) {
      if (name === "data") found.push(...((value as { readonly values: Array<Record<string, unknown>> }).values ?? []))
      else visit(value)
    }
  }
  visit(figure)
  return found
}

const marksIn = (svg: string): number => (svg.match(/<path|<line|<text|<rect/g) ?? []).length

const patience = 60_000 // the first drawing loads the renderer

describe.each(named)("the figure %s", { timeout: patience }, (_, figure) => {
  it("compiles without a warning", async () => {
    expect((await compileFigure(figure)).warnings).toEqual([])
  })

  it("renders to the same SVG each time, with nothing that is not a number", async () => {
    const svg = await renderSvg(figure)
    expect(await renderSvg(figure)).toBe(svg)
    expect(svg).toMatch(/^<svg/)
    expect(marksIn(svg)).toBeGreaterThan(20)
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null/)
  })

  it("is plain JSON and says what it shows", () => {
    expect(JSON.parse(JSON.stringify(figure))).toEqual(figure)
    expect(figure.description).toBeTruthy()
  })
})

describe("runs in figures", () => {
  it("are all there: in each panel where measured, at the edge where they diverged", () => {
    const data = dataOf(againstLearningRate(networkRuns, networkFlow)).filter(({ key }) => key !== undefined)
    for (const { key, sharpness } of networkRuns) {
      const own = data.filter((datum) => datum["key"] === key)
      expect(own.map(({ offScale }) => offScale)).toEqual([sharpness === null, sharpness === null])
    }
  })

  it("that converged are joined, never across one that did not", () => {
    const outcomes = ["Converged", "Converged", "Exhausted", "Converged", "Diverged"] as const
    const runs = outcomes.map(
      (outcome, i): RunRow => ({ ...networkRuns[3]!, outcome, learningRate: i + 1, key: `${i}` })
    )
    const marks = marksOf(
      runs,
      (run) => run.learningRate,
      (run) => run.l1
    )
    expect(stretches(marks).map(({ x, stretch }) => [x, stretch])).toEqual([
      [1, 0],
      [2, 0],
      [4, 1]
    ])
  })

  it("tell all their numbers when pointed at, and nothing that was not measured", () => {
    const diverged = networkRuns.find(({ outcome }) => outcome === "Diverged")!
    expect(Object.keys(tipOf(networkRuns[3]!))).toHaveLength(14)
    expect(Object.keys(tipOf(diverged))).toEqual(["title", "outcome", "Hessian products", "action"])
  })

  it("are best only if they converged", () => {
    const tempting: RunRow = { ...networkRuns[0]!, outcome: "Unstable", testLoss: 0 }
    expect(bestRun([tempting, ...networkRuns])?.outcome).toBe("Converged")
    expect(bestRun([tempting])).toBeUndefined()
  })
})

describe("curves", () => {
  it("are thinned, and say so by being shorter than the run", () => {
    const data = dataOf(trainingCurves(lossPoints, sharpnessPoints))
    expect(lossPoints.length).toBeGreaterThan(30_000)
    expect(data.length).toBeLessThan(2_500)
  })

  it("draw hollow where the search for a sharpness was cut off", () => {
    const isOpen = (i: number): boolean => i % 7 === 3
    const points = sharpnessPoints.map((point, i) =>
      isOpen(i) ? { ...point, eigenvalue: "Exhausted" as const } : point
    )
    const layers = (figure: object) => JSON.stringify(figure).match(/"(openPoints|sharpnessPoints)"/g)
    expect(layers(trainingCurves([], sharpnessPoints))).toEqual(['"sharpnessPoints"'])
    expect(layers(trainingCurves([], points))).toEqual(['"sharpnessPoints"', '"openPoints"'])
    const drawn = dataOf(trainingCurves([], points)).length
    expect(drawn).toBe(dataOf(trainingCurves([], sharpnessPoints)).length) // each point once, settled or not
  })

  it("draw a rate's 2/η only where it lies near the panel", () => {
    const edges = dataOf(trainingCurves(lossPoints, sharpnessPoints)).filter(({ x }) => x === undefined)
    const expected = [0.9, 1.2, 1.55].map((ratio) => networkFlow.maximalSharpness / ratio)
    expect(edges.map(({ y }) => y as number).map((y, i) => y / expected[i]!)).toEqual(
      [1, 1, 1].map(() => expect.closeTo(1))
    )
  })
})

describe("runs at one rate", () => {
  it("are curves of their own, named apart, each with the edge of its own optimizer", () => {
    const key = "f".repeat(64)
    const momentum = sharpnessPoints
      .filter(({ ratio }) => ratio === 1.2)
      .map((point) => ({ ...point, sharpness: point.sharpness * 1.1, stableBelow: 3, key }))
    const figure = trainingCurves([], [...sharpnessPoints, ...momentum])
    const data = dataOf(figure)
    expect(new Set(data.flatMap(({ run }) => (run === undefined ? [] : [run]))).size).toBe(5)
    const text = JSON.stringify(figure)
    expect(text).toContain("1.20 × critical (ffffffffffff)")
    expect(text).toContain('"3/η"')
  })
})

describe("next to nothing", { timeout: patience }, () => {
  const sets: ReadonlyArray<readonly [string, ReadonlyArray<RunRow>]> = [
    ["no run", []],
    ["one run", networkRuns.slice(3, 4)],
    ["diverged runs alone", networkRuns.filter(({ outcome }) => outcome === "Diverged")],
    ["runs that did not converge", networkRuns.filter(({ outcome }) => outcome !== "Converged")]
  ]

  it.each(sets)("still makes a figure: %s", async (_, runs) => {
    const figures = [
      againstLearningRate(runs, networkFlow),
      tradeOff(runs, networkFlow),
      testLoss(runs, networkFlow),
      diagonalPanel(runs, diagonalFlow)
    ]
    for (const figure of figures) {
      expect((await compileFigure(figure)).warnings).toEqual([])
      expect(await renderSvg(figure)).not.toMatch(/NaN|Infinity|undefined/)
    }
  })

  it("leaves out losses that a logarithmic axis cannot show", async () => {
    const odd = lossPoints.map((point) => ({
      ...point,
      loss: point.step % 3 === 0 ? 0 : point.step % 3 === 1 ? Infinity : point.loss
    }))
    expect(await renderSvg(trainingCurves(odd, []))).not.toMatch(/NaN|Infinity/)
    expect(await renderSvg(trainingCurves([], []))).toMatch(/^<svg/)
  })

  it("draws test loss alone where there is no accuracy", () => {
    const figure = testLoss(diagonalRuns, diagonalFlow) as { readonly vconcat: ReadonlyArray<unknown> }
    expect(figure.vconcat).toHaveLength(1)
  })
})
