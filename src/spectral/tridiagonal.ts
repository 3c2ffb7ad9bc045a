/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix, by QL iterations with implicit shifts.
 * Knows nothing of where the matrix comes from.
 *
 * Source  Dubrulle, Martin, Wilkinson 1968, "The implicit QL algorithm"; EISPACK `imtql2`
 */

export interface TridiagonalEigen {
  /** Eigenvalues, ascending. Shape [m] */
  readonly values: Float64Array
  /** The given rows times the matrix of eigenvectors: element j of a row belongs to eigenvalue j. */
  readonly rows: ReadonlyArray<Float64Array>
}

/** QL takes two or three iterations per eigenvalue; more than this many means that the entries are not finite. */
const maxIterations = 60

/** Rows of the identity matrix: with them `tridiagonalEigen` gives the eigenvectors themselves. Shape [m] × m */
export const identityRows = (size: number): ReadonlyArray<Float64Array> =>
  Array.from({ length: size }, (_, i) => unitRow(size, i))

/** The unit row eᵢ: with it alone `tridiagonalEigen` gives component i of every eigenvector, in O(m²). Shape [m] */
export const unitRow = (size: number, at: number): Float64Array => {
  const row = new Float64Array(size)
  row[at] = 1
  return row
}

/**
 * The eigenvalues of the matrix T with the given diagonal [m] and off-diagonal [m − 1], and `rows` · V where T V = V Λ.
 * Eigenvectors are normalised; their signs are arbitrary but always the same.
 */
export const tridiagonalEigen = (
  diagonal: ArrayLike<number>,
  offDiagonal: ArrayLike<number>,
  rows: ReadonlyArray<Float64Array>
): TridiagonalEigen => {
  const size = diagonal.length
  const d = Float64Array.from(diagonal)
  const e = new Float64Array(size)
  for (let i = 0; i < size - 1; i++) e[i] = offDiagonal[i]!
  const work = rows.map((row) => Float64Array.from(row))
  for (let first = 0; first < size; first++) {
    for (let iteration = 0; ; iteration++) {
      const last = endOfBlock(d, e, first)
      if (last === first) break
      if (iteration === maxIterations) throw new Error(`QL did not converge on [${d}], [${e}]`)
      implicitStep(d, e, first, last, work)
    }
  }
  const ascending = Array.from(d.keys()).sort((i, j) => d[i]! - d[j]!)
  return {
    values: Float64Array.from(ascending, (i) => d[i]!),
    rows: work.map((row) => Float64Array.from(ascending, (i) => row[i]!))
  }
}

/** The first index from `first` on whose off-diagonal entry is negligible: there the matrix falls into two. */
const endOfBlock = (d: Float64Array, e: Float64Array, first: number): number => {
  let last = first
  while (
    last < d.length - 1 &&
    !(Math.abs(e[last]!) <= Number.EPSILON * (Math.abs(d[last]!) + Math.abs(d[last + 1]!)))
  ) {
    last++
  }
  return last
}

/** One QL step on the block first…last: Wilkinson's shift, then the bulge chased upwards by plane rotations. */
const implicitStep = (
  d: Float64Array,
  e: Float64Array,
  first: number,
  last: number,
  rows: ReadonlyArray<Float64Array>
): void => {
  const half = (d[first + 1]! - d[first]!) / (2 * e[first]!)
  const root = Math.hypot(half, 1)
  let g = d[last]! - d[first]! + e[first]! / (half + (half >= 0 ? root : -root))
  let sine = 1
  let cosine = 1
  let p = 0
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i]!
    const b = cosine * e[i]!
    const radius = Math.hypot(f, g)
    e[i + 1] = radius
    if (radius === 0) {
      d[i + 1]! -= p
      e[last] = 0
      return // the block has already fallen apart; the next call finds the smaller one
    }
    sine = f / radius
    cosine = g / radius
    const shifted = d[i + 1]! - p
    const twice = (d[i]! - shifted) * sine + 2 * cosine * b
    p = sine * twice
    d[i + 1] = shifted + p
    g = cosine * twice - b
    for (const row of rows) {
      const next = row[i + 1]!
      row[i + 1] = sine * row[i]! + cosine * next
      row[i] = cosine * row[i]! - sine * next
    }
  }
  d[first]! -= p
  e[first] = g
  e[last] = 0
}
