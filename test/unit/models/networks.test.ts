import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Architecture } from "../../../src/models/Architecture.ts"
import { diagonal, factorization } from "../../../src/models/diagonal.ts"
import { InvalidArchitecture, UnknownChoice } from "../../../src/models/Errors.ts"
import { mlp } from "../../../src/models/mlp.ts"
import { ParameterSpec } from "../../../src/models/ParameterSpec.ts"
import { trainingGraphs } from "../../../src/models/trainingGraphs.ts"

const sizes = { features: 16, outputs: 3 }

describe("mlp", () => {
  it("names, shapes and initialises its parameters as nn.Linear does", () => {
    const { parameters } = mlp({ kind: "mlp", widths: [4], activation: "relu" }, sizes)
    expect(parameters).toEqual([
      { name: "layer0.weight", shape: [4, 16], initial: { kind: "uniform", bound: 0.25 } },
      { name: "layer0.bias", shape: [4], initial: { kind: "uniform", bound: 0.25 } },
      { name: "layer1.weight", shape: [3, 4], initial: { kind: "uniform", bound: 0.5 } },
      { name: "layer1.bias", shape: [3], initial: { kind: "uniform", bound: 0.5 } }
    ])
  })

  it("refuses an activation that does not exist, and names those that do", () => {
    const swish = { kind: "mlp", widths: [4], activation: "swish" } as never
    expect(() => mlp(swish, sizes)).toThrow(UnknownChoice)
    expect(() => mlp(swish, sizes)).toThrow(
      'There is no activation "swish". Known: tanh, relu, gelu, geluTanh, silu, softplus, elu, sigmoid, softsign.'
    )
  })

  it.each([[0], [-3], [2.5]])("refuses a width of %d, and says where it is", (width) => {
    const wrong = () => mlp({ kind: "mlp", widths: [4, width], activation: "tanh" }, sizes)
    expect(wrong).toThrow(InvalidArchitecture)
    expect(wrong).toThrow(`mlp: widths[1] is ${width}, expected a whole number of at least 1.`)
  })
})

describe("diagonal", () => {
  it("has one weight per feature, all starting at the scale", () => {
    const { parameters } = diagonal({ kind: "diagonal", scale: 0.1 }, { features: 5, outputs: 1 })
    expect(parameters).toEqual([{ name: "weight", shape: [5], initial: { kind: "constant", value: 0.1 } }])
  })

  it("refuses data with more than one output", () => {
    expect(() => diagonal({ kind: "diagonal", scale: 0.1 }, sizes)).toThrow(
      "the number of outputs of the data is 3, expected 1"
    )
  })

  it("refuses to start at 0, from where it cannot move", () => {
    expect(() => diagonal({ kind: "diagonal", scale: 0 }, { features: 5, outputs: 1 })).toThrow(InvalidArchitecture)
  })
})

describe("deep diagonal networks", () => {
  const one = { features: 5, outputs: 1 }

  it("have the parameters of their form", () => {
    const names = (form: "power" | "difference" | "product") =>
      diagonal({ kind: "diagonal", scale: 0.1, form, depth: 3, lastScale: 0 }, one).parameters.map(
        ({ name, initial }) => [name, initial.kind === "constant" ? initial.value : undefined]
      )
    expect(names("power")).toEqual([["weight", 0.1]])
    expect(names("difference")).toEqual([
      ["positive", 0.1],
      ["negative", 0]
    ])
    expect(names("product")).toEqual([
      ["layer0.weight", 0.1],
      ["layer1.weight", 0.1],
      ["layer2.weight", 0]
    ])
  })

  it("refuse a form that does not exist, and a depth below 1", () => {
    const other = { kind: "diagonal", scale: 1, form: "quotient" } as never
    expect(() => diagonal(other, one)).toThrow(
      'There is no form of a diagonal network "quotient". Known: power, difference'
    )
    expect(() => diagonal({ kind: "diagonal", scale: 1, depth: 0 }, one)).toThrow("depth is 0")
  })
})

describe("a product of numbers", () => {
  it("starts where it is told", () => {
    const { parameters } = factorization({ kind: "factorization", start: [3, 0.5] }, { features: 1, outputs: 1 })
    expect(parameters.map(({ initial }) => initial)).toEqual([
      { kind: "constant", value: 3 },
      { kind: "constant", value: 0.5 }
    ])
  })

  it.each([
    [{ features: 2, outputs: 1 }, [1], "the number of features of the data is 2, expected 1"],
    [{ features: 1, outputs: 2 }, [1], "the number of outputs of the data is 2, expected 1"],
    [{ features: 1, outputs: 1 }, [], "the number of factors in `start` is 0"]
  ])("refuses %j", (data, start, message) => {
    expect(() => factorization({ kind: "factorization", start }, data)).toThrow(InvalidArchitecture)
    expect(() => factorization({ kind: "factorization", start }, data)).toThrow(message)
  })
})

describe("trainingGraphs", () => {
  const options = { loss: "mse", dtype: "float64", train: 2, test: 2, ...sizes } as const

  it("refuses an architecture or a loss that does not exist", () => {
    const tanh = { kind: "mlp", widths: [], activation: "tanh" } as const
    expect(() => trainingGraphs({ ...options, architecture: { kind: "transformer" } as never })).toThrow(
      'There is no architecture "transformer". Known: mlp, deepLinear, diagonal, factorization, cnn, resnet, vit.'
    )
    expect(() => trainingGraphs({ ...options, architecture: tanh, loss: "hinge" as never })).toThrow(
      'There is no loss "hinge". Known: mse, crossEntropy, logistic, exponential.'
    )
  })
})

describe("descriptions", () => {
  it("are plain data: they survive JSON", () => {
    const architecture: Architecture = { kind: "mlp", widths: [4], activation: "tanh" }
    const { parameters } = mlp(architecture, sizes)
    expect(Schema.decodeUnknownSync(Architecture)(JSON.parse(JSON.stringify(architecture)))).toEqual(architecture)
    expect(Schema.decodeUnknownSync(Schema.Array(ParameterSpec))(JSON.parse(JSON.stringify(parameters)))).toEqual(
      parameters
    )
  })
})
