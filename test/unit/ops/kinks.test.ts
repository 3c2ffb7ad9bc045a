/**
 * What derivatives are where there is none, or more than one: the table of `docs/conventions.md`.
 */
import { describe, expect, it } from "vitest"
import { jvp } from "../../../src/autodiff/jvp.ts"
import { gradients } from "../../../src/autodiff/vjp.ts"
import type { Node } from "../../../src/graph/Node.ts"
import { activations } from "../../../src/models/activation.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { evaluate } from "../../../src/ops/evaluate.ts"
import { difference, distance } from "../../support/draw.ts"
import { smallModel } from "../../support/models.ts"

const g = makeBuilder()

const summed = (node: Node): Node => g.sum(node, { axes: node.shape.map((_, axis) => axis), keepDims: false })

/** Σ y, its gradient in x, and the second derivative along ones, at some values of x. */
const derivativesAt = (values: ReadonlyArray<number>, make: (x: Node) => Node, shape = [values.length]) => {
  const x = g.input("x", shape, "float64")
  const [slope] = gradients(g, summed(make(x)), [x])
  const [curvature] = jvp(g, [slope!], new Map([[x, g.constant(1, shape, "float64")]]))
  const given = new Map([[x, Float64Array.from(values)]])
  const at = (node: Node | undefined) => (node === undefined ? values.map(() => 0) : [...evaluate([node], given)[0]!])
  return { slope: at(slope), curvature: at(curvature) }
}

describe("at 0", () => {
  it.each([
    ["relu", 0, 0],
    ["elu", 1, 1],
    ["softplus", 0.5, 0.25],
    ["softsign", 1, 0],
    ["gelu", 0.5, Math.sqrt(2 / Math.PI)],
    ["geluTanh", 0.5, Math.sqrt(2 / Math.PI)],
    ["silu", 0.5, 0.5],
    ["sigmoid", 0.25, 0],
    ["tanh", 1, 0]
  ] as const)("%s has the derivatives %d and %d", (name, first, second) => {
    const { slope, curvature } = derivativesAt([0], (x) => activations[name].of(g, x))
    expect(slope[0]).toBeCloseTo(first, 15)
    expect(curvature[0]).toBeCloseTo(second, 15)
  })

  it("|a| has the derivative 0", () => {
    expect(derivativesAt([0, -2, 3], (x) => g.abs(x)).slope).toEqual([0, -1, 1])
  })
})

describe("equals", () => {
  it("share the derivative of a maximum evenly", () => {
    const { slope } = derivativesAt([3, 1, 3, 3], (x) => g.max(x, { axes: [0], keepDims: false }))
    expect(slope).toEqual([1 / 3, 0, 1 / 3, 1 / 3])
  })

  it("share the derivative of maximum pooling evenly, window by window", () => {
    const image = [5, 5, 1, 2, 5, 5, 4, 4]
    const { slope } = derivativesAt(image, (x) => g.maxPool2d(x, { size: [2, 2] }), [1, 1, 2, 4])
    expect(slope).toEqual([0.25, 0.25, 0, 0, 0.25, 0.25, 0.5, 0.5])
  })

  it("in a region of equal pixels leave the loss its gradient", () => {
    const sizes = { train: 3, test: 1, features: 64, outputs: 2 }
    const image = { channels: 1, height: 8, width: 8 }
    const model = smallModel({ kind: "cnn", ...image, widths: [2], activation: "tanh", pooling: "max" }, 5, sizes)
    const flat = { inputs: new Float64Array(3 * 64).fill(0.5) }
    const loss = (at: Float64Array<ArrayBuffer>) => model.run("gradient", { ...model.named(at), ...flat })["loss"]!
    const slope = model.flat(model.run("gradient", { ...model.named(model.weights), ...flat }), ".gradient")
    model.weights.forEach((_, i) => {
      const along = new Float64Array(model.weights.length)
      along[i] = 1
      expect(distance(Float64Array.of(slope[i]!), difference(loss, model.weights, along))).toBeLessThan(1e-8)
    })
  })
})

describe("zeros", () => {
  it("−0 counts as 0", () => {
    const x = g.input("x", [1], "float64")
    const given = new Map([[x, Float64Array.of(-0)]])
    expect([...evaluate([g.sign(x)], given)[0]!]).toEqual([0])
    expect([...evaluate([g.positive(x)], given)[0]!]).toEqual([0])
    expect(g.constant(-0, [2], "float64")).toBe(g.constant(0, [2], "float64"))
    expect([...evaluate([g.constant([-0, 1], [2], "float64")], new Map())[0]!]).toEqual([0, 1])
  })
})
