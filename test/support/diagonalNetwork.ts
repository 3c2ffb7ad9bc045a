/**
 * The two-weight diagonal network f(x) = ⟨w ⊙ w, x⟩ on one sample, with loss ½ (f(x) − y)², written out by hand.
 * With r the residual: ∇L = 2 r (x ⊙ w), Hessian = 4 (x ⊙ w)(x ⊙ w)ᵀ + 2 r diag(x).
 */
import * as Effect from "effect/Effect"
import { toyDataset } from "../../src/data/toy.ts"
import { fromSeed, normal } from "../../src/random/Prng.ts"
import { lanczos, requireConverged } from "../../src/spectral/lanczos.ts"
import { type FloatArray, floats } from "../../src/tensor/Tensor.ts"
import type { Descend } from "../../src/train/gradientDescent.ts"

const [x1, x2] = floats(toyDataset("float64").train.inputs) as unknown as [number, number]
const [y] = floats(toyDataset("float64").train.targets) as unknown as [number]
const truth = floats(toyDataset("float64").test.targets)

const residual = (a: number, b: number): number => x1 * a * a + x2 * b * b - y

/** w₀ = 0.05 (1, 1) */
export const start = Float64Array.of(0.05, 0.05)

export const descend: Descend<never, never> = (theta, learningRate, steps) =>
  Effect.sync(() => {
    let [a, b] = theta as unknown as [number, number]
    const losses = new Float64Array(steps)
    for (let step = 0; step < steps; step++) {
      const r = residual(a, b)
      losses[step] = 0.5 * r * r
      const move = 2 * r * learningRate
      a -= move * x1 * a
      b -= move * x2 * b
    }
    return { theta: Float64Array.of(a, b), losses }
  })

export const gradient = (theta: FloatArray) =>
  Effect.sync(() => {
    const [a, b] = theta as unknown as [number, number]
    const r = residual(a, b)
    return { loss: 0.5 * r * r, gradient: Float64Array.of(2 * r * x1 * a, 2 * r * x2 * b) }
  })

/** S = |λ|max of the Hessian, by Lanczos. */
export const sharpness = (theta: FloatArray): Effect.Effect<number> => {
  const [a, b] = theta as unknown as [number, number]
  const r = residual(a, b)
  const found = lanczos({
    dimension: 2,
    multiply: (v) =>
      Effect.sync(() => {
        const along = x1 * a * v[0]! + x2 * b * v[1]!
        return Float64Array.of(4 * x1 * a * along + 2 * r * x1 * v[0]!, 4 * x2 * b * along + 2 * r * x2 * v[1]!)
      }),
    start: normal(fromSeed("sharpness"), 2),
    wanted: { largest: 1, smallest: 1 },
    tolerance: 1e-6,
    maxProducts: 10
  })
  return found.pipe(
    Effect.flatMap(requireConverged),
    Effect.map(({ largest, smallest }) => Math.max(Math.abs(largest[0]!.value), Math.abs(smallest[0]!.value))),
    Effect.orDie
  )
}

/** ‖β − β*‖² for β = w ⊙ w. */
export const testError = (theta: FloatArray): number => {
  const [a, b] = theta as unknown as [number, number]
  return (a * a - truth[0]!) ** 2 + (b * b - truth[1]!) ** 2
}
