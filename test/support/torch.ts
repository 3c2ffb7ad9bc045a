/**
 * The nets of `golden/torch/mlp.json`, built again from the integer formula that it states, and the values that PyTorch's
 * autograd found for them. Nothing here is calculated with gradients or graphs: only what both sides start from.
 */
import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import { oneHot } from "../../src/data/oneHot.ts"
import { readMnist } from "../../src/data/readMnist.ts"
import { subset } from "../../src/data/subset.ts"
import type { Mlp } from "../../src/models/Architecture.ts"
import { floats, type Tensor, tensor } from "../../src/tensor/Tensor.ts"

export type DType = "float32" | "float64"

/** A vector as PyTorch gave it: by parameter, in the order of θ. */
type ByParameter = Readonly<Record<string, ReadonlyArray<number>>>

interface NetShape {
  /** D, the hidden widths, C. */
  readonly dims: ReadonlyArray<number>
  readonly samples: number // N
  readonly activation: Mlp["activation"]
}

export interface GoldenTiny extends NetShape {
  readonly loss: number
  readonly gradient: ByParameter
  readonly hvp: ByParameter
  /** All of them, largest first. */
  readonly hessianEigenvalues: ReadonlyArray<number>
}

export interface GoldenDescent {
  /** L after k steps, k = 0 … steps. */
  readonly losses: ReadonlyArray<number>
  /** At the start. */
  readonly gradientL1: number
  readonly gradientL2: number
  readonly endL1: number
  readonly endL2Squared: number
}

export interface GoldenMnist extends NetShape {
  readonly imageByteSum: number
  readonly labelsFirst10: ReadonlyArray<number>
  readonly labelSum: number
  readonly learningRate: number // η
  readonly steps: number
  readonly startL1: number
  readonly startL2Squared: number
  readonly startFirst3: ByParameter
  readonly float32: GoldenDescent
  readonly float64: GoldenDescent
  readonly hessianTop3: Readonly<Record<"start" | "end", { readonly values: ReadonlyArray<number> }>>
}

export interface Golden {
  readonly tiny: Readonly<Record<Mlp["activation"], GoldenTiny>>
  readonly mnist: GoldenMnist
}

export const readGolden = (): Golden =>
  JSON.parse(readFileSync(new URL("../golden/torch/mlp.json", import.meta.url), "utf8")) as Golden

/**
 * u(i, stream) for i < count: multiples of 2⁻¹⁵ in [−1, 1), which scatter like random numbers. Every intermediate value is
 * an integer below 2⁵³, so that any language gets the same bits.
 */
export const formula = (count: number, stream: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => {
    const h = (31 * i * i + (7919 + 613 * stream) * i + 104729 * stream + 17) % 65521
    return h / 32768 - 1
  })

const inputStream = 100
const vectorStream = 200

/** The vector of the Hessian-vector products, and where the iteration for eigenvalues starts. */
export const formulaVector = (count: number): Float64Array => formula(count, vectorStream)

/** θ at the start: parameter t, in the order of θ, is u(i, t) / √fan-in. */
export const formulaStart = ({ dims }: NetShape): Float64Array =>
  Float64Array.from(
    dims.slice(1).flatMap((fanOut, layer) => {
      const fanIn = dims[layer]!
      const drawn = [formula(fanOut * fanIn, 2 * layer), formula(fanOut, 2 * layer + 1)]
      return drawn.flatMap((part) => Array.from(part, (value) => value / Math.sqrt(fanIn)))
    })
  )

/** A vector given by parameter, as one. */
export const joinedByParameter = (given: ByParameter): Float64Array => Float64Array.from(Object.values(given).flat())

export interface TorchSamples {
  readonly inputs: Tensor // [N, D]
  readonly targets: Tensor // [N, C]
}

export const tinySamples = ({ dims, samples }: NetShape): TorchSamples => {
  const [features, outputs] = [dims.at(0)!, dims.at(-1)!]
  const labels = Uint8Array.from({ length: samples }, (_, n) => n % outputs)
  const inputs = formula(samples * features, inputStream).map((value) => 1.5 * value)
  return {
    inputs: tensor([samples, features], inputs),
    targets: tensor([samples, outputs], oneHot(labels, outputs, "float64"))
  }
}
