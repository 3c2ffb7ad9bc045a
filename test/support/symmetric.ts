/** Dense symmetric matrices with a chosen spectrum, for tests of what takes products only. */
import * as Effect from "effect/Effect"
import { normal, type Prng, split } from "../../src/random/Prng.ts"

export interface Symmetric {
  readonly dimension: number
  /** Row-major. */
  readonly entries: Float64Array
  readonly multiply: (v: Float64Array) => Effect.Effect<Float64Array>
  /** How many products were made. */
  readonly products: () => number
}

export const symmetric = (dimension: number, entries: Float64Array): Symmetric => {
  let products = 0
  const times = (v: Float64Array): Float64Array => {
    products++
    return Float64Array.from({ length: dimension }, (_, i) => {
      let sum = 0
      for (let j = 0; j < dimension; j++) sum += entries[i * dimension + j]! * v[j]!
      return sum
    })
  }
  return { dimension, entries, multiply: (v) => Effect.sync(() => times(v)), products: () => products }
}

/** Q diag(spectrum) Qᵀ, with Q the product of as many random reflections as there are dimensions. */
export const withSpectrum = (prng: Prng, spectrum: ReadonlyArray<number>): Symmetric => {
  const n = spectrum.length
  const a = new Float64Array(n * n)
  spectrum.forEach((value, i) => {
    a[i * n + i] = value
  })
  for (let k = 0; k < n; k++) reflect(a, normal(split(prng, `reflection ${k}`), n))
  return symmetric(n, a)
}

/** A ← P A P with P = 1 − 2 u uᵀ / uᵀu. */
const reflect = (a: Float64Array, u: Float64Array): void => {
  const n = u.length
  const factor = 2 / u.reduce((sum, x) => sum + x * x, 0)
  const au = Float64Array.from({ length: n }, (_, i) => u.reduce((sum, x, j) => sum + a[i * n + j]! * x, 0))
  const uau = u.reduce((sum, x, i) => sum + x * au[i]!, 0)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      a[i * n + j]! += factor * (factor * uau * u[i]! * u[j]! - u[i]! * au[j]! - au[i]! * u[j]!)
    }
  }
}

/** A diagonal matrix. */
export const diagonal = (spectrum: ReadonlyArray<number>): Symmetric => {
  const n = spectrum.length
  const entries = new Float64Array(n * n)
  spectrum.forEach((value, i) => {
    entries[i * n + i] = value
  })
  return symmetric(n, entries)
}

/**
 * A spectrum as Hessians of small classifiers have it: ten outliers, a few per cent apart, over a bulk that decays by a power.
 * Descending.
 */
export const networkLike = (dimension: number): Float64Array =>
  Float64Array.from({ length: dimension }, (_, i) => (i < 10 ? 100 * 0.93 ** i : 20 / (i - 8) ** 1.2))

/** Q diag(spectrum) Qᵀ with Q the rotation by `angle` in every plane (i, i + 1), one after the other: products take O(n). */
export const rotated = (
  spectrum: Float64Array,
  angle: number
): { readonly dimension: number; readonly multiply: (v: Float64Array) => Effect.Effect<Float64Array> } => {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)]
  const turn = (v: Float64Array, i: number, s: number): void => {
    const [a, b] = [v[i]!, v[i + 1]!]
    v[i] = cosine * a - s * b
    v[i + 1] = s * a + cosine * b
  }
  const last = spectrum.length - 2
  const multiply = (v: Float64Array): Effect.Effect<Float64Array> =>
    Effect.sync(() => {
      const out = v.slice()
      for (let i = last; i >= 0; i--) turn(out, i, -sine)
      spectrum.forEach((value, i) => {
        out[i]! *= value
      })
      for (let i = 0; i <= last; i++) turn(out, i, sine)
      return out
    })
  return { dimension: spectrum.length, multiply }
}
