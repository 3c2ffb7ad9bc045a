/**
 * What a Krylov space with a random start says about eigenvalues that it has not found. A start near an eigenvector that
 * is not the top one can give a small residual early; only its random part can tell that there is something larger, and
 * this is how much it tells. Knows nothing of Ritz vectors.
 */
import type { Projection } from "./krylov.ts"

/**
 * Let u be an eigenvector with eigenvalue μ, and γ the component of the normalised start along it. Lanczos' recurrence
 * gives the next basis vectors the components p₁(μ) γ, p₂(μ) γ, … along u, with known polynomials p. Components of a unit
 * vector along orthonormal ones have squares that sum to at most 1, so Σ pⱼ(μ)² ≤ 1/γ². The polynomials grow fast outside
 * of the Ritz values. So an eigenvalue far outside can only exist if γ is tiny, and for a random start this is unlikely:
 * |γ| < ε share √(π / 2n) has a probability of at most ε, where `share` is the length of the start's random part (uniform
 * on the sphere, independent of the matrix), whatever its other part is.
 *
 * `limit` is that 1/γ², for a probability ε that one given eigenvector is missed.
 *
 * Source  Hochstenbach 2013, "Probabilistic upper bounds for the matrix two-norm"; van Dorsselaer, Hochstenbach, van der
 *         Vorst 2000, "Computing probabilistic bounds for extreme eigenvalues of symmetric matrices with the Lanczos method"
 */
export const limitOf = (dimension: number, share: number, probability: number): number =>
  (2 * dimension) / (Math.PI * (probability * share) ** 2)

/** Whether there is no eigenvalue at `x`, but for the small probability that belongs to `limit`: Σ pⱼ(x)² > limit. */
export const excludes = ({ diagonal, offDiagonal, remainder }: Projection, x: number, limit: number): boolean => {
  let before = 0 // p_{j−1}(x)
  let here = 1 // p_j(x)
  let sum = 1
  for (let j = 0; j < diagonal.length; j++) {
    const next = ((x - diagonal[j]!) * here - (offDiagonal[j - 1] ?? 0) * before) / (offDiagonal[j] ?? remainder)
    before = here
    here = next
    sum += next * next
    if (!(sum <= limit)) return true
  }
  return false
}

/** Doublings and halvings in the search for a bound. */
const widest = 60
const finest = 30

/**
 * The bound above the largest Ritz value θ (at `end` 1), or below the smallest (at `end` −1), beyond which there is no
 * eigenvalue but for that probability; ±∞ where nothing can be said. `scale` is the size of the spectrum.
 */
export const bound = (projection: Projection, ritz: number, end: 1 | -1, scale: number, limit: number): number => {
  if (!(scale > 0)) return ritz
  let outside = 1e-6 * scale
  for (let i = 0; !excludes(projection, ritz + end * outside, limit); i++) {
    if (i === widest) return end * Number.POSITIVE_INFINITY
    outside *= 2
  }
  let inside = 0 // the sum grows with the distance from the outermost Ritz value
  for (let i = 0; i < finest && outside - inside > 1e-9 * scale; i++) {
    const middle = (inside + outside) / 2
    if (excludes(projection, ritz + end * middle, limit)) outside = middle
    else inside = middle
  }
  return ritz + end * outside
}
