/** Orthogonalisation: what is left has nothing along the basis, however little is left. */
import { assert, describe, it } from "@effect/vitest"
import { fromSeed, normal, split } from "../../../src/random/Prng.ts"
import { addScaled, norm, orthogonalize, scale } from "../../../src/spectral/vectors.ts"
import { dot } from "../../../src/tensor/dot.ts"

const size = 50
const random = (label: string) => normal(split(fromSeed("vectors"), label), size)

const orthonormal = (count: number): ReadonlyArray<Float64Array> => {
  const basis: Array<Float64Array> = []
  for (let i = 0; i < count; i++) {
    const next = random(`column ${i}`)
    orthogonalize(next, basis)
    scale(next, 1 / norm(next))
    basis.push(next)
  }
  return basis
}

const along = (x: Float64Array, basis: ReadonlyArray<Float64Array>): number =>
  Math.max(0, ...basis.map((column) => Math.abs(dot(column, x)))) / norm(x)

describe("orthogonalize", () => {
  for (const count of [0, 1, 3, 4, 5, 11]) {
    it(`makes ${count} columns orthonormal, and a vector orthogonal to them`, () => {
      const basis = orthonormal(count)
      basis.forEach((column, i) => {
        assert.isBelow(along(column, basis.slice(0, i)), 1e-15)
      })
      const x = random("x")
      const kept = x.slice()
      orthogonalize(x, basis)
      assert.isBelow(along(x, basis), 1e-15)
      for (const column of basis) addScaled(x, dot(column, kept), column)
      for (const [i, value] of x.entries()) assert.closeTo(value, kept[i]!, 1e-14)
    })
  }

  it("does so where next to nothing is left", () => {
    const basis = orthonormal(11)
    const [last, x] = [basis[10]!, random("x")]
    orthogonalize(x, basis)
    scale(x, 1e-9 / norm(x))
    addScaled(x, 1, last)
    orthogonalize(x, basis)
    assert.closeTo(norm(x) / 1e-9, 1, 1e-6)
    assert.isBelow(along(x, basis), 1e-14)
  })
})
