/**
 * Singular values of a small dense matrix: Householder's reduction to a triangle, then Jacobi rotations of its rows. Accurate
 * to rounding of the largest one. Knows nothing of layers.
 *
 * Source  Demmel, Veselić 1992, "Jacobi's method is more accurate than QR"
 */

/** Two rows count as orthogonal when their cosine is below this. */
const orthogonal = 1e-15
/** Sweeps through all pairs; Jacobi's method needs six to fifteen. */
const maxSweeps = 60

/**
 * The singular values of a row-major matrix, descending.
 *
 * Shape  entries [rows · columns] → [min(rows, columns)]
 */
export const singularValues = (entries: ArrayLike<number>, rows: number, columns: number): Float64Array => {
  if (entries.length !== rows * columns) {
    throw new TypeError(`a [${rows}, ${columns}] matrix has ${rows * columns} entries, got ${entries.length}`)
  }
  const wide = columns >= rows
  const [count, length] = wide ? [rows, columns] : [columns, rows]
  const at = (i: number, j: number): number => (wide ? entries[i * columns + j]! : entries[j * columns + i]!)
  const vectors = Array.from({ length: count }, (_, i) => Float64Array.from({ length }, (_, j) => at(i, j)))
  if (vectors.some((row) => row.some((value) => !Number.isFinite(value))))
    return new Float64Array(count).fill(Number.NaN)
  const triangle = length > count ? lowerTriangle(vectors) : vectors
  orthogonalizeRows(triangle)
  return Float64Array.from(triangle, norm).sort().reverse()
}

const norm = (x: Float64Array): number => {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (largest === 0) return 0
  return largest * Math.sqrt(x.reduce((sum, value) => sum + (value / largest) ** 2, 0))
}

const dot = (x: Float64Array, y: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!
  return sum
}

/** L of A = L Q for orthonormal rows Q, by reflections from the right. Shape [m] × m from [n] × m, n ≥ m */
const lowerTriangle = (rows: ReadonlyArray<Float64Array>): ReadonlyArray<Float64Array> => {
  const work = rows.map((row) => row.slice())
  work.forEach((row, i) => {
    const u = row.slice(i)
    const length = norm(u)
    if (length === 0) return
    u[0]! += u[0]! >= 0 ? length : -length // away from zero
    const size = norm(u)
    for (let j = 0; j < u.length; j++) u[j]! /= size
    for (const other of work.slice(i)) {
      const tail = other.subarray(i)
      const inner = 2 * dot(tail, u)
      for (let j = 0; j < u.length; j++) tail[j]! -= inner * u[j]!
    }
  })
  return work.map((row) => row.slice(0, rows.length))
}

/** Rotates pairs of rows until all are orthogonal; their norms are then the singular values. */
const orthogonalizeRows = (rows: ReadonlyArray<Float64Array>): void => {
  const scale = rows.reduce((most, row) => Math.max(most, norm(row)), 0)
  for (const row of rows) for (let j = 0; j < row.length; j++) row[j]! /= scale || 1 // squares must not overflow
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    let rotated = false
    for (let p = 0; p < rows.length; p++) {
      for (let q = p + 1; q < rows.length; q++) rotated = rotate(rows[p]!, rows[q]!) || rotated
    }
    if (!rotated) break
  }
  for (const row of rows) for (let j = 0; j < row.length; j++) row[j]! *= scale
}

/** Makes two rows orthogonal by a plane rotation; whether that was needed. */
const rotate = (x: Float64Array, y: Float64Array): boolean => {
  const [a, b, c] = [dot(x, x), dot(y, y), dot(x, y)]
  if (Math.abs(c) <= orthogonal * Math.sqrt(a * b)) return false
  const half = (b - a) / (2 * c)
  const tangent = (half >= 0 ? 1 : -1) / (Math.abs(half) + Math.hypot(1, half))
  const cosine = 1 / Math.hypot(1, tangent)
  const sine = cosine * tangent
  for (let i = 0; i < x.length; i++) {
    const [before, other] = [x[i]!, y[i]!]
    x[i] = cosine * before - sine * other
    y[i] = sine * before + cosine * other
  }
  return true
}
