/** Matrices made of others: DHD, and the parts of a Hessian. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed, normal } from "../../../src/random/Prng.ts"
import { splitCurvature } from "../../../src/spectral/gaussNewton.ts"
import { lanczos } from "../../../src/spectral/lanczos.ts"
import { difference, type Multiply, scaled } from "../../../src/spectral/operators.ts"
import * as minimal from "../../support/minimal.ts"
import { diagonal, withSpectrum } from "../../support/symmetric.ts"

const top = (dimension: number, multiply: Multiply<never, never>) =>
  Effect.map(
    lanczos({
      dimension,
      multiply,
      start: normal(fromSeed("top"), dimension),
      wanted: { largest: 1, smallest: 0 },
      tolerance: 1e-10,
      maxProducts: 100
    }),
    ({ largest }) => largest[0]!.value
  )

describe("scaled", () => {
  it.effect("is D H D", () =>
    Effect.gen(function* () {
      const h = withSpectrum(fromSeed(1), [3, 1, -2])
      const d = [2, -1, 0.5]
      for (let j = 0; j < 3; j++) {
        const column = yield* scaled(h.multiply, d)(Float64Array.from([0, 1, 2], (i) => (i === j ? 1 : 0)))
        column.forEach((value, i) => {
          assert.closeTo(value, d[i]! * h.entries[3 * i + j]! * d[j]!, 1e-15)
        })
      }
    })
  )

  it.effect("its top eigenvalue does not change when a network of two layers is rescaled, the Hessian's does", () =>
    Effect.gen(function* () {
      // L = ½ (a b − 1)², at (a, b): invariant under a → s a, b → b / s
      const at = (a: number, b: number) => {
        const hessian: Multiply<never, never> = ([u, v]) =>
          Effect.succeed(Float64Array.of(b * b * u! + (2 * a * b - 1) * v!, (2 * a * b - 1) * u! + a * a * v!))
        return Effect.all([top(2, hessian), top(2, scaled(hessian, [Math.abs(a), Math.abs(b)]))])
      }
      const [plain, companion] = yield* at(2, -0.6)
      const [stretched, same] = yield* at(20, -0.06)
      assert.closeTo(companion, same, 1e-10)
      assert.isAbove(stretched, 10 * plain)
    })
  )
})

describe("the split of a Hessian", () => {
  /** A diagonal network's: G = 4/n Σ (x ⊙ w)(x ⊙ w)ᵀ, R = 2/n diag Σ r x, which its product with r = 0 and without tells. */
  const w = [0.5, 0.7, 0.2, 0.4, 0.3]
  const hessian: Multiply<never, never> = (v) =>
    Effect.succeed(Float64Array.from(minimal.multiply(minimal.problem, w, [...v])))
  const targets = minimal.problem.inputs.map((x) => x.reduce((sum, value, i) => sum + value * w[i]! ** 2, 0))
  const gaussNewton: Multiply<never, never> = (v) =>
    Effect.succeed(Float64Array.from(minimal.multiply({ ...minimal.problem, targets }, w, [...v])))
  /** 2/n Σ r x */
  const restDiagonal = w.map((_, i) =>
    minimal.problem.inputs.reduce((sum, x, n) => sum + (targets[n]! - minimal.problem.targets[n]!) * x[i]!, 0)
  )

  it.effect("finds the ends of each part, and what they give to the sharpest direction", () =>
    Effect.gen(function* () {
      const split = yield* splitCurvature({ dimension: 5, hessian, gaussNewton, tolerance: 1e-10, maxProducts: 100 })
      assert.isTrue(split.converged)
      assert.closeTo(split.hessian.value, yield* top(5, hessian), 1e-10)
      assert.closeTo(split.gaussNewton.value, yield* top(5, gaussNewton), 1e-10)
      assert.closeTo(split.rest.high.value, Math.max(...restDiagonal), 1e-10)
      assert.closeTo(split.rest.low.value, Math.min(...restDiagonal), 1e-10)
      assert.closeTo(split.along.gaussNewton + split.along.rest, split.hessian.value, 1e-12)
      const { vector } = split.hessian
      const expected = restDiagonal.reduce((sum, value, i) => sum + value * vector[i]! ** 2, 0)
      assert.closeTo(split.along.rest, expected, 1e-9)
    })
  )

  it.effect("counts the products with each matrix", () =>
    Effect.gen(function* () {
      const [h, g] = [withSpectrum(fromSeed(2), [5, 3, 1, 0]), diagonal([4, 1, 1, 0])]
      const options = { hessian: h.multiply, gaussNewton: g.multiply, tolerance: 1e-8, maxProducts: 50 }
      const split = yield* splitCurvature({ dimension: 4, ...options })
      assert.deepStrictEqual(split.products, { hessian: h.products(), gaussNewton: g.products() })
    })
  )

  it.effect("is not converged where one part is not", () =>
    Effect.gen(function* () {
      const spectrum = Array.from({ length: 60 }, (_, i) => i / 60)
      const h = withSpectrum(fromSeed(3), spectrum)
      const zero: Multiply<never, never> = (v) => Effect.succeed(new Float64Array(v.length))
      const options = { hessian: h.multiply, gaussNewton: zero, tolerance: 1e-10, maxProducts: 8 }
      assert.isFalse((yield* splitCurvature({ dimension: 60, ...options })).converged)
    })
  )

  it.effect("difference is A − B", () =>
    Effect.gen(function* () {
      const product = yield* difference(diagonal([3, 5]).multiply, diagonal([1, 7]).multiply)(Float64Array.of(1, 2))
      assert.deepStrictEqual([...product], [2, -4])
    })
  )
})
