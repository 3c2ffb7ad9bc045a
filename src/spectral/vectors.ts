/**
 * The few operations on float64 vectors that Krylov methods need. Updates are in place.
 */

/** xᵀy */
export const dot = (x: Float64Array, y: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!
  return sum
}

/** ‖x‖₂ */
export const norm = (x: Float64Array): number => Math.sqrt(dot(x, x))

/** y ← y + a·x */
export const addScaled = (y: Float64Array, a: number, x: Float64Array): void => {
  for (let i = 0; i < y.length; i++) y[i]! += a * x[i]!
}

/** x ← a·x */
export const scale = (x: Float64Array, a: number): void => {
  for (let i = 0; i < x.length; i++) x[i]! *= a
}

/**
 * x ← x − Q Qᵀ x for orthonormal columns Q, twice: once leaves a part along Q as large as the rounding of the part that
 * was taken away, which matters where little of x remains.
 *
 * Source  Giraud, Langou, Rozložník 2005, "On the loss of orthogonality in the Gram–Schmidt process": twice is enough
 */
export const orthogonalize = (x: Float64Array, ...bases: ReadonlyArray<ReadonlyArray<Float64Array>>): void => {
  for (let pass = 0; pass < 2; pass++) {
    for (const basis of bases) for (const column of basis) addScaled(x, -dot(column, x), column)
  }
}

/** Σ coefficients[j] · basis[j] */
export const combine = (basis: ReadonlyArray<Float64Array>, coefficients: Float64Array): Float64Array => {
  const out = new Float64Array(basis[0]!.length)
  basis.forEach((column, j) => {
    addScaled(out, coefficients[j]!, column)
  })
  return out
}
