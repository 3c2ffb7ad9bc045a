/** The triangular factor, of matrices with and without full rank. */
import { assert, describe, it } from "@effect/vitest"
import { cholesky } from "../../../src/tensor/cholesky.ts"
import { drawer } from "../../support/draw.ts"

/** Inner products of `size` random vectors of `rank` entries. */
const inner = (size: number, rank: number): Float64Array => {
  const vectors = drawer(size + rank).numbers(size * rank)
  const at = (i: number, j: number): number => {
    let sum = 0
    for (let k = 0; k < rank; k++) sum += vectors[i * rank + k]! * vectors[j * rank + k]!
    return sum
  }
  return Float64Array.from({ length: size * size }, (_, entry) => at(Math.floor(entry / size), entry % size))
}

describe("cholesky", () => {
  for (const [size, rank] of [
    [1, 1],
    [6, 6],
    [13, 20],
    [9, 4],
    [5, 1]
  ] as const) {
    it(`factors a matrix of size ${size} made of vectors with ${rank} entries`, () => {
      const matrix = inner(size, rank)
      const lower = cholesky(matrix, size)
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          let sum = 0
          for (let k = 0; k < size; k++) sum += lower[i * size + k]! * lower[j * size + k]!
          assert.closeTo(sum, matrix[i * size + j]!, 1e-12 * size * rank)
          if (j > i) assert.strictEqual(lower[i * size + j], 0)
        }
      }
    })
  }

  it("gives 0 for a matrix of zeros", () => {
    assert.deepStrictEqual(cholesky(new Float64Array(9), 3), new Float64Array(9))
  })
})
