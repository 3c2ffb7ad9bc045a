/**
 * Sharpness as the largest rise of the loss in a neighbourhood of the weights, by gradient ascent. Takes the loss and its
 * gradient as a function. For the mean over batches ("m-sharpness"), take the mean of the results for each batch's loss.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal, type Prng, split, uniform } from "../random/Prng.ts"
import type { FloatArray } from "../tensor/Tensor.ts"
import { LossNotFinite } from "./Errors.ts"
import { type Neighbourhood, perturbed, scaleOf } from "./neighbourhood.ts"

export interface WorstCaseOptions<E, R> extends Neighbourhood {
  readonly gradient: (
    weights: FloatArray
  ) => Effect.Effect<{ readonly loss: number; readonly gradient: ArrayLike<number> }, E, R>
  readonly weights: FloatArray // [p]
  /** Steps of ascent. Default 20 */
  readonly steps?: number
  /** Starts of the ascent, each from another random ε; the best counts. Default 1 */
  readonly starts?: number
}

export interface WorstCase {
  /** max L(w + c ⊙ ε) − L(w) over all ε that were met: a lower bound of the maximum over the neighbourhood. */
  readonly value: number
  /** The ε that gives it. Shape [p] */
  readonly perturbation: Float64Array
  readonly gradients: number
}

/** Share of the new direction in a step; the rest continues the last one. */
const momentum = 0.75
/** A step must raise the maximum at least in this share of the steps between two checks, or it is halved. */
const progress = 0.75

/** Steps after which progress is checked, at shares of all steps that grow denser. */
const checksOf = (steps: number): ReadonlySet<number> => {
  const checks = new Set<number>()
  let [before, at] = [0, 0.22]
  while (at < 1) {
    checks.add(Math.ceil(at * steps))
    const next = at + Math.max(at - before - 0.03, 0.06)
    before = at
    at = next
  }
  return checks
}

/**
 * The largest rise of the loss that projected gradient ascent finds (APGD): steepest steps in ε, at first of length 2 ρ, with
 * momentum, halved and taken up again at the best point where they do not help. Starts are random, as the gradient vanishes at a
 * minimum. Near a minimum and for small ρ the l2 maximum is ρ²/2 λmax(DHD) with D = diag c.
 *
 * Differs from the code of the source for adaptive l2, where it goes along ∇L instead of the steepest direction c ⊙ ∇L in ε.
 *
 * Errors  LossNotFinite
 * Source  the ascent: Croce, Hein 2020 (arXiv 2003.01690), algorithm 1
 */
export const worstCaseSharpness = <E, R>(
  options: WorstCaseOptions<E, R>
): Effect.Effect<WorstCase, E | LossNotFinite, R> =>
  Effect.gen(function* () {
    const { gradient, weights, radius, steps = 20, starts = 1 } = options
    for (const [name, count] of Object.entries({ steps, starts })) {
      if (!(Number.isInteger(count) && count >= 1)) throw new RangeError(`${name} must be at least 1, got ${count}`)
    }
    const root = split(fromSeed(options.seed), "worst case")
    const scale = scaleOf(options)
    const geometry = geometries[options.norm]
    const checks = checksOf(steps)
    let gradients = 0
    const evaluate = (where: FloatArray) =>
      Effect.gen(function* () {
        gradients++
        const here = yield* gradient(where)
        if (Number.isFinite(here.loss)) return here
        return yield* new LossNotFinite({ measure: "worst-case sharpness", evaluation: gradients })
      })
    const { loss: before } = yield* evaluate(weights)
    let value = 0
    let perturbation: Float64Array = new Float64Array(weights.length)
    const at = (epsilon: Float64Array) =>
      Effect.gen(function* () {
        const here = yield* evaluate(perturbed(weights, scale, epsilon))
        const slope = Float64Array.from(here.gradient, (entry, i) => entry * scale(i)) // ∂L/∂ε = c ⊙ ∇L
        if (Number.isFinite(lengthOf(slope))) return { epsilon, slope, rise: here.loss - before }
        return yield* new LossNotFinite({ measure: "worst-case sharpness, its slope", evaluation: gradients })
      })
    for (let start = 0; start < starts; start++) {
      let here = yield* at(geometry.draw(split(root, `start ${start}`), weights.length, radius))
      let last = here.epsilon
      let best = here
      let length = 2 * radius
      let held = { length, rise: best.rise, step: 0 } // at the last check
      let improved = 0
      for (let step = 1; step <= steps; step++) {
        const current = here
        const target = geometry.project(geometry.ascend(current.epsilon, current.slope, length), radius)
        const mixed = target.map((z, i) => {
          const e = current.epsilon[i]!
          return step === 1 ? z : e + momentum * (z - e) + (1 - momentum) * (e - last[i]!)
        })
        last = current.epsilon
        here = yield* at(geometry.project(mixed, radius))
        if (here.rise > current.rise) improved++
        if (here.rise > best.rise) best = here
        if (checks.has(step)) {
          const slow = improved < progress * (step - held.step)
          const stuck = held.length === length && held.rise === best.rise
          held = { length, rise: best.rise, step }
          improved = 0
          if (slow || stuck) {
            length /= 2
            here = best
            last = best.epsilon
          }
        }
      }
      if (best.rise > value) {
        value = best.rise
        perturbation = best.epsilon
      }
    }
    return { value, perturbation, gradients }
  })

const lengthOf = (x: Float64Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))

const stretched = (x: Float64Array, factor: number): Float64Array => x.map((value) => factor * value)

/** What the two norms differ in: a random start, the steepest step of a length, the nearest point of the ball. */
const geometries = {
  l2: {
    draw: (generator: Prng, size: number, radius: number): Float64Array => {
      const direction = normal(generator, size)
      return stretched(direction, radius / lengthOf(direction))
    },
    ascend: (epsilon: Float64Array, slope: Float64Array, length: number): Float64Array => {
      const steepness = lengthOf(slope)
      return steepness > 0 ? epsilon.map((e, i) => e + (length * slope[i]!) / steepness) : epsilon
    },
    project: (epsilon: Float64Array, radius: number): Float64Array => {
      const length = lengthOf(epsilon)
      return length > radius ? stretched(epsilon, radius / length) : epsilon
    }
  },
  maximum: {
    draw: (generator: Prng, size: number, radius: number): Float64Array => uniform(generator, size, -radius, radius),
    ascend: (epsilon: Float64Array, slope: Float64Array, length: number): Float64Array =>
      epsilon.map((e, i) => e + length * Math.sign(slope[i]!)),
    project: (epsilon: Float64Array, radius: number): Float64Array =>
      epsilon.map((e) => Math.max(-radius, Math.min(radius, e)))
  }
} as const
