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

/**
 * Length of the random part before the sum is normalised. From 0.1 to 0.5 the products hardly change, by a twentieth at the edge
 * of stability: a Krylov space of m vectors from v + ρ r contains (H − λ) times one of m − 1 vectors from r, whatever ρ, if v
 * is an eigenvector for λ.
 */
const randomShare = 0.1

/**
 * Weight of the guesses that are not wanted. The next eigenvector is carried along because it may become the top one: then
 * it is what finds it in time, long before the random part could.
 */
const nextShare = 0.1

/**
 * √(1 − ρ²) v + ρ r, normalised: v the mean direction of the guesses, of which the first `wanted` count fully, r the
 * direction of the random vector.
 *
 * Shape  random [n], guesses [n] → [n]
 */
export const warmStart = (random: Float64Array, guesses: ReadonlyArray<Float64Array>, wanted: number): WarmStart => {
  const start = new Float64Array(random.length)
  guesses.forEach((guess, i) => {
    if (guess.length !== random.length) {
      throw new TypeError(`guess ${i} has ${guess.length} entries, expected ${random.length}`)
    }
    addScaled(start, (i < wanted ? 1 : nextShare) / norm(guess), guess)
  })
  const length = norm(start)
  const known = length > 0 && Number.isFinite(length)
  if (known) scale(start, Math.sqrt(1 - randomShare ** 2) / length)
  else start.fill(0)
  const part = known ? randomShare : 1
  addScaled(start, part / norm(random), random)
  const size = norm(start)
  scale(start, 1 / size)
  return { start, share: part / size }
}
