/**
 * The nets of `golden/torch/mlp.json`, built again from the integer formula that it states, and the values that PyTorch's
 * autograd found for them. Nothing here calculates a loss or a gradient: only what both sides start from, and how close is
 * close enough.
 */
import { readFileSync } from "node:fs"
import type * as Effect from "effect/Effect"
import { assert } from "vitest"
import { oneHot } from "../../src/data/oneHot.ts"
import type { Mlp } from "../../src/models/Architecture.ts"
import type { ModelOptions } from "../../src/models/trainingGraphs.ts"
import type * as Artifact from "../../src/pipeline/Artifact.ts"
import type { Samples } from "../../src/runtime/objective.ts"
import { tensor } from "../../src/tensor/Tensor.ts"
import type { Model } from "../../stages/artifacts.ts"
import { buildModel } from "../../stages/buildModel.ts"

/** A vector as PyTorch gave it: by parameter, in the order of θ. */
export type ByParameter = Readonly<Record<string, ReadonlyArray<number>>>

export interface TorchNet {
  /** D, the hidden widths, C. */
  readonly dims: ReadonlyArray<number>
  readonly samples: number // N
  readonly activation: Mlp["activation"]
}

export interface GoldenTiny extends TorchNet {
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

export interface GoldenMnist extends TorchNet {
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
export const formulaStart = ({ dims }: TorchNet): Float64Array =>
  Float64Array.from(
    dims.slice(1).flatMap((fanOut, layer) => {
      const fanIn = dims[layer]!
      const drawn = [formula(fanOut * fanIn, 2 * layer), formula(fanOut, 2 * layer + 1)]
      return drawn.flatMap((part) => Array.from(part, (value) => value / Math.sqrt(fanIn)))
    })
  )

/** A vector given by parameter, as one. */
export const joined = (given: ByParameter): Float64Array => Float64Array.from(Object.values(given).flat())

/** Inputs are 1.5 u(i, 100), in row-major order; the class of sample n is n mod C. */
export const tinySamples = ({ dims, samples }: TorchNet): Samples => {
  const [features, outputs] = [dims.at(0)!, dims.at(-1)!]
  const labels = Uint8Array.from({ length: samples }, (_, n) => n % outputs)
  const inputs = formula(samples * features, inputStream).map((value) => 1.5 * value)
  return {
    inputs: tensor([samples, features], inputs),
    targets: tensor([samples, outputs], oneHot(labels, outputs, "float64"))
  }
}

/** The net as this project describes it. The test samples are the training samples: PyTorch saw no others. */
export const modelOptions = ({ dims, samples, activation }: TorchNet, dtype: ModelOptions["dtype"]): ModelOptions => ({
  architecture: { kind: "mlp", widths: dims.slice(1, -1), activation },
  loss: "mse",
  dtype,
  train: samples,
  test: samples,
  features: dims.at(0)!,
  outputs: dims.at(-1)!
})

/**
 * The net as a model with its graphs, `step.onnx`, `gradient.onnx` and so on: by the stage that makes them for every run.
 * The stage asks for no service and fails for no net of this file, which its type does not tell.
 */
export const modelOf = (
  net: TorchNet,
  dtype: ModelOptions["dtype"],
  samples: Samples
): Effect.Effect<Artifact.Value<typeof Model>> => {
  const { architecture, loss, features, outputs, train: trainCount, test: testCount } = modelOptions(net, dtype)
  const data = { source: "PyTorch", features, outputs, trainCount, testCount, train: samples, test: samples }
  return buildModel.run({ data, architecture, loss, dtype }) as Effect.Effect<Artifact.Value<typeof Model>>
}

/** Against what an error is measured: every entry for itself, or the largest of all (where entries may be near zero). */
export type Relative = "to each" | "to the largest"

/**
 * Asserts that every entry is within a relative `tolerance` of PyTorch's. The message names the worst entry.
 *
 * Errors  AssertionError, for a NaN and for another number of entries too
 */
export const assertAgrees = (
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative, tolerance, entry = (i) => `entry ${i}` }: Agreement
): void => {
  assert.strictEqual(actual.length, expected.length, `${what}: number of entries`)
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const errors = Array.from(expected, (value, i) => {
    const error = Math.abs(actual[i]! - value) / (relative === "to each" ? Math.abs(value) : largest)
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
  })
  const worst = errors.reduce((at, error, i) => (error > errors[at]! ? i : at), 0)
  if (errors[worst]! <= tolerance) return
  const bad = errors.filter((error) => error > tolerance).length
  assert.fail(
    `${what}: ${bad} of ${errors.length} entries are off by more than ${tolerance} relative ${relative}; ` +
      `worst is ${entry(worst)}, off by ${errors[worst]!.toExponential(1)}: got ${actual[worst]}, PyTorch has ${expected[worst]}`
  )
}

export interface Agreement {
  readonly relative: Relative
  readonly tolerance: number
  /** What the i-th entry is, for the message. */
  readonly entry?: (i: number) => string
}

/** Names the entries of θ: `layer0.weight[3]`. */
export const entryOf = (given: ByParameter): ((i: number) => string) => {
  const names = Object.entries(given).flatMap(([name, values]) => values.map((_, i) => `${name}[${i}]`))
  return (i) => names[i]!
}
