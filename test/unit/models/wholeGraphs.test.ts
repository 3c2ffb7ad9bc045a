import { describe, expect, it } from "vitest"
import { type Model, trainedWhole } from "../../../src/models/wholeGraphs.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { evaluateGraph } from "../../../src/ops/evaluate.ts"

describe("a parameter that the loss does not depend on", () => {
  const g = makeBuilder()
  const parameters = ["used", "idle"].map((name) => g.input(name, [2], "float64"))
  const loss = g.sum(g.mul(parameters[0]!, parameters[0]!), { axes: [0], keepDims: false })
  const model: Model = {
    g,
    dtype: "float64",
    parameters,
    names: ["used", "idle"],
    counting: () => undefined,
    evaluated: () => ({ loss, accuracy: loss }),
    minimised: () => loss,
    bent: (directions) => [directions[0], undefined]
  }
  const { step, gradient, multiply, gaussNewton } = trainedWhole(model, 1)
  const weights = { used: [1, 2], idle: [3, 4] }

  it("stays where it is", () => {
    const after = evaluateGraph(step.graph, { ...weights, learningRate: [0.25] })
    expect([...after["used.next"]!]).toEqual([0.5, 1])
    expect([...after["idle.next"]!]).toEqual([3, 4])
  })

  it("has gradient and products 0", () => {
    expect([...evaluateGraph(gradient.graph, weights)["idle.gradient"]!]).toEqual([0, 0])
    const directions = { "used.direction": [1, 1], "idle.direction": [1, 1] }
    for (const { graph } of [multiply, gaussNewton])
      expect([...evaluateGraph(graph, { ...weights, ...directions })["idle.product"]!]).toEqual([0, 0])
  })
})
