import { describe, expect, it } from "vitest"
import { descend, gradient, loss, multiply, problem, sharpness, study } from "../../support/minimal.ts"

const w = [0.3, -0.8, 0.5, 0.9, 0.2]
const v = [1, 0.4, -0.6, 0.1, 0.7]
const h = 1e-5
const moved = (step: number) => w.map((value, i) => value + step * v[i]!)

describe("the minimal study", () => {
  it("its gradient is the slope of its loss", () => {
    const slope = gradient(problem, w).reduce((sum, value, i) => sum + value * v[i]!, 0)
    expect(slope).toBeCloseTo((loss(problem, moved(h)) - loss(problem, moved(-h))) / (2 * h), 9)
  })

  it("its Hessian-vector product is the slope of its gradient", () => {
    const [above, below] = [gradient(problem, moved(h)), gradient(problem, moved(-h))]
    multiply(problem, w, v).forEach((value, i) => {
      expect(value).toBeCloseTo((above[i]! - below[i]!) / (2 * h), 9)
    })
  })

  const { flow, runs } = study(problem, [0.1, 0.5, 0.9, 1.2, 1.5, 1.8])
  const [slow, fast] = [runs.filter((run) => run.learningRate < 2 / flow.sharpness), runs.slice(3)]

  it("below the critical rate every run ends near the flow", () => {
    expect(slow).toHaveLength(3)
    for (const run of slow) {
      expect(Math.abs(run.sharpness / flow.sharpness - 1)).toBeLessThan(0.01)
      expect(Math.abs(run.norm / flow.norm - 1)).toBeLessThan(0.02)
    }
  })

  it("above it, runs end just below the edge of stability 2/η", () => {
    for (const run of fast) {
      const edge = 2 / run.learningRate
      expect(run.sharpness).toBeLessThan(edge)
      expect(run.sharpness).toBeGreaterThan(0.95 * edge)
    }
  })

  it("and the larger the rate, the flatter the solution and the larger its norm", () => {
    fast.forEach((run, i) => {
      const before = i === 0 ? flow : fast[i - 1]!
      expect(run.sharpness).toBeLessThan(before.sharpness)
      expect(run.norm).toBeGreaterThan(before.norm)
    })
  })

  it("far above it, runs diverge", () => {
    expect(descend(problem, 3).loss).toBeNaN()
  })

  it("sharpness is the largest eigenvalue: of diag(2 r x) + rank one, for one sample", () => {
    const single = { inputs: [[2]], targets: [1] }
    expect(sharpness(single, [1])).toBeCloseTo(4 * 2 * 2 + 2 * 1 * 2, 12) // 4 (x w)² + 2 r x
  })
})
