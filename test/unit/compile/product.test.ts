/**
 * Products of matrices in a module, of every size that cuts their blocks otherwise, and of every way in which the operands lie.
 * Tolerances: float64 1e-14, float32 2e-6, roundings of sums of 19 terms.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeGraph } from "../../../src/graph/Graph.ts"
import type { Node } from "../../../src/graph/Node.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { type Elements, evaluate } from "../../../src/ops/evaluate.ts"
import { distance, drawer } from "../../support/draw.ts"
import { runModule } from "../../support/modules.ts"

const seed = 5
const tolerance = { float64: 1e-14, float32: 2e-6 } as const

/** Below and above a vector, a block and a loop of them, of either element type; with and without rests. */
const rows = [1, 2, 3, 5]
const columns = [1, 2, 3, 4, 7, 8, 9, 16, 17, 35]
const terms = [1, 2, 3, 4, 7, 8, 9, 17, 19]

const cases = (["float64", "float32"] as const).flatMap((dtype) =>
  [false, true].flatMap((a) =>
    [false, true].map((b) => ({ dtype, turned: { a, b }, name: `${a ? "aᵀ" : "a"} ${b ? "bᵀ" : "b"}` }))
  )
)

describe("products in a module", () => {
  it.effect.each(cases)("of $name in $dtype are what they are, in every size", ({ dtype, turned }) =>
    Effect.gen(function* () {
      const g = makeBuilder()
      const given = new Map<Node, Elements>()
      const draw = drawer(seed)
      const operand = (name: string, shape: readonly [number, number], isTurned: boolean): Node => {
        const input = g.input(name, isTurned ? [shape[1], shape[0]] : shape, dtype)
        const drawn = draw.like(input)
        given.set(input, dtype === "float64" ? Float64Array.from(drawn) : Float64Array.from(Float32Array.from(drawn)))
        return isTurned ? g.transpose(input) : input
      }
      const sizes = rows.flatMap((m) => columns.flatMap((n) => terms.map((k) => [m, n, k] as const)))
      const products = sizes.map(([m, n, k]) => {
        const name = `${m}, ${n}, ${k}`
        return [name, g.matmul(operand(`a ${name}`, [m, k], turned.a), operand(`b ${name}`, [k, n], turned.b))] as const
      })
      const made = yield* runModule(
        makeGraph("products", [...given.keys()], Object.fromEntries(products)),
        given,
        "given",
        1
      )
      const meant = evaluate(
        products.map(([, product]) => product),
        given
      )
      products.forEach(([name], i) => {
        assert.isBelow(
          distance(made[name]!, meant[i]!),
          tolerance[dtype],
          `rows, columns, terms: ${name}; seed ${seed}`
        )
      })
    })
  )
})
