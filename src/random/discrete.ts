/**
 * Seeded draws of whole numbers: signs, indices and permutations. Exact on every machine, since only the uniform draws
 * of `Prng` and whole-number arithmetic enter. Knows nothing of what is indexed.
 */
import { type Prng, uniform } from "./Prng.ts"

/**
 * `count` signs, −1 or 1 with equal probability (Rademacher's distribution). A shorter draw is the beginning of a longer
 * one.
 *
 * Shape  [count]
 */
export const signs = (prng: Prng, count: number): Float64Array =>
  uniform(prng, count).map((value) => (value < 0.5 ? -1 : 1))

/**
 * `count` indices, each uniform on 0 … below − 1 up to a bias of below / 2⁵³. A shorter draw is the beginning of a longer
 * one.
 *
 * Shape  [count]
 */
export const indices = (prng: Prng, count: number, below: number): Int32Array =>
  Int32Array.from(uniform(prng, count), (value) => Math.floor(value * below))

/**
 * The numbers 0 … count − 1 in a random order (Fisher and Yates, from the end).
 *
 * Shape  [count]
 */
export const permutation = (prng: Prng, count: number): Int32Array => {
  const out = Int32Array.from({ length: count }, (_, i) => i)
  const draws = uniform(prng, count)
  for (let last = count - 1; last > 0; last--) {
    const chosen = Math.floor(draws[last]! * (last + 1))
    const kept = out[last]!
    out[last] = out[chosen]!
    out[chosen] = kept
  }
  return out
}
