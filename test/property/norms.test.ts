/** What holds between the norms of any matrix, and of any network. */
import { assert, describe, it } from "vitest"
import { frobenius, spectralNorms } from "../../src/norms/matrixNorms.ts"
import { pathNorm } from "../../src/norms/pathNorm.ts"
import { singularValues } from "../../src/norms/singularValues.ts"
import { fromSeed, normal, type Prng, split, uniform } from "../../src/random/Prng.ts"
import { symmetricEigen } from "../../src/spectral/symmetricEigen.ts"
import { tensor } from "../../src/tensor/Tensor.ts"

const integer = (prng: Prng, label: string, minimum: number, maximum: number): number =>
  Math.floor(uniform(split(prng, label), 1, minimum, maximum + 1)[0]!)

const matrices = Array.from({ length: 60 }, (_, seed) => {
  const prng = fromSeed(`norms ${seed}`)
  const [rows, columns] = [integer(prng, "rows", 1, 25), integer(prng, "columns", 1, 25)]
  const entries = normal(prng, rows * columns)
  return {
    rows,
    columns,
    entries,
    weight: tensor([rows, columns], entries),
    about: `seed ${seed}: ${rows} × ${columns}`
  }
})

describe("the norms of any matrix", () => {
  it("σ² are the eigenvalues of W Wᵀ", () => {
    for (const { rows, columns, entries, about } of matrices) {
      const gram = Array.from({ length: rows }, (_, i) =>
        Array.from({ length: rows }, (_, j) => {
          let sum = 0
          for (let k = 0; k < columns; k++) sum += entries[i * columns + k]! * entries[j * columns + k]!
          return sum
        })
      )
      const squares = symmetricEigen(gram).values.toReversed()
      singularValues(entries, rows, columns).forEach((value, i) => {
        assert.closeTo(value ** 2, squares[i]!, 1e-12 * squares[0]!, about)
      })
    }
  })

  it("spectral ≤ Frobenius ≤ nuclear ≤ √rank · Frobenius, and Σ σ² is the Frobenius norm's square", () => {
    for (const { rows, columns, entries, weight, about } of matrices) {
      const { spectral, nuclear } = spectralNorms(weight)
      const size = frobenius(weight)
      const slack = 1 + 1e-13
      assert.isAtMost(spectral, size * slack, about)
      assert.isAtMost(size, nuclear * slack, about)
      assert.isAtMost(nuclear, Math.sqrt(Math.min(rows, columns)) * size * slack, about)
      const squares = singularValues(entries, rows, columns).reduce((sum, value) => sum + value ** 2, 0)
      assert.closeTo(squares / size ** 2, 1, 1e-13, about)
    }
  })

  it("does not change with its transpose", () => {
    for (const { rows, columns, entries, about } of matrices) {
      const transposed = Float64Array.from(entries, (_, at) => entries[(at % rows) * columns + Math.floor(at / rows)]!)
      const values = singularValues(entries, rows, columns)
      singularValues(transposed, columns, rows).forEach((value, i) => {
        assert.closeTo(value, values[i]!, 1e-13 * values[0]!, about)
      })
    }
  })
})

describe("the path norm of any network", () => {
  it("does not change when hidden units are rescaled, and bounds the network's output", () => {
    for (let seed = 0; seed < 40; seed++) {
      const prng = fromSeed(`paths ${seed}`)
      const sizes = Array.from({ length: integer(prng, "depth", 2, 5) }, (_, l) => integer(prng, `size ${l}`, 1, 6))
      const layers = sizes.slice(1).map((out, l) => ({
        out,
        into: sizes[l]!,
        weight: normal(split(prng, `weight ${l}`), out * sizes[l]!)
      }))
      const factors = sizes.map((size, l) =>
        l === 0 || l === sizes.length - 1
          ? new Float64Array(size).fill(1)
          : uniform(split(prng, `factor ${l}`), size, 0.1, 10)
      )
      const chain = layers.map(({ out, into, weight }) => ({ weight: tensor([out, into], weight) }))
      const scaled = layers.map(({ out, into, weight }, l) => ({
        weight: tensor(
          [out, into],
          weight.map((w, at) => (w * factors[l + 1]![Math.floor(at / into)]!) / factors[l]![at % into]!)
        )
      }))
      for (const power of [1, 2] as const) {
        assert.closeTo(pathNorm(scaled, power) / pathNorm(chain, power), 1, 1e-12, `seed ${seed}`)
      }
      // a relu network at inputs of size at most 1 gives outputs whose sum of sizes is at most the norm of power 1
      let signal: Float64Array = uniform(split(prng, "input"), sizes[0]!, -1, 1)
      layers.forEach(({ out, into, weight }, l) => {
        signal = Float64Array.from({ length: out }, (_, i) => {
          const sum = signal.reduce((total, value, j) => total + weight[i * into + j]! * value, 0)
          return l < layers.length - 1 ? Math.max(0, sum) : sum
        })
      })
      const size = signal.reduce((sum, value) => sum + Math.abs(value), 0)
      assert.isAtMost(size, pathNorm(chain, 1) * (1 + 1e-12), `seed ${seed}`)
    }
  })
})
