/**
 * The few operations on float64 vectors that Krylov methods need. Updates are in place.
 */
import { dot } from "../tensor/dot.ts"

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

/** How many columns are taken off at once, so that x is read and written once for all of them. */
const together = 4

/** x ← x − Q Qᵀ x for four columns of Q; Qᵀ x. The sums do not wait for each other. */
const takeOffFour = (x: Float64Array, p: Float64Array, q: Float64Array, r: Float64Array, s: Float64Array) => {
  let [a, b, c, d] = [0, 0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    const here = x[i]!
    a += p[i]! * here
    b += q[i]! * here
    c += r[i]! * here
    d += s[i]! * here
  }
  for (let i = 0; i < x.length; i++) x[i]! -= a * p[i]! + b * q[i]! + c * r[i]! + d * s[i]!
  return [a, b, c, d]
}

/** x ← x − Q Qᵀ x; Qᵀ x is added to `along`. */
const takeOff = (x: Float64Array, basis: ReadonlyArray<Float64Array>, along: Float64Array): void => {
  const add = (first: number, components: ReadonlyArray<number>) => {
    for (const [i, component] of components.entries()) along[first + i]! += component
  }
  const even = basis.length - (basis.length % together)
  for (let j = 0; j < even; j += together) {
    add(j, takeOffFour(x, basis[j]!, basis[j + 1]!, basis[j + 2]!, basis[j + 3]!))
  }
  for (let j = even; j < basis.length; j++) {
    const component = dot(basis[j]!, x)
    addScaled(x, -component, basis[j]!)
    add(j, [component])
  }
}

/** Where more than this share of x is left, its part along Q is as small as rounding. */
const mostly = Math.SQRT1_2

export interface Orthogonalized {
  /** ‖x‖ afterwards. */
  readonly left: number
  /** What was taken off: components along the columns. */
  readonly along: Float64Array
}

/**
 * x ← x − Q Qᵀ x for orthonormal columns Q. Once leaves a part along Q as large as the rounding of the part that was taken away,
 * which matters where little of x remains: then it is done a second time.
 *
 * Source  Daniel, Gragg, Kaufman, Stewart 1976, "Reorthogonalization and stable algorithms for updating the Gram–Schmidt QR
 *         factorization"; Giraud, Langou, Rozložník 2005, "On the loss of orthogonality in the Gram–Schmidt process": twice is
 *         enough
 */
export const orthogonalize = (x: Float64Array, basis: ReadonlyArray<Float64Array>): Orthogonalized => {
  const along = new Float64Array(basis.length)
  const before = norm(x)
  takeOff(x, basis, along)
  const once = norm(x)
  if (once > mostly * before) return { left: once, along }
  takeOff(x, basis, along)
  return { left: norm(x), along }
}

/** Σ coefficients[j] · basis[j] */
export const combine = (basis: ReadonlyArray<Float64Array>, coefficients: Float64Array): Float64Array => {
  const out = new Float64Array(basis[0]!.length)
  basis.forEach((column, j) => {
    addScaled(out, coefficients[j]!, column)
  })
  return out
}
