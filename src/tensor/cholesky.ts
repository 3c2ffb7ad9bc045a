/**
 * The triangular factor of a matrix of inner products. Knows nothing of what they are of.
 */
import { dot } from "./dot.ts"

/** Below this share of its own diagonal entry, what is left of a row is rounding: the row depends on those before. */
const dependent = 1e-12

/**
 * The lower triangular L with L Lᵀ = A, for a symmetric A without negative eigenvalues, of which the lower triangle counts.
 * Where a row of A depends on those before it to rounding, its diagonal entry of L is 0, and its column too.
 *
 * Shape  [n, n] → [n, n]
 */
export const cholesky = (matrix: Float64Array, size: number): Float64Array => {
  const lower = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    const row = lower.subarray(i * size, i * size + i + 1)
    for (let j = 0; j < i; j++) {
      const pivot = lower[j * size + j]!
      row[j] = pivot === 0 ? 0 : (matrix[i * size + j]! - dot(row, lower.subarray(j * size, j * size + j))) / pivot
    }
    const own = matrix[i * size + i]!
    const left = own - dot(row, row.subarray(0, i))
    row[i] = left > dependent * own ? Math.sqrt(left) : 0
  }
  return lower
}
