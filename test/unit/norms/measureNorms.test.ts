/** Norms of layers and networks, where they can be counted by hand. */
import { assert, describe, it } from "vitest"
import { frobenius, matrixOf, spectralNorms } from "../../../src/norms/matrixNorms.ts"
import { measureNorms, relativeTo } from "../../../src/norms/measureNorms.ts"
import { pathNorm } from "../../../src/norms/pathNorm.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"

const of = (shape: ReadonlyArray<number>, ...values: ReadonlyArray<number>) => tensor(shape, Float64Array.from(values))

const parameters = {
  "layer0.weight": of([3, 2], 3, 0, 0, -4, 0, 0),
  "layer0.bias": of([3], 0, 0, 0),
  "layer1.weight": of([1, 3], 1, -2, 2),
  "layer1.bias": of([1], -5)
}
const layers = [
  { weight: "layer0.weight", bias: "layer0.bias" },
  { weight: "layer1.weight", bias: "layer1.bias" }
]

describe("matrix norms", () => {
  it("are those of the singular values", () => {
    assert.deepStrictEqual(spectralNorms(of([2, 2], 3, 0, 0, -4)), { nuclear: 7, spectral: 4 })
    assert.strictEqual(frobenius(of([2, 2], 3, 0, 0, -4)), 5)
    assert.deepStrictEqual(spectralNorms(of([0, 3])), { nuclear: 0, spectral: 0 })
  })

  it("take a convolution as a matrix of its outputs, and a vector as one row", () => {
    const { rows, columns } = matrixOf(tensor([4, 3, 2, 2], new Float32Array(48)))
    assert.deepStrictEqual([rows, columns], [4, 12])
    assert.strictEqual(spectralNorms(of([2], 3, 4)).spectral, 5)
  })
})

describe("path norms", () => {
  it("sum the products along all paths", () => {
    // paths: 3 · 1 and 4 · 2; of biases: 0, and 5
    const chain = layers.map(({ weight, bias }) => ({
      weight: parameters[weight as "layer0.weight"],
      bias: parameters[bias as "layer0.bias"]
    }))
    assert.strictEqual(pathNorm(chain, 1), 3 + 8 + 5)
    assert.closeTo(pathNorm(chain, 2), Math.sqrt(9 + 64 + 25), 1e-14)
    const withoutBias = chain.map(({ weight }) => ({ weight }))
    assert.strictEqual(pathNorm(withoutBias, 1), 11)
  })

  it("of one layer are those of its entries", () => {
    assert.strictEqual(pathNorm([{ weight: of([2, 2], 1, -2, 3, -4) }], 1), 10)
    assert.closeTo(pathNorm([{ weight: of([2, 2], 1, -2, 3, -4) }], 2), Math.sqrt(30), 1e-14)
  })

  it("do not change when a hidden unit is rescaled, biases included", () => {
    const scaled = (factor: number) => [
      { weight: of([2, 2], 1 * factor, -2 * factor, 3, 0.5), bias: of([2], 0.3 * factor, -0.1) },
      { weight: of([1, 2], 2 / factor, -1), bias: of([1], 0.7) }
    ]
    for (const power of [1, 2] as const) {
      assert.closeTo(pathNorm(scaled(1000), power), pathNorm(scaled(1), power), 1e-12)
    }
  })

  it("refuse layers that do not fit", () => {
    const wide = { weight: of([1, 3], 1, 1, 1) }
    assert.throws(() => pathNorm([wide, wide], 1), /layer 1 has 3 inputs, expected 1/)
    assert.throws(
      () => pathNorm([{ ...wide, bias: of([2], 1, 1) }], 1),
      /the bias of layer 0 has 2 entries, expected 1/
    )
  })
})

describe("measureNorms", () => {
  it("measures every parameter, weights by their spectra, and the whole", () => {
    const norms = measureNorms(parameters, layers)
    assert.strictEqual(norms.l1, 3 + 4 + 5 + 5)
    assert.closeTo(norms.l2, Math.sqrt(25 + 9 + 25), 1e-14)
    assert.deepStrictEqual(norms.frobenius, {
      "layer0.weight": 5,
      "layer0.bias": 0,
      "layer1.weight": 3,
      "layer1.bias": 5
    })
    assert.deepStrictEqual(Object.keys(norms.spectral), ["layer0.weight", "layer1.weight"])
    assert.closeTo(norms.spectral["layer0.weight"]!, 4, 1e-14)
    assert.closeTo(norms.nuclear["layer0.weight"]!, 7, 1e-14)
    assert.closeTo(norms.spectralProduct, 12, 1e-13)
    assert.strictEqual(norms.path1, 16)
    assert.closeTo(norms.path2!, Math.sqrt(98), 1e-14)
  })

  it("has no path norms without layers, and refuses an unknown one", () => {
    assert.isUndefined(measureNorms(parameters).path1)
    assert.throws(() => measureNorms(parameters, [{ weight: "head.weight" }]), /no parameter head.weight among layer0/)
  })

  it("relative to the start are 1 at the start, and undefined where the start was 0", () => {
    const start = measureNorms(parameters, layers)
    const doubled = Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, data }]) => [
        name,
        tensor(
          shape,
          (data as Float64Array).map((w) => 2 * w)
        )
      ])
    )
    const same = relativeTo(start, start)
    assert.strictEqual(same.l1, 1)
    assert.strictEqual(same.frobenius["layer1.bias"], 1)
    assert.isUndefined(same.frobenius["layer0.bias"])
    const twice = relativeTo(start, measureNorms(doubled, layers))
    assert.closeTo(twice.spectralProduct!, 4, 1e-12)
    assert.closeTo(twice.nuclear["layer1.weight"]!, 2, 1e-12)
    assert.isUndefined(relativeTo(start, measureNorms(doubled)).path1)
  })
})
