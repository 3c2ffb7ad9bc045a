/** Singular values against matrices that have them by construction. */
import { assert, describe, it } from "vitest"
import { singularValues } from "../../../src/norms/singularValues.ts"
import { fromSeed, normal, type Prng, split, uniform } from "../../../src/random/Prng.ts"

/** rows × columns, row-major, with these singular values: reflected from both sides. */
const withValues = (prng: Prng, values: ReadonlyArray<number>, rows: number, columns: number): Float64Array => {
  const a = new Float64Array(rows * columns)
  values.forEach((value, i) => {
    a[i * columns + i] = value
  })
  for (let k = 0; k < 4; k++) {
    const u = normal(split(prng, `left ${k}`), rows)
    const v = normal(split(prng, `right ${k}`), columns)
    const [uu, vv] = [u, v].map((x) => x.reduce((sum, value) => sum + value * value, 0))
    for (let j = 0; j < columns; j++) {
      let inner = 0
      for (let i = 0; i < rows; i++) inner += u[i]! * a[i * columns + j]!
      for (let i = 0; i < rows; i++) a[i * columns + j]! -= (2 * inner * u[i]!) / uu!
    }
    for (let i = 0; i < rows; i++) {
      let inner = 0
      for (let j = 0; j < columns; j++) inner += v[j]! * a[i * columns + j]!
      for (let j = 0; j < columns; j++) a[i * columns + j]! -= (2 * inner * v[j]!) / vv!
    }
  }
  return a
}

describe("singularValues", () => {
  it("of diagonal, rank-one and empty matrices are exact", () => {
    assert.deepStrictEqual([...singularValues([0, 0, 0, 0], 2, 2)], [0, 0])
    assert.deepStrictEqual([...singularValues([-3, 0, 0, 4], 2, 2)], [4, 3])
    assert.deepStrictEqual([...singularValues([3, 4], 1, 2)], [5])
    assert.deepStrictEqual([...singularValues([3, 4], 2, 1)], [5])
    assert.deepStrictEqual([...singularValues([], 0, 0)], [])
    const [first, second] = singularValues([1, 2, 2, 4], 2, 2)
    assert.closeTo(first!, 5, 1e-15)
    assert.closeTo(second!, 0, 1e-15)
  })

  it("of [[1, 1], [0, 1]] are the golden ratio and its inverse", () => {
    const [first, second] = singularValues([1, 1, 0, 1], 2, 2)
    assert.closeTo(first!, (1 + Math.sqrt(5)) / 2, 1e-15)
    assert.closeTo(second!, (Math.sqrt(5) - 1) / 2, 1e-15)
  })

  it("are found in any shape: tall, wide, square; multiple, graded, deficient", () => {
    const spectra = [
      [5, 5, 5, 1],
      [1, 1e-4, 1e-8, 0],
      [3, 0, 0, 0],
      [...uniform(fromSeed("values"), 12, 0, 2)].toSorted((a, b) => b - a)
    ]
    for (const [which, values] of spectra.entries()) {
      for (const [rows, columns] of [
        [values.length, values.length],
        [values.length, 30],
        [30, values.length],
        [values.length, values.length + 1]
      ] as const) {
        const matrix = withValues(split(fromSeed(which), `${rows} ${columns}`), values, rows, columns)
        singularValues(matrix, rows, columns).forEach((value, i) => {
          assert.closeTo(value, values[i]!, 1e-14 * values[0]!, `spectrum ${which}, ${rows} × ${columns}, ${i}`)
        })
      }
    }
  })

  it("neither overflow nor underflow", () => {
    assert.closeTo(singularValues([1e200, 1e200], 1, 2)[0]! / (Math.SQRT2 * 1e200), 1, 1e-15)
    const [first, second] = singularValues([3e-200, 0, 0, 4e-200], 2, 2)
    assert.closeTo(first! / 4e-200, 1, 1e-15)
    assert.closeTo(second! / 3e-200, 1, 1e-15)
  })

  it("are NaN of a matrix that is not finite, and refuse a wrong size", () => {
    assert.isTrue(singularValues([1, Number.NaN, 0, 1], 2, 2).every(Number.isNaN))
    assert.throws(() => singularValues([1, 2, 3], 2, 2), /4 entries, got 3/)
  })
})
