/**
 * Every op that has a rule is in a module what it means. Tolerances: float64 1e-14, a few roundings; float32 2e-6, as for onnxruntime.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { obstacle } from "../../../src/compile/obstacle.ts"
import { makeGraph } from "../../../src/graph/Graph.ts"
import type { Node } from "../../../src/graph/Node.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { composed } from "../../../src/ops/compose.ts"
import { type Elements, evaluate } from "../../../src/ops/evaluate.ts"
import { table } from "../../../src/ops/table.ts"
import { distance, drawer } from "../../support/draw.ts"
import { runModule } from "../../support/modules.ts"

const seed = 3
const tolerance = { float64: 1e-14, float32: 2e-6 } as const

const cases = (["float64", "float32"] as const).flatMap((dtype) =>
  Object.values(table).flatMap((op) =>
    op.examples.map(({ shapes, attributes, range }, example) => {
      const g = makeBuilder({ simplify: false })
      const inputs = shapes.map((shape, i) => g.input(`x${i}`, shape, dtype))
      const graph = makeGraph(op.name, inputs, { y: g.apply(op.name, inputs, attributes) })
      return { op: op.name, example, dtype, range, graph }
    })
  )
)
const written = cases.filter(({ graph }) => obstacle(composed(graph)) === undefined)

describe("in a module", () => {
  it.effect.each(written)("$op, example $example, is what it means, in $dtype", ({ graph, dtype, range }) =>
    Effect.gen(function* () {
      const draw = drawer(seed)
      const rounded = (elements: Elements): Elements =>
        dtype === "float64" ? elements : Float64Array.from(Float32Array.from(elements))
      const given = new Map<Node, Elements>(
        graph.inputs.map((input) => [input, rounded(draw.like(input, ...(range ?? [])))])
      )
      const meant = evaluate([graph.outputs["y"]!], given)[0]!
      for (const inputsAre of ["state", "given"] as const) {
        const { y } = yield* runModule(graph, given, inputsAre, 2)
        const twice = Float64Array.from([...meant, ...meant])
        assert.isBelow(distance(y!, twice), tolerance[dtype], `seed ${seed}, inputs are ${inputsAre}`)
      }
    })
  )

  it.effect.each(["sign", "relu", "positive", "abs", "neg", "mul", "div", "exp", "tanh"] as const)(
    "%s of what is no number, infinite or a zero is what it means",
    (op) =>
      Effect.gen(function* () {
        const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0]
        const g = makeBuilder({ simplify: false })
        const x = g.input("x", [special.length], "float64")
        const isBinary = op === "mul" || op === "div"
        const graph = makeGraph(op, [x], { y: isBinary ? g[op](x, g.constant(1, x.shape, "float64")) : g[op](x) })
        const given = new Map([[x, Float64Array.from(special)]])
        const { y } = yield* runModule(graph, given, "state", 1)
        assert.deepStrictEqual([...y!].map(String), [...evaluate([graph.outputs["y"]!], given)[0]!].map(String))
      })
  )

  it("every op has a rule, or is made of such, but for those of images, joins and choices", () => {
    const without = [...new Set(cases.filter((it) => !written.includes(it)).map(({ op }) => op))]
    assert.sameMembers(without, [
      ...["pow", "erf"], // of some exponents, in float32
      ...["pad", "reverse", "concat", "softmax", "argMax"],
      ...["conv2d", "conv2dImage", "conv2dKernel", "avgPool2d", "maxPool2d", "upsample2d"]
    ])
  })
})
