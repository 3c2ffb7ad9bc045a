/** The tridiagonal eigenvalue problem, against known spectra and by its definition. */
import { assert, describe, it } from "vitest"
import { fromSeed, normal, split } from "../../../src/random/Prng.ts"
import { identityRows, tridiagonalEigen, unitRow } from "../../../src/spectral/tridiagonal.ts"

/** Largest entry of T V − V Λ and of VᵀV − 1. */
const defects = (d: ReadonlyArray<number>, e: ReadonlyArray<number>) => {
  const m = d.length
  const { values, rows } = tridiagonalEigen(d, e, identityRows(m))
  let equation = 0
  let orthogonality = 0
  for (let j = 0; j < m; j++) {
    for (let i = 0; i < m; i++) {
      const tv =
        d[i]! * rows[i]![j]! + (e[i - 1] ?? 0) * (rows[i - 1]?.[j] ?? 0) + (e[i] ?? 0) * (rows[i + 1]?.[j] ?? 0)
      equation = Math.max(equation, Math.abs(tv - values[j]! * rows[i]![j]!))
      const inner = rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)
      orthogonality = Math.max(orthogonality, Math.abs(inner - (i === j ? 1 : 0)))
    }
  }
  return { values, equation, orthogonality }
}

describe("tridiagonalEigen", () => {
  it("finds the spectrum of the second difference: 2 − 2 cos(kπ/(m+1))", () => {
    const m = 40
    const { values, equation, orthogonality } = defects(new Array(m).fill(2), new Array(m - 1).fill(-1))
    values.forEach((value, k) => {
      assert.closeTo(value, 2 - 2 * Math.cos(((k + 1) * Math.PI) / (m + 1)), 1e-14)
    })
    assert.isBelow(equation, 1e-14)
    assert.isBelow(orthogonality, 1e-13)
  })

  it("finds the close pairs of Wilkinson's matrix W21+", () => {
    const d = Array.from({ length: 21 }, (_, i) => Math.abs(i - 10))
    const { values, equation, orthogonality } = defects(d, new Array(20).fill(1))
    assert.closeTo(values[20]!, 10.746194182903393, 1e-13)
    assert.closeTo(values[19]!, 10.746194182903322, 1e-13)
    assert.closeTo(values[0]!, -1.12544152212, 1e-13)
    assert.isBelow(equation, 1e-13)
    assert.isBelow(orthogonality, 1e-13)
  })

  it("satisfies T V = V Λ on random matrices, with zeros off the diagonal too", () => {
    for (let seed = 0; seed < 30; seed++) {
      const prng = fromSeed(seed)
      const m = 1 + (seed % 15)
      const d = [...normal(split(prng, "diagonal"), m)]
      const e = [...normal(split(prng, "off"), m - 1)].map((x, i) => ((i + seed) % 4 === 0 ? 0 : x))
      const { values, equation, orthogonality } = defects(d, e)
      assert.isBelow(equation, 1e-13, `seed ${seed}`)
      assert.isBelow(orthogonality, 1e-13, `seed ${seed}`)
      assert.isTrue(
        values.every((value, i) => i === 0 || values[i - 1]! <= value),
        `seed ${seed}`
      )
    }
  })

  it("sorts a diagonal matrix, keeps graded ones apart, and takes sizes 0, 1 and 2", () => {
    assert.deepStrictEqual([...tridiagonalEigen([3, 1, 2], [0, 0], []).values], [1, 2, 3])
    assert.deepStrictEqual([...tridiagonalEigen([0, 0, 0], [0, 0], []).values], [0, 0, 0])
    assert.deepStrictEqual([...tridiagonalEigen([], [], []).values], [])
    assert.deepStrictEqual([...tridiagonalEigen([-7], [], []).values], [-7])
    const two = tridiagonalEigen([0, 0], [1], identityRows(2))
    assert.closeTo(two.values[0]!, -1, 1e-15)
    assert.closeTo(two.values[1]!, 1, 1e-15)
    const graded = tridiagonalEigen([1e8, 1, 1e-8], [1e-3, 1e-9], []).values
    assert.closeTo(graded[0]!, 1e-8, 1e-15)
    assert.closeTo(graded[2]!, 1e8, 1e-6)
  })

  it("gives one component of each eigenvector from one row", () => {
    const d = [1, -2, 3, 0.5]
    const e = [0.3, 0.7, -1.1]
    const all = tridiagonalEigen(d, e, identityRows(4)).rows[3]
    assert.deepStrictEqual(tridiagonalEigen(d, e, [unitRow(4, 3)]).rows[0], all)
  })

  it("does not loop for ever on entries that are not finite", () => {
    assert.throws(() => tridiagonalEigen([1, Number.NaN, 2], [1, 1], []), /QL did not converge/)
  })
})
