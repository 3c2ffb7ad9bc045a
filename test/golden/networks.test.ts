/**
 * Every kind of network against PyTorch, on onnxruntime: what `golden/torch/networks.py` found with its own modules.
 *
 * Tolerances, relative to the largest element. float64: 1e-9, where 4e-13 is measured, which is the digits written down.
 * float32: some roundings of sums of up to some hundred terms, in which others cancel that are some ten times larger, as
 * where the curvature is 100: 5e-7 for the loss, 5e-6 for derivatives, of which 2e-6 is measured. Losses of 20 steps: 3e-6,
 * some roundings a step, along directions in which distances grow.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { trainingGraphs } from "../../src/models/trainingGraphs.ts"
import { encode } from "../../src/onnx/encode.ts"
import { encodeLoop } from "../../src/onnx/encodeLoop.ts"
import { openObjective } from "../../src/runtime/objective.ts"
import { layerOnnx } from "../../src/runtime/onnxruntime.ts"
import { layerReference } from "../../src/runtime/reference.ts"
import type { FloatDType } from "../../src/tensor/DType.ts"
import { distance } from "../support/draw.ts"
import { type GoldenNetwork, readNetworks, samplesOf, startOf, vectorOf } from "../support/torchNetworks.ts"

const tolerances = {
  float64: { value: 1e-9, gradient: 1e-9, product: 1e-9, losses: 1e-9 },
  float32: { value: 5e-7, gradient: 5e-6, product: 5e-6, losses: 3e-6 }
} as const

const encoded = (network: GoldenNetwork, dtype: FloatDType) =>
  Effect.promise(async () => {
    const { architecture, loss, samples, features, outputs } = network
    const sizes = { train: samples, test: samples, features, outputs }
    const { parameters, graphs } = trainingGraphs({ architecture, loss, dtype, ...sizes })
    const { step, ...plain } = graphs
    const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
    const entries = Object.entries(plain).map(async ([name, graph]) => [`${name}.onnx`, await encode(graph)] as const)
    const files = {
      "step.onnx": await encodeLoop(step, { name: "step", state, scan: ["loss"] }),
      ...Object.fromEntries(await Promise.all(entries))
    }
    return { parameters, files }
  })

const opened = Effect.fnUntraced(function* (network: GoldenNetwork, dtype: FloatDType) {
  const { parameters, files } = yield* encoded(network, dtype)
  const samples = samplesOf(network)
  return yield* openObjective(files, parameters, dtype, { train: samples, test: samples })
})

/** Largest difference, relative to the largest element. */
const relative = (actual: ArrayLike<number>, expected: ReadonlyArray<number>): number => {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const scaled = (values: ArrayLike<number>) => Float64Array.from(values, (value) => value / largest)
  return distance(scaled(actual), scaled(expected))
}

const networks = readNetworks().map((network) => ({
  network,
  title: `${network.name}, ${typeof network.loss === "string" ? network.loss : JSON.stringify(network.loss)}`
}))

describe.each(networks)("$title", ({ network }) => {
  it("has the parameters of PyTorch's modules", () => {
    const { architecture, loss, samples, features, outputs } = network
    const sizes = { train: samples, test: samples, features, outputs }
    const { parameters } = trainingGraphs({ architecture, loss, dtype: "float64", ...sizes })
    const named = (list: ReadonlyArray<{ readonly name: string; readonly shape: ReadonlyArray<number> }>) =>
      list.map(({ name, shape }) => [name, shape])
    assert.deepStrictEqual(named(parameters), named(network.parameters))
  })

  it.effect.each(["float64", "float32"] as const)("is what PyTorch found, in %s", (dtype) =>
    Effect.gen(function* () {
      const tolerance = tolerances[dtype]
      const objective = yield* opened(network, dtype)
      const { loss, gradient, multiply } = yield* objective.linearize(startOf(network))
      assert.isBelow(relative([loss], [network.value]), tolerance.value, "loss")
      assert.isBelow(relative(gradient, network.gradient), tolerance.gradient, "gradient")
      assert.isBelow(relative(yield* multiply(vectorOf(network)), network.product), tolerance.product, "product")
      const bent = yield* objective.gaussNewton(startOf(network))(vectorOf(network))
      assert.isBelow(relative(bent, network.gaussNewton), tolerance.product, "product with the Gauss–Newton part")
      const top = Float64Array.from(network.largestEigenvector)
      const scaled = network.largestEigenvector.map((value) => network.largestEigenvalue * value)
      assert.isBelow(relative(yield* multiply(top), scaled), tolerance.product, "top eigenpair")
      const { losses } = yield* objective.descend(startOf(network), network.learningRate, network.losses[dtype].length)
      assert.isBelow(relative(losses, network.losses[dtype]), tolerance.losses, "losses of 20 steps")
    }).pipe(Effect.scoped, Effect.provide(layerOnnx()))
  )

  it.effect("is the same by the reference evaluation of its ops", () =>
    Effect.gen(function* () {
      const tolerance = tolerances.float32 // the data and the results are float32
      const objective = yield* opened(network, "float32")
      const { loss, gradient, multiply } = yield* objective.linearize(startOf(network))
      assert.isBelow(relative([loss], [network.value]), tolerance.value)
      assert.isBelow(relative(gradient, network.gradient), tolerance.gradient)
      assert.isBelow(relative(yield* multiply(vectorOf(network)), network.product), tolerance.product)
      const bent = yield* objective.gaussNewton(startOf(network))(vectorOf(network))
      assert.isBelow(relative(bent, network.gaussNewton), tolerance.product)
    }).pipe(Effect.scoped, Effect.provide(layerReference))
  )
})
