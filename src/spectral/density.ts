/**
 * The density of a spectrum: how many eigenvalues lie where, without finding any of them. Takes products only.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../random/Prng.ts"
import type { ProductNotFinite } from "./Errors.ts"
import { type Estimate, estimate } from "./estimate.ts"
import { growKrylov } from "./krylov.ts"
import type { Multiply } from "./operators.ts"
import { tridiagonalEigen, unitRow } from "./tridiagonal.ts"
import { norm, scale } from "./vectors.ts"

export interface DensityOptions<E, R> {
  readonly dimension: number
  readonly multiply: Multiply<E, R>
  /** Random vectors. */
  readonly probes: number
  /** Products for each of them: moments of the density up to 2 · steps − 1 are exact for its vector. */
  readonly steps: number
  readonly seed: number | string
}

/** A quadrature of one random vector. */
export interface Quadrature {
  /** Ascending. Shape [m], m at most `steps` */
  readonly nodes: Float64Array
  /** Positive, with sum 1. Shape [m] */
  readonly weights: Float64Array
}

/** Point masses whose mean over the quadratures approximates (1/n) Σ δ(λ − λᵢ). */
export interface Density {
  readonly dimension: number
  readonly quadratures: ReadonlyArray<Quadrature>
  readonly products: number
}

/**
 * Stochastic Lanczos quadrature: Gauss quadratures of the spectral measures of random vectors, with full
 * reorthogonalisation. Probe i depends on the seed and i alone.
 *
 * Errors  ProductNotFinite if a product has an entry that is not finite
 * Source  Ubaru, Chen, Saad 2017, "Fast estimation of tr(f(A)) via stochastic Lanczos quadrature"; Golub, Welsch 1969
 */
export const density = <E, R>(options: DensityOptions<E, R>): Effect.Effect<Density, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { dimension, multiply, probes, steps, seed } = options
    for (const [name, count] of Object.entries({ probes, steps })) {
      if (!(Number.isInteger(count) && count >= 1)) throw new RangeError(`${name} must be at least 1, got ${count}`)
    }
    const root = split(fromSeed(seed), "density")
    const quadratures: Array<Quadrature> = []
    let products = 0
    for (let i = 0; i < probes; i++) {
      const start = normal(split(root, `probe ${i}`), dimension)
      scale(start, 1 / norm(start))
      const { diagonal, offDiagonal } = yield* growKrylov({
        multiply,
        start,
        locked: [],
        enough: () => false,
        maxProducts: steps,
        productsBefore: products
      })
      products += diagonal.length
      const { values, rows } = tridiagonalEigen(diagonal, offDiagonal, [unitRow(diagonal.length, 0)])
      quadratures.push({ nodes: values, weights: rows[0]!.map((component) => component ** 2) })
    }
    return { dimension, quadratures, products }
  })

/** tr f(H) = Σ f(λᵢ), from the quadratures. With f(λ) = λ the trace, with a step the number of eigenvalues above it. */
export const traceOf = ({ dimension, quadratures }: Density, f: (value: number) => number): Estimate =>
  estimate(
    quadratures.map(({ nodes, weights }) => dimension * nodes.reduce((sum, node, j) => sum + weights[j]! * f(node), 0))
  )

/**
 * The density at each of the given places, every point mass smoothed to a Gaussian of standard deviation `width`. Its integral
 * over all places is 1.
 *
 * Shape  at [k] → [k]
 * Unit   1 / eigenvalue
 */
export const smoothed = ({ quadratures }: Density, at: ArrayLike<number>, width: number): Float64Array => {
  const height = 1 / (Math.sqrt(2 * Math.PI) * width * quadratures.length)
  return Float64Array.from(at, (x) =>
    quadratures.reduce(
      (sum, { nodes, weights }) =>
        nodes.reduce(
          (inner, node, j) => inner + height * weights[j]! * Math.exp(-0.5 * ((x - node) / width) ** 2),
          sum
        ),
      0
    )
  )
}
