/**
 * The networks of `golden/torch/networks.json`, built again from the integer formula that it states, and the values that
 * PyTorch's autograd found for them. Nothing here is calculated with gradients or graphs: only what both sides start from.
 */
import { readFileSync } from "node:fs"
import { oneHot } from "../../src/data/oneHot.ts"
import type { Architecture, Loss } from "../../src/models/Architecture.ts"
import { sizeOf } from "../../src/tensor/Shape.ts"
import { tensor } from "../../src/tensor/Tensor.ts"
import { formula, formulaVector } from "./torch.ts"

export interface GoldenNetwork {
  readonly name: string
  readonly architecture: Architecture
  readonly loss: Loss
  readonly samples: number // N
  readonly features: number // D
  readonly outputs: number // C
  /** Parameter t starts at offset + factor · u(i, t). */
  readonly parameters: ReadonlyArray<{
    readonly name: string
    readonly shape: ReadonlyArray<number>
    readonly offset: number
    readonly factor: number
  }>
  /** L at the start. */
  readonly value: number
  readonly gradient: ReadonlyArray<number>
  /** ∇²L v, and (Jᵀ (∇²ℓ) J + λ) v */
  readonly product: ReadonlyArray<number>
  readonly gaussNewton: ReadonlyArray<number>
  readonly largestEigenvalue: number
  readonly largestEigenvector: ReadonlyArray<number>
  readonly learningRate: number // η
  /** L after k steps, k = 0 … 20. */
  readonly losses: Readonly<Record<"float64" | "float32", ReadonlyArray<number>>>
}

export const readNetworks = (): ReadonlyArray<GoldenNetwork> => {
  const text = readFileSync(new URL("../golden/torch/networks.json", import.meta.url), "utf8")
  return (JSON.parse(text) as { readonly cases: ReadonlyArray<GoldenNetwork> }).cases
}

/** θ at the start. */
export const startOf = ({ parameters }: GoldenNetwork): Float64Array =>
  Float64Array.from(
    parameters.flatMap(({ shape, offset, factor }, t) =>
      Array.from(formula(sizeOf(shape), t), (value) => offset + factor * value)
    )
  )

/** v of the Hessian-vector product. */
export const vectorOf = ({ gradient }: GoldenNetwork): Float64Array => formulaVector(gradient.length)

const inputStream = 100

export const samplesOf = ({ samples, features, outputs }: GoldenNetwork) => {
  const labels = Uint8Array.from({ length: samples }, (_, n) => n % outputs)
  return {
    inputs: tensor([samples, features], formula(samples * features, inputStream)),
    targets: tensor([samples, outputs], oneHot(labels, outputs, "float64"))
  }
}
