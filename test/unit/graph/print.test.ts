import { describe, expect, it } from "vitest"
import { makeGraph } from "../../../src/graph/Graph.ts"
import { print } from "../../../src/graph/print.ts"
import { trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"

describe("print", () => {
  it("gives one line per node, with filled constants in place", () => {
    const g = makeBuilder()
    const a = g.input("a", [2, 3], "float32")
    const scaled = g.mul(g.constant(0.5, [2, 3], "float32"), a)
    const shifted = g.add(scaled, g.constant([1, 2, 3, 4, 5, 6], [2, 3], "float32"))
    const graph = makeGraph("example", [a], { total: g.sum(shifted, { axes: [0], keepDims: true }) })
    expect(print(graph)).toBe(
      [
        "graph example",
        "  input a float32 [2, 3]",
        "  %0 = mul(0.5, a) [2, 3]",
        "  %1 = constant(values: [1, 2, 3, 4, 5, 6]) [2, 3]",
        "  %2 = add(%0, %1) [2, 3]",
        "  %3 = sum(%2, axes: [0], keepDims: true) [1, 3]",
        "  output total = %3",
        ""
      ].join("\n")
    )
  })

  it.each(["step", "gradient", "linearize", "multiply"] as const)(
    "shows the %s graph of a small network",
    async (name) => {
      const { graphs } = trainingGraphs({
        architecture: { kind: "mlp", widths: [4], activation: "tanh" },
        loss: "mse",
        dtype: "float64",
        train: 5,
        test: 2,
        features: 3,
        outputs: 2
      })
      await expect(print(graphs[name])).toMatchFileSnapshot(`../../golden/graphs/mlp.${name}.txt`)
    }
  )
})
