/** The dense symmetric eigenvalue problem, against known spectra and by its definition. */
import { assert, describe, it } from "vitest"
import { fromSeed, split, uniform } from "../../../src/random/Prng.ts"
import { symmetricEigen } from "../../../src/spectral/symmetricEigen.ts"
import { withSpectrum } from "../../support/symmetric.ts"

const rowsOf = (entries: Float64Array, n: number): ReadonlyArray<Float64Array> =>
  Array.from({ length: n }, (_, i) => entries.subarray(i * n, (i + 1) * n))

describe("symmetricEigen", () => {
  it("finds [[2, 1], [1, 2]] and smaller ones", () => {
    assert.deepStrictEqual([...symmetricEigen([[3]]).values], [3])
    assert.deepStrictEqual([...symmetricEigen([]).values], [])
    const { values, rows } = symmetricEigen([
      [2, 1],
      [1, 2]
    ])
    assert.closeTo(values[0]!, 1, 1e-15)
    assert.closeTo(values[1]!, 3, 1e-15)
    assert.closeTo(Math.abs(rows[0]![1]!), Math.SQRT1_2, 1e-15)
  })

  it("finds those of matrices of low rank, of which the rest is rounding", () => {
    for (let draw = 0; draw < 40; draw++) {
      const n = 60 + (draw % 3) * 20
      const spectrum = Array.from({ length: n }, (_, i) => (i < 1 + (draw % 12) ? 5 - i : 0))
      const { entries } = withSpectrum(split(fromSeed("low rank"), `${draw}`), spectrum)
      const { values } = symmetricEigen(rowsOf(entries, n))
      for (const [i, value] of spectrum.toSorted((a, b) => a - b).entries()) {
        assert.closeTo(values[i]!, value, 1e-12, `draw ${draw}`)
      }
    }
  })

  it("finds chosen spectra, and vectors that satisfy A V = V Λ and VᵀV = 1", () => {
    const spectra = [
      [5, 5, 5, 1, -2],
      [0, 0, 0],
      Array.from({ length: 30 }, (_, i) => 10 ** (-i / 3)),
      [...uniform(fromSeed("spectrum"), 60, -4, 4)]
    ]
    for (const [which, spectrum] of spectra.entries()) {
      const n = spectrum.length
      const { entries } = withSpectrum(split(fromSeed("dense"), `${which}`), spectrum)
      const { values, rows } = symmetricEigen(rowsOf(entries, n))
      const size = Math.max(...spectrum.map(Math.abs), 1)
      spectrum
        .toSorted((a, b) => a - b)
        .forEach((value, i) => {
          assert.closeTo(values[i]!, value, 1e-13 * size, `spectrum ${which}`)
        })
      for (let j = 0; j < n; j++) {
        for (let i = 0; i < n; i++) {
          const av = rows.reduce((sum, row, k) => sum + entries[i * n + k]! * row[j]!, 0)
          assert.closeTo(av, values[j]! * rows[i]![j]!, 1e-13 * size)
          const inner = rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)
          assert.closeTo(inner, i === j ? 1 : 0, 1e-13)
        }
      }
    }
  })

  it("reads the lower triangle alone", () => {
    const { values } = symmetricEigen([[2], [1, 2]])
    assert.closeTo(values[1]!, 3, 1e-15)
  })
})
