import { describe, expect, it } from "vitest"
import { distance, dot } from "../../support/draw.ts"
import * as minimal from "../../support/minimal.ts"
import { smallModel } from "../../support/models.ts"

describe("a diagonal network on one sample, L = ½ r²", () => {
  const sizes = { train: 1, test: 1, features: 4, outputs: 1 }
  const { weights: w, direction: v, train, gradient, product } = smallModel({ kind: "diagonal", scale: 0.1 }, 3, sizes)
  const x = train["inputs"]!
  const slope = x.map((value, i) => value * w[i]!) // x ⊙ w
  const r = dot(slope, w) - train["targets"]![0]!

  it("has gradient 2 r (x ⊙ w)", () => {
    expect(
      distance(
        gradient(w),
        slope.map((value) => 2 * r * value)
      )
    ).toBeLessThan(1e-15)
  })

  it("has Hessian 4 (x ⊙ w)(x ⊙ w)ᵀ + 2 r diag(x)", () => {
    const expected = slope.map((value, i) => 4 * value * dot(slope, v) + 2 * r * x[i]! * v[i]!)
    expect(distance(product(w, v), expected)).toBeLessThan(1e-15)
  })
})

describe("a diagonal network on the problem of the minimal study", () => {
  const { inputs, targets } = minimal.problem
  const sizes = { train: inputs.length, test: 1, features: inputs[0]!.length, outputs: 1 }
  const model = smallModel({ kind: "diagonal", scale: 0.1 }, 4, sizes)
  const { weights: w, direction: v, run, named } = model
  const given = { inputs: Float64Array.from(inputs.flat()), targets: Float64Array.from(targets), ...named(w) }

  it("has the loss and gradient derived by hand", () => {
    const derived = run("gradient", given)
    expect(derived["loss"]![0]).toBeCloseTo(minimal.loss(minimal.problem, [...w]), 14)
    expect(
      distance(derived["weight.gradient"]!, Float64Array.from(minimal.gradient(minimal.problem, [...w])))
    ).toBeLessThan(1e-14)
  })

  it("has the Hessian-vector product derived by hand", () => {
    const point = { ...given, ...run("linearize", given), ...named(v, ".direction") }
    const byHand = Float64Array.from(minimal.multiply(minimal.problem, [...w], [...v]))
    expect(distance(run("multiply", point)["weight.product"]!, byHand)).toBeLessThan(1e-14)
  })

  it("descends to where the minimal study descends", () => {
    const learningRate = 1.3
    const byHand = minimal.descend(minimal.problem, learningRate, 0.1, 1e-6)
    let at = named(new Float64Array(sizes.features).fill(0.1))
    for (let step = 0; step < byHand.steps; step++) {
      const { "weight.next": weight } = run("step", { ...given, ...at, learningRate: Float64Array.of(learningRate) })
      at = { weight: weight! }
    }
    expect(dot(at["weight"]!, at["weight"]!)).toBeCloseTo(byHand.norm, 9)
  })
})
