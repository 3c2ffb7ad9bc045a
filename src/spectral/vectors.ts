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

/** x ← x − Q Qᵀ x for four columns of Q. The sums do not wait for each other. */
const takeOffFour = (x: Float64Array, p: Float64Array, q: Float64Array, r: Float64Array, s: Float64Array): void => {
  let [a, b, c, d] = [0, 0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    const here = x[i]!
    a += p[i]! * here
    b += q[i]! * here
    c += r[i]! * here
    d += s[i]! * here
  }
  for (let i = 0; i < x.length; i++) x[i]! -= a * p[i]! + b * q[i]! + c * r[i]! + d * s[i]!
}

const takeOff = (x: Float64Array, basis: ReadonlyArray<Float64Array>): void => {
  const even = basis.length - (basis.length % together)
  for (let j = 0; j < even; j += together) takeOffFour(x, basis[j]!, basis[j + 1]!, basis[j + 2]!, basis[j + 3]!)
  for (const column of basis.slice(even)) addScaled(x, -dot(column, x), column)
}

/** Where more than this share of x is left, its part along Q is as small as rounding. */
const mostly = Math.SQRT1_2

/**
 * x ← x − Q Qᵀ x for orthonormal columns Q; the norm of what is left. Once leaves a part along Q as large as the rounding of the
 * part that was taken away, which matters where little of x remains: then it is done a second time.
 *
 * Source  Daniel, Gragg, Kaufman, Stewart 1976, "Reorthogonalization and stable algorithms for updating the Gram–Schmidt QR
 *         factorization"; Giraud, Langou, Rozložník 2005, "On the loss of orthogonality in the Gram–Schmidt process": twice is
 *         enough
 */
export const orthogonalize = (x: Float64Array, ...bases: ReadonlyArray<ReadonlyArray<Float64Array>>): number => {
  const before = norm(x)
  for (const basis of bases) takeOff(x, basis)
  const once = norm(x)
  if (once > mostly * before) return once
  for (const basis of bases) takeOff(x, basis)
  return norm(x)
}

/** Σ coefficients[j] · basis[j] */
export const combine = (basis: ReadonlyArray<Float64Array>, coefficients: Float64Array): Float64Array => {
  const out = new Float64Array(basis[0]!.length)
  basis.forEach((column, j) => {
    addScaled(out, coefficients[j]!, column)
  })
  return out
}
