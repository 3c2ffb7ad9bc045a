/**
 * A start that is near what was found for a matrix nearby, and yet can find other things. Knows nothing of products.
 */
import { addScaled, norm, orthogonalize, scale } from "./vectors.ts"

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

/** Less of a guess than this share is another one's: its eigenvalue is not that of what is left of it. */
const mostly = 0.7

/** With orthonormal vectors: without those that are not finite, 0, or mostly the same as those before. */
export const orthonormal = (guesses: ReadonlyArray<Guess>, dimension: number): ReadonlyArray<Guess> => {
  const out: Array<Guess> = []
  for (const [i, guess] of guesses.entries()) {
    const vector = guess.vector.slice()
    if (vector.length !== dimension)
      throw new TypeError(`guess ${i} has ${vector.length} entries, expected ${dimension}`)
    const length = norm(vector)
    if (!(Number.isFinite(guess.value) && Number.isFinite(length) && length > 0)) continue
    scale(vector, 1 / length)
    const before = out.map((earlier) => earlier.vector)
    const { left } = orthogonalize(vector, before)
    if (left <= mostly) continue
    scale(vector, 1 / left)
    out.push({ value: guess.value, vector })
  }
  return out
}

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
 * √(1 − ρ²) v + ρ r, normalised: v the mean of the orthonormal guesses, of which the first `wanted` count fully and those after
 * the next not at all, r the direction of the random vector.
 *
 * Shape  random [n], guesses [n] → [n]
 */
export const warmStart = (random: Float64Array, guesses: ReadonlyArray<Guess>, wanted: number): WarmStart => {
  const start = new Float64Array(random.length)
  for (const [i, { vector }] of guesses.entries()) {
    if (i <= wanted) addScaled(start, i < wanted ? 1 : nextShare, vector)
  }
  const length = norm(start)
  if (length > 0) scale(start, Math.sqrt(1 - randomShare ** 2) / length)
  const part = length > 0 ? randomShare : 1
  addScaled(start, part / norm(random), random)
  const size = norm(start)
  scale(start, 1 / size)
  return { start, share: part / size }
}
