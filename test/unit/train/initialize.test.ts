/** Starting weights. */
import { assert, describe, it } from "vitest"
import { floats } from "../../../src/tensor/Tensor.ts"
import { initialize, type ParameterSpec } from "../../../src/train/initialize.ts"

const weight: ParameterSpec = { name: "layer0.weight", shape: [20, 10], initial: { kind: "uniform", bound: 0.25 } }
const bias: ParameterSpec = { name: "layer0.bias", shape: [20], initial: { kind: "uniform", bound: 0.25 } }
const scale: ParameterSpec = { name: "scale", shape: [3], initial: { kind: "constant", value: 0.05 } }

describe("initialize", () => {
  it("draws each parameter by its name, whatever else there is and in whatever order", () => {
    const all = initialize([weight, bias, scale], 0, "float64")
    assert.deepStrictEqual(Object.keys(all), ["layer0.weight", "layer0.bias", "scale"])
    assert.deepStrictEqual(initialize([bias, weight], 0, "float64")["layer0.weight"], all["layer0.weight"])
    assert.deepStrictEqual(initialize([bias], 0, "float64")["layer0.bias"], all["layer0.bias"])
  })

  it("fills the bound and no more", () => {
    const drawn = floats(initialize([weight], 0, "float64")["layer0.weight"]!)
    assert.isTrue(drawn.every((value) => Math.abs(value) <= 0.25))
    assert.isAbove(Math.max(...drawn), 0.2)
    assert.isBelow(Math.min(...drawn), -0.2)
  })

  it("draws normal numbers with mean 0 and the deviation", () => {
    const normal: ParameterSpec = { ...weight, shape: [200, 100], initial: { kind: "normal", deviation: 0.5 } }
    const drawn = Float64Array.from(floats(initialize([normal], 0, "float64")["layer0.weight"]!))
    const moment = (power: number) => drawn.reduce((sum, value) => sum + value ** power, 0) / drawn.length
    assert.closeTo(moment(1), 0, 0.02) // 4 standard errors of 0.5 / √20000
    assert.closeTo(Math.sqrt(moment(2)), 0.5, 0.01)
  })

  it("fills constants", () => {
    assert.deepStrictEqual(initialize([scale], 5, "float64")["scale"]!.data, Float64Array.of(0.05, 0.05, 0.05))
  })

  it("rounds the float64 start of a seed to its float32 start", () => {
    const wide = initialize([weight], 3, "float64")["layer0.weight"]!
    const narrow = initialize([weight], 3, "float32")["layer0.weight"]!
    assert.deepStrictEqual(narrow.data, Float32Array.from(floats(wide)))
    assert.strictEqual(narrow.dtype, "float32")
  })

  it("differs by seed and by name", () => {
    const other = { ...weight, name: "layer1.weight" }
    const first = initialize([weight, other], 0, "float64")
    assert.notDeepEqual(first["layer1.weight"]!.data, first["layer0.weight"]!.data)
    assert.notDeepEqual(initialize([weight], 1, "float64")["layer0.weight"]!.data, first["layer0.weight"]!.data)
  })
})
