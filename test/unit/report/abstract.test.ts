/**
 * The abstract follows the data: each rule is shown by data that agree with the paper and by data that do not.
 */
import { describe, expect, it } from "vitest"
import { abstractOf } from "../../../src/report/abstract.ts"
import { findingsOf, kendall } from "../../../src/report/findings.ts"
import type { RunRow, Study } from "../../../src/report/types.ts"
import { networkFlow, networkRuns } from "./sample.ts"
import { diagonalStudy, networkStudy } from "./samplePage.ts"

/** The network study with every run changed. */
const withRuns = (change: (run: RunRow) => Partial<RunRow>): Study => ({
  ...networkStudy,
  runs: networkRuns.map((run) => ({ ...run, ...change(run) }))
})

const measured = (run: RunRow, value: number): number | null => (run.testLoss === null ? null : value)

describe("findings", () => {
  it("count only converged runs", () => {
    const { counts, beyond, test } = findingsOf(networkRuns, networkFlow)
    expect(counts).toEqual({ Converged: 20, Exhausted: 2, Unstable: 1, Diverged: 1 })
    expect(beyond.runs).toBe(5)
    expect(test?.best.ratio).toBe(1.4)
  })

  it("do not depend on the order of the rows", () => {
    expect(findingsOf([...networkRuns].reverse(), networkFlow)).toEqual(findingsOf(networkRuns, networkFlow))
  })

  it("of two runs see no trend", () => {
    expect(
      kendall([
        [1, 2],
        [2, 3]
      ])
    ).toBeNull()
    expect(
      kendall([
        [1, 2],
        [2, 3],
        [3, 5]
      ])
    ).toBe(1)
    expect(
      kendall([
        [1, 5],
        [2, 3],
        [3, 2]
      ])
    ).toBe(-1)
  })
})

describe("the abstract", () => {
  it("tells the paper's story where the data do", () => {
    const text = abstractOf(networkStudy)
    expect(text).toContain("at 24 learning rates from 0.05 to 2.5 times the critical rate η_c = 2/S_max = 0.0517")
    expect(text).toContain("20 runs converged, 2 ran out of steps, 1 stopped at an unstable minimum and 1 diverged.")
    expect(text).toContain("the runs end like gradient flow: sharpness within 0.6\u202f% of S_end = 36.2")
    expect(text).toContain("sharpness lies within 1.8\u202f% of 2/η (S·η between 1.97 and 1.99)")
    expect(text).toContain("‖θ‖₁ grows with η, from")
    expect(text).toContain("Test loss is least at 1.4 η_c (0.0271), below both ends")
    expect(text).toContain("Neither the run of least norm nor the flattest run generalises best.")
  })

  it("tells both norms of a diagonal network, of which one turns", () => {
    const text = abstractOf(diagonalStudy)
    expect(text).toContain("‖β‖₁ = ‖w‖₂² grows with η")
    expect(text).toMatch(/‖w‖₁ changes from 1.03 to 1.15 but not in one direction \(Kendall τ = 0\.\d\d\)/)
  })

  it("says so where runs leave gradient flow below the critical rate", () => {
    const text = abstractOf(withRuns((run) => (run.ratio < 0.3 && run.l1 !== null ? { l1: 1.2 * run.l1 } : {})))
    expect(text).toContain("the runs do not all end like gradient flow")
    expect(text).toMatch(/‖θ‖₁ within 2\d\u202f% of/)
  })

  it("says so where sharpness is off 2/η", () => {
    const momentum = abstractOf(
      withRuns(({ stability }) => ({ stableBelow: 3, stability: stability === null ? null : 1.5 * stability }))
    )
    expect(momentum).toMatch(/sharpness lies within .* of the limit of stability \(S·η between/)
    const text = abstractOf(withRuns((run) => (run.ratio === 1.3 ? { stability: 1.2 } : {})))
    expect(text).toContain("sharpness does not lie on 2/η (S·η between 1.20 and")
  })

  it("says so where the norm falls", () => {
    const text = abstractOf(withRuns((run) => ({ l1: run.l1 === null ? null : 1e4 - 100 * run.ratio })))
    expect(text).toContain("‖θ‖₁ falls with η")
  })

  it.each([
    [
      "the largest rate is best",
      (run: RunRow) => 3 - run.ratio,
      "the largest converged rate; the smallest gives",
      "The run that generalises best is the flattest."
    ],
    ["the smallest rate is best", (run: RunRow) => 1 + run.ratio, "the smallest converged rate; the largest gives", ""],
    ["all are alike", (run: RunRow) => 1 + 1e-4 * run.ratio, "Test loss hardly depends on the learning rate", ""],
    [
      "an end is best by what cannot be told apart",
      (run: RunRow) => (run.ratio === 1 ? 1.05 : run.ratio < 0.3 ? 1 : 1.0001),
      "but not clearly below both ends",
      ""
    ],
    [
      "an end is as good",
      (run: RunRow) => (run.ratio === 1 ? 0.999 : 1 + (run.ratio < 1 ? 0 : run.ratio)),
      "but not clearly below both ends",
      ""
    ]
  ])("gives no U where %s", (_, loss, sentence, verdict) => {
    const text = abstractOf(withRuns((run) => ({ testLoss: measured(run, loss(run)) })))
    expect(text).toContain(sentence)
    expect(text).toContain(verdict)
    expect(text).not.toContain("below both ends of the converged rates (0")
  })

  it("claims nothing where nothing converged", () => {
    const text = abstractOf(withRuns(() => ({ outcome: "Exhausted" })))
    expect(text).toContain("No run converged and 24 ran out of steps.")
    expect(text).toContain("nothing is said about small rates")
    expect(text).toContain("nothing is said about the edge of stability")
    expect(text).toContain("Test loss was not measured on enough converged runs")
    expect(abstractOf({ ...networkStudy, runs: [] })).toBe("No run was made.")
  })
})
