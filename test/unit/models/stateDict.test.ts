/**
 * Weights as PyTorch saves them, and what is refused of others. `golden/torch/weights.safetensors` is the state_dict of an
 * `nn.Sequential`, written by Python.
 */
import { createHash } from "node:crypto"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll } from "vitest"
import { WeightsMismatch } from "../../../src/models/Errors.ts"
import { fromStateDict } from "../../../src/models/stateDict.ts"
import { trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import type * as Artifact from "../../../src/pipeline/Artifact.ts"
import { decodeSafetensors, encodeSafetensors } from "../../../src/tensor/safetensors.ts"
import { floats, type Tensors, tensor } from "../../../src/tensor/Tensor.ts"
import type { Model, Weights } from "../../../stages/artifacts.ts"
import { importWeights } from "../../../stages/importWeights.ts"
import { readNetworks, startOf } from "../../support/torchNetworks.ts"

const path = fileURLToPath(new URL("../../golden/torch/weights.safetensors", import.meta.url))
const bytes = readFileSync(path)
const state = decodeSafetensors(bytes)
const network = readNetworks().find(({ name }) => name === "mlp, tanh")!
const { parameters } = trainingGraphs({
  architecture: network.architecture,
  loss: "mse",
  dtype: "float32",
  train: 1,
  test: 1,
  features: network.features,
  outputs: network.outputs
})
/** `layer1.weight` is the weight of the third module, after a layer and an activation. */
const names = Object.fromEntries(
  parameters.map(({ name }) => [name, name.replace(/layer(\d)/, (_, layer) => `${2 * Number(layer)}`)])
)
const flat = (weights: Tensors) => Float64Array.from(Object.values(weights).flatMap((value) => [...floats(value)]))

describe("weights of PyTorch", () => {
  it("are those that PyTorch had, in the names and order of the model", () => {
    const weights = fromStateDict(state, parameters, "float32", names)
    assert.deepStrictEqual(
      Object.entries(weights).map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
      parameters.map(({ name, shape }) => ({ name, dtype: "float32" as const, shape }))
    )
    assert.deepStrictEqual(flat(weights), Float64Array.from(startOf(network), Math.fround))
  })

  it("are the same numbers in another dtype, and are no view of what was given", () => {
    const wide = fromStateDict(state, parameters, "float64", names)
    assert.deepStrictEqual(flat(wide), flat(fromStateDict(state, parameters, "float32", names)))
    floats(wide["layer0.bias"]!)[0] = 7
    assert.notStrictEqual(floats(state["0.bias"]!)[0], 7)
  })

  it("survive being stored: what is exported under their names is imported without a list of names", () => {
    const weights = fromStateDict(state, parameters, "float32", names)
    const again = fromStateDict(decodeSafetensors(encodeSafetensors(weights)), parameters, "float32")
    assert.deepStrictEqual(again, weights)
  })

  const { "0.bias": _, ...incomplete } = state
  const wrong: ReadonlyArray<readonly [string, Tensors, Readonly<Record<string, string>>, string]> = [
    ["a parameter that is absent", incomplete, names, `"0.bias" is absent, expected float32 or float64 [4]`],
    [
      "a parameter of another shape",
      { ...state, "0.bias": tensor([3], new Float32Array(3)) },
      names,
      `"0.bias" is float32 [3], expected float32 or float64 [4]`
    ],
    [
      "whole numbers",
      { ...state, "0.bias": tensor([4], new BigInt64Array(4)) },
      names,
      `"0.bias" is int64 [4], expected float32 or float64 [4]`
    ],
    ["a tensor that is no parameter", { ...state, more: state["0.bias"]! }, names, `"more" is no parameter`],
    ["a name for what is no parameter", state, { ...names, layer9: "x" }, `"layer9" is not one, expected one of`],
    ["other names", state, {}, `"0.weight" is no parameter, expected one of layer0.weight`]
  ]
  it.each(wrong)("%s is refused", (_, given, called, message) => {
    const take = () => fromStateDict(given, parameters, "float32", called)
    assert.throws(take, WeightsMismatch)
    assert.throws(take, message)
  })
})

describe("the stage", () => {
  const folder = mkdtempSync(join(tmpdir(), "brink-weights-"))
  const before = process.env["BRINK_DATA"]
  beforeAll(() => {
    process.env["BRINK_DATA"] = folder
    mkdirSync(join(folder, "weights"))
    copyFileSync(path, join(folder, "weights", "start.safetensors"))
  })
  afterAll(() => {
    if (before === undefined) delete process.env["BRINK_DATA"]
    else process.env["BRINK_DATA"] = before
    rmSync(folder, { recursive: true })
  })

  const sha256 = createHash("sha256").update(bytes).digest("hex")
  const model = { parameters, dtype: "float32" } as unknown as Artifact.Value<typeof Model>
  // The stage asks for no service, which its type does not tell.
  const run = (changed: { readonly file?: string; readonly sha256?: string }) =>
    importWeights.run({ model, file: "start.safetensors", sha256, names, ...changed }) as Effect.Effect<
      Artifact.Value<typeof Weights>,
      Error
    >

  it.effect("reads the pinned file", () =>
    Effect.gen(function* () {
      const { weights } = yield* run({})
      assert.deepStrictEqual(weights, fromStateDict(state, parameters, "float32", names))
    })
  )

  it.effect("refuses a file that is absent, and one of other content", () =>
    Effect.gen(function* () {
      const absent = yield* Effect.flip(run({ file: "none.safetensors" }))
      assert.include(absent.message, "there is no file")
      const altered = yield* Effect.flip(run({ sha256: "0".repeat(64) }))
      assert.include(altered.message, `with SHA-256 ${sha256}, expected SHA-256 ${"0".repeat(64)}`)
    })
  )
})
