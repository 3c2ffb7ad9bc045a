import { describe, expect, it } from "vitest"
import { parametersOf } from "../../../src/models/parameterization.ts"
import { smallModel } from "../../support/models.ts"

describe("parameterizations", () => {
  const fan = { role: "hidden", fanIn: 8, fanOut: 18 } as const
  const normal = (deviation: number) => ({ kind: "normal", deviation })

  it.each([
    ["he", 0.5, 1],
    ["xavier", Math.sqrt(2 / 26), 1],
    ["lecun", Math.sqrt(1 / 8), 1],
    ["ntk", 1, Math.sqrt(1 / 8)],
    ["mup", Math.sqrt(1 / 8), 1]
  ] as const)(
    "%s draws a hidden matrix with the deviation of its source",
    (parameterization, deviation, multiplier) => {
      const { spec, multiplier: found } = parametersOf("mlp", { parameterization }).matrix("w", [18, 8], fan)
      expect(spec.initial.kind === "normal" && spec.initial.deviation).toBeCloseTo(deviation, 15)
      expect(found).toBeCloseTo(multiplier, 15)
      expect(parametersOf("mlp", { parameterization }).bias("b", 18, fan).spec.initial).toEqual({
        kind: "constant",
        value: 0
      })
    }
  )

  it("mup starts like lecun at the input, and smaller by a root of the width at the output", () => {
    const make = parametersOf("mlp", { parameterization: "mup" })
    const effective = ({ spec: { initial }, multiplier }: ReturnType<typeof make.matrix>) =>
      initial.kind === "normal" ? initial.deviation * multiplier : Number.NaN
    expect(effective(make.matrix("w", [18, 8], { ...fan, role: "input" }))).toBeCloseTo(Math.sqrt(1 / 8), 15)
    expect(effective(make.matrix("w", [18, 8], { ...fan, role: "output" }))).toBeCloseTo(1 / 8, 15)
    const { spec, multiplier } = make.vector("gain", 9, 1)
    expect(spec.initial).toEqual({ kind: "constant", value: 1 / 3 })
    expect(multiplier).toBe(3)
  })

  it("a scale multiplies what is drawn, and leaves gains alone", () => {
    const make = parametersOf("mlp", { parameterization: "he", scale: 3 })
    expect(make.matrix("w", [18, 8], fan).spec.initial).toEqual(normal(1.5))
    expect(make.vector("gain", 9, 1).spec.initial).toEqual({ kind: "constant", value: 1 })
    expect(parametersOf("mlp", { scale: 3 }).matrix("w", [18, 8], { ...fan, fanIn: 4 }).spec.initial).toEqual({
      kind: "uniform",
      bound: 1.5
    })
  })

  it("the networks of ntk and lecun are one function of weights that start alike", () => {
    const architecture = { kind: "mlp", widths: [7], activation: "tanh" } as const
    const ntk = smallModel({ ...architecture, parameterization: "ntk" }, 1)
    const plain = smallModel(architecture, 1)
    const factors = [Math.sqrt(3), 1, Math.sqrt(7), 1]
    const weights = Object.entries(plain.named(plain.weights)).map(
      ([name, values], i) => [name, values.map((value) => factors[i]! * value)] as const
    )
    const scaled = ntk.run("gradient", Object.fromEntries(weights))
    expect(scaled["loss"]![0]).toBeCloseTo(plain.run("gradient", plain.named(plain.weights))["loss"]![0]!, 14)
  })
})
