/**
 * The triangular factor of a matrix of inner products. Knows nothing of what they are of.
 */

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
      row[j] = pivot === 0 ? 0 : (matrix[i * size + j]! - product(row, lower.subarray(j * size, j * size + j))) / pivot
    }
    const own = matrix[i * size + i]!
    const left = own - product(row, row.subarray(0, i))
    row[i] = left > dependent * own ? Math.sqrt(left) : 0
  }
  return lower
}

/** Σ xᵢ yᵢ over the entries of y, in four sums that do not wait for each other. */
const product = (x: Float64Array, y: Float64Array): number => {
  let [a, b, c, d] = [0, 0, 0, 0]
  const even = y.length - (y.length % 4)
  for (let i = 0; i < even; i += 4) {
    a += x[i]! * y[i]!
    b += x[i + 1]! * y[i + 1]!
    c += x[i + 2]! * y[i + 2]!
    d += x[i + 3]! * y[i + 3]!
  }
  for (let i = even; i < y.length; i++) a += x[i]! * y[i]!
  return a + b + (c + d)
}
