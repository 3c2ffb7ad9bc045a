/**
 * The inner product of two vectors.
 */

/** Σ xᵢ yᵢ over the entries of y, in four sums that do not wait for each other. */
export const dot = (x: Float64Array, y: Float64Array): number => {
  const even = y.length - (y.length % 4)
  let [a, b, c, d] = [0, 0, 0, 0]
  for (let i = 0; i < even; i += 4) {
    a += x[i]! * y[i]!
    b += x[i + 1]! * y[i + 1]!
    c += x[i + 2]! * y[i + 2]!
    d += x[i + 3]! * y[i + 3]!
  }
  for (let i = even; i < y.length; i++) a += x[i]! * y[i]!
  return a + b + (c + d)
}
