/**
 * Sharpness as the mean rise of the loss in a neighbourhood of the weights. Takes the loss as a function. For the mean over
 * batches ("m-sharpness"), take the mean of the results for each batch's loss.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal, split, uniform } from "../random/Prng.ts"
import type { FloatArray } from "../tensor/Tensor.ts"
import { LossNotFinite } from "./Errors.ts"
import { type Estimate, estimate } from "./estimate.ts"
import { type Neighbourhood, perturbed, scaleOf } from "./neighbourhood.ts"

export interface AverageOptions<E, R> extends Neighbourhood {
  readonly loss: (weights: FloatArray) => Effect.Effect<number, E, R>
  readonly weights: FloatArray // [p]
  /** Default 20 */
  readonly draws?: number
}

/**
 * The mean rise of the loss for random ε, with the losses' spread as its error: entries normal with standard deviation ρ
 * ("l2"; the length is then about ρ √p, as in the source), or uniform on [−ρ, ρ] ("maximum"). Near a minimum and for small ρ
 * it is ρ²/2 tr(DHD), or a third of that, with D = diag c. Draw i depends on the seed and i alone.
 *
 * Errors  LossNotFinite
 */
export const averageSharpness = <E, R>(options: AverageOptions<E, R>): Effect.Effect<Estimate, E | LossNotFinite, R> =>
  Effect.gen(function* () {
    const { loss, weights, draws = 20, radius, norm } = options
    if (!(Number.isInteger(draws) && draws >= 1)) throw new RangeError(`draws must be at least 1, got ${draws}`)
    const root = split(fromSeed(options.seed), "average sharpness")
    const scale = scaleOf(options)
    const before = yield* loss(weights)
    if (!Number.isFinite(before)) return yield* new LossNotFinite({ measure: "average sharpness", evaluation: 1 })
    const rises: Array<number> = []
    for (let i = 0; i < draws; i++) {
      const generator = split(root, `draw ${i}`)
      const size = weights.length
      const noise = norm === "l2" ? normal(generator, size) : uniform(generator, size, -1, 1)
      const moved = perturbed(
        weights,
        scale,
        noise.map((value) => radius * value)
      )
      const rise = (yield* loss(moved)) - before
      if (!Number.isFinite(rise)) return yield* new LossNotFinite({ measure: "average sharpness", evaluation: i + 2 })
      rises.push(rise)
    }
    return estimate(rises)
  })
