/**
 * A start that is near known vectors and yet can find others. Knows nothing of matrices.
 */
import { addScaled, norm, scale } from "./vectors.ts"

export interface WarmStart {
  /** Of norm 1. */
  readonly start: Float64Array
  /** The length of its random part. */
  readonly share: number
}

/** An eigenpair of a matrix nearby. */
export interface Guess {
  readonly value: number
  readonly vector: Float64Array // [n]
}

/** Those with a direction. */
export const usable = (guesses: ReadonlyArray<Guess>): ReadonlyArray<Guess> =>
  guesses.filter(({ value, vector }) => {
    const length = norm(vector)
    return Number.isFinite(value) && Number.isFinite(length) && length > 0
  })

/**
 * Length of the random part before the sum is normalised. From 0.1 to 0.5 the products hardly change, by a twentieth at the edge
 * of stability: a Krylov space of m vectors from v + ρ r contains (H − λ) times one of m − 1 vectors from r, whatever ρ, if v
 * is an eigenvector for λ.
 */
const randomShare = 0.1

/**
 * Weight of the first guess that is not wanted. The next eigenvector is carried along because it may become the top one: then it
 * is what finds it in time, long before the random part could. Where it does not, a search takes the fewer products to get rid of
 * it, the smaller its part was: with 0.1 a fifteenth more than with none.
 */
const nextShare = 0.05

/**
 * √(1 − ρ²) v + ρ r, normalised: v the mean direction of the guesses, of which the first `wanted` count fully and those after
 * the next not at all, r the direction of the random vector.
 *
 * Shape  random [n], guesses [n] → [n]
 */
export const warmStart = (random: Float64Array, guesses: ReadonlyArray<Guess>, wanted: number): WarmStart => {
  const start = new Float64Array(random.length)
  for (const [i, { vector }] of guesses.entries()) {
    if (vector.length !== random.length) {
      throw new TypeError(`guess ${i} has ${vector.length} entries, expected ${random.length}`)
    }
    if (i <= wanted) addScaled(start, (i < wanted ? 1 : nextShare) / norm(vector), vector)
  }
  const length = norm(start)
  if (length > 0) scale(start, Math.sqrt(1 - randomShare ** 2) / length)
  const part = length > 0 ? randomShare : 1
  addScaled(start, part / norm(random), random)
  const size = norm(start)
  scale(start, 1 / size)
  return { start, share: part / size }
}
