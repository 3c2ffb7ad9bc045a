/**
 * Eigenvalues and eigenvectors of a small dense symmetric matrix: Householder reflections to tridiagonal form, then QL.
 * Knows nothing of where the matrix comes from.
 *
 * Source  Martin, Reinsch, Wilkinson 1968, "Householder's tridiagonalization of a symmetric matrix"
 */
import { identityRows, type TridiagonalEigen, tridiagonalEigen } from "./tridiagonal.ts"

/**
 * The eigenvalues of A, ascending, and the rows of the orthogonal V with A V = V Λ: element j of row i is component i of
 * eigenvector j. Only the lower triangle is read.
 *
 * Shape  [m] × m → [m], [m] × m
 */
export const symmetricEigen = (matrix: ReadonlyArray<ArrayLike<number>>): TridiagonalEigen => {
  const size = matrix.length
  const a = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => (j <= i ? matrix[i]![j]! : matrix[j]![i]!))
  )
  const q = identityRows(size) // A = Q T Qᵀ
  for (let k = 0; k < size - 2; k++) {
    const u = reflector(a[k]!, k + 1)
    if (u === undefined) continue
    reflectBoth(a, u)
    for (const row of q) reflectRow(row, u)
  }
  const diagonal = a.map((row, i) => row[i]!)
  const offDiagonal = a.slice(1).map((row, i) => row[i]!)
  const rounding = Number.EPSILON * [...diagonal, ...offDiagonal].reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  const whole = offDiagonal.map((x) => (Math.abs(x) <= rounding ? 0 : x)) // of a matrix of low rank, QL would look for digits in it
  return tridiagonalEigen(diagonal, whole, q)
}

/** The unit vector u, zero before `from`, for which (1 − 2 u uᵀ) makes all entries of `row` after `from` vanish. */
const reflector = (row: Float64Array, from: number): Float64Array | undefined => {
  const u = new Float64Array(row.length)
  let tail = 0
  for (let j = from + 1; j < row.length; j++) tail = Math.hypot(tail, row[j]!)
  if (tail === 0) return undefined
  const length = Math.hypot(row[from]!, tail)
  u.set(row.subarray(from), from)
  u[from]! += row[from]! >= 0 ? length : -length // away from zero
  const norm = Math.hypot(u[from]!, tail)
  return u.map((value) => value / norm)
}

/** row ← row (1 − 2 u uᵀ) */
const reflectRow = (row: Float64Array, u: Float64Array): void => {
  let inner = 0
  for (let j = 0; j < u.length; j++) inner += row[j]! * u[j]!
  for (let j = 0; j < u.length; j++) row[j]! -= 2 * inner * u[j]!
}

/** A ← (1 − 2 u uᵀ) A (1 − 2 u uᵀ) = A − 2 u pᵀ − 2 p uᵀ with p = A u − (uᵀ A u) u. */
const reflectBoth = (a: ReadonlyArray<Float64Array>, u: Float64Array): void => {
  const image = Float64Array.from(a, (row) => row.reduce((sum, value, j) => sum + value * u[j]!, 0))
  const inner = image.reduce((sum, value, i) => sum + value * u[i]!, 0)
  const p = image.map((value, i) => value - inner * u[i]!)
  for (let i = 0; i < u.length; i++) {
    for (let j = 0; j < u.length; j++) a[i]![j]! -= 2 * (u[i]! * p[j]! + p[i]! * u[j]!)
  }
}
