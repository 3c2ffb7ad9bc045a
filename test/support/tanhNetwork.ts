/**
 * A fully connected tanh network on a small regression, its gradient and its Hessian-vector products written out by hand in
 * plain loops: the smallest network whose sharpness rises by itself until descent is about to become unstable.
 *
 * Source  Cohen et al. 2021 (arXiv 2103.00065): Chebyshev polynomials on twenty points
 */
import * as Effect from "effect/Effect"
import { fromSeed, split, uniform } from "../../src/random/Prng.ts"
import type { Multiply } from "../../src/spectral/operators.ts"
import type { FloatArray } from "../../src/tensor/Tensor.ts"

export interface TanhNetwork {
  readonly start: Float64Array
  readonly gradient: (weights: FloatArray) => Effect.Effect<{ readonly loss: number; readonly gradient: Float64Array }>
  /** v ↦ ∇²L v at the weights. */
  readonly hessian: (weights: FloatArray) => Multiply<never, never>
  /** v ↦ (1/n) Jᵀ J v there. */
  readonly gaussNewton: (weights: FloatArray) => Multiply<never, never>
}

const points = 20

/** Input x, hidden layers of these widths, one output; L = ½ mean (f − T₄)². */
export const tanhNetwork = (widths: ReadonlyArray<number>, seed: number): TanhNetwork => {
  const sizes = [1, ...widths, 1]
  const layers = sizes.slice(1).map((outputs, l) => ({ inputs: sizes[l]!, outputs }))
  const offsets = layers.map((_, l) =>
    layers.slice(0, l).reduce((sum, { inputs, outputs }) => sum + outputs * (inputs + 1), 0)
  )
  const last = layers.length - 1
  const dimension = offsets[last]! + layers[last]!.outputs * (layers[last]!.inputs + 1)
  const xs = Array.from({ length: points }, (_, n) => -1 + (2 * n) / (points - 1))
  const targets = xs.map((x) => 8 * x ** 4 - 8 * x ** 2 + 1)

  const start = new Float64Array(dimension)
  layers.forEach(({ inputs, outputs }, l) => {
    const bound = 1 / Math.sqrt(inputs)
    start.set(uniform(split(fromSeed(seed), `layer ${l}`), outputs * (inputs + 1), -bound, bound), offsets[l]!)
  })

  /** W a + b of layer l, with weights and biases from `of`. */
  const affine = (of: FloatArray, l: number, a: Float64Array, withBias = true): Float64Array => {
    const { inputs, outputs } = layers[l]!
    return Float64Array.from({ length: outputs }, (_, i) => {
      let sum = withBias ? of[offsets[l]! + outputs * inputs + i]! : 0
      for (let j = 0; j < inputs; j++) sum += of[offsets[l]! + i * inputs + j]! * a[j]!
      return sum
    })
  }
  /** Wᵀ g of layer l. */
  const back = (of: FloatArray, l: number, g: Float64Array): Float64Array => {
    const { inputs, outputs } = layers[l]!
    return Float64Array.from({ length: inputs }, (_, j) => {
      let sum = 0
      for (let i = 0; i < outputs; i++) sum += of[offsets[l]! + i * inputs + j]! * g[i]!
      return sum
    })
  }
  /** Adds g aᵀ and g to the entries of layer l. */
  const add = (into: Float64Array, l: number, g: Float64Array, a: Float64Array, withBias = true): void => {
    const { inputs, outputs } = layers[l]!
    for (let i = 0; i < outputs; i++) {
      for (let j = 0; j < inputs; j++) into[offsets[l]! + i * inputs + j]! += g[i]! * a[j]!
      if (withBias) into[offsets[l]! + outputs * inputs + i]! += g[i]!
    }
  }
  /** The inputs of every layer, and the output. */
  const forward = (w: FloatArray, x: number) => {
    const activations = [Float64Array.of(x)]
    for (let l = 0; l < last; l++) activations.push(affine(w, l, activations[l]!).map(Math.tanh))
    return { activations, output: affine(w, last, activations[last]!)[0]! }
  }
  const slope = (a: Float64Array) => a.map((value) => 1 - value * value) // tanh'

  const gradient: TanhNetwork["gradient"] = (w) =>
    Effect.sync(() => {
      const out = new Float64Array(dimension)
      let loss = 0
      xs.forEach((x, n) => {
        const { activations, output } = forward(w, x)
        const residual = output - targets[n]!
        loss += (0.5 * residual * residual) / points
        let g = Float64Array.of(residual / points)
        for (let l = last; l >= 0; l--) {
          add(out, l, g, activations[l]!)
          if (l > 0) {
            const d = slope(activations[l]!)
            g = back(w, l, g).map((value, i) => value * d[i]!)
          }
        }
      })
      return { loss, gradient: out }
    })

  /** The derivative of the gradient in the direction v; of its Gauss–Newton part alone, as if the residuals were zero. */
  const product = (w: FloatArray, v: Float64Array, whole: boolean): Float64Array => {
    const out = new Float64Array(dimension)
    xs.forEach((x, n) => {
      const { activations, output } = forward(w, x)
      const moved = [new Float64Array(1)] // da
      const slopes = activations.map(slope)
      const dz: Array<Float64Array> = []
      for (let l = 0; l <= last; l++) {
        const direct = affine(v, l, activations[l]!)
        const through = affine(w, l, moved[l]!, false)
        dz.push(direct.map((value, i) => value + through[i]!))
        moved.push(dz[l]!.map((value, i) => value * (slopes[l + 1]?.[i] ?? 1)))
      }
      let g = Float64Array.of(whole ? (output - targets[n]!) / points : 0)
      let dg = Float64Array.of(dz[last]![0]! / points)
      for (let l = last; l >= 0; l--) {
        add(out, l, dg, activations[l]!)
        add(out, l, g, moved[l]!, false)
        if (l > 0) {
          const a = activations[l]!
          const d = slopes[l]!
          const before = back(w, l, g)
          const aside = back(v, l, g)
          const change = back(w, l, dg).map((value, i) => value + aside[i]!)
          dg = change.map((value, i) => value * d[i]! - 2 * a[i]! * d[i]! * dz[l - 1]![i]! * before[i]!) // tanh'' = −2 tanh tanh'
          g = before.map((value, i) => value * d[i]!)
        }
      }
    })
    return out
  }
  return {
    start,
    gradient,
    hessian: (w) => (v) => Effect.sync(() => product(w, v, true)),
    gaussNewton: (w) => (v) => Effect.sync(() => product(w, v, false))
  }
}
