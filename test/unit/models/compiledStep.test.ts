/**
 * Which steps are compiled: those that are next to no arithmetic, and no others.
 */
import { assert, describe, it } from "vitest"
import type { Architecture } from "../../../src/models/Architecture.ts"
import { chosenGraphs } from "../../../src/models/chosenGraphs.ts"
import { type ModelOptions, trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { tinyModels } from "../../support/tinyModels.ts"

const options: ModelOptions = {
  architecture: { kind: "mlp", widths: [8], activation: "tanh" },
  loss: "mse",
  dtype: "float64",
  ...{ train: 20, test: 1, features: 4, outputs: 2 }
}
const formOf = (changed: Partial<ModelOptions>) => chosenGraphs(trainingGraphs({ ...options, ...changed })).step

describe("the step", () => {
  it("is compiled where it is small, in both element types and with every loss", () => {
    for (const dtype of ["float32", "float64"] as const)
      for (const { title, options: tiny } of tinyModels)
        assert.strictEqual(formOf({ ...tiny, dtype }), "compiled", title)
  })

  it("is left to ONNX where products are most of its time, the sooner the larger they are", () => {
    const forms = [20, 100, 1000, 10_000].map((train) => formOf({ train }))
    assert.deepStrictEqual(forms, ["compiled", "compiled", "direct", "direct"])
    assert.strictEqual(formOf({ architecture: { kind: "mlp", widths: [200, 200], activation: "tanh" } }), "direct")
  })

  it("is dual where that is best, and then not compiled", () => {
    const large = { architecture: { kind: "mlp", widths: [200, 200], activation: "tanh" }, dtype: "float32" } as const
    assert.strictEqual(formOf({ ...large, train: 1000, features: 3072, outputs: 10 }), "dual")
  })

  it("is left to ONNX where an op has no rule, and where samples are worked on in parts", () => {
    const image = { channels: 1, height: 2, width: 2 }
    const convolutions: Architecture = { kind: "cnn", ...image, widths: [2], activation: "relu", pooling: "max" }
    assert.strictEqual(formOf({ architecture: convolutions }), "direct")
    assert.strictEqual(formOf({ architecture: { kind: "mlp", widths: [8], activation: "gelu" } }), "compiled")
    assert.strictEqual(
      formOf({ architecture: { kind: "mlp", widths: [8], activation: "gelu" }, dtype: "float32" }),
      "direct"
    )
    assert.strictEqual(formOf({ batch: { train: 10 } }), "direct")
  })
})
