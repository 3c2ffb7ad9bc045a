/**
 * The functions that modules bring themselves, over all numbers: compared with those of JavaScript, which are within one rounding.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeGraph } from "../../../src/graph/Graph.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { drawer } from "../../support/draw.ts"
import { runModule } from "../../support/modules.ts"

const seed = 29
const epsilon = { float64: 2 ** -52, float32: 2 ** -23 } as const
const least = { float64: 2 ** -1022, float32: 2 ** -126 } as const
const largest = { float64: Number.MAX_VALUE, float32: 3.4e38 } as const

const special = [0, 1, -1, 0.5, 2, 0.625, -0.625, 1e-9, -1e-9, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
const uniform = (low: number, high: number) => Array.from(drawer(seed).numbers(2000, low, high))
const powers = (low: number, high: number) => uniform(low, high).map((exponent) => 2 ** exponent)

const functions = {
  exp: {
    meant: Math.exp,
    points: [...uniform(-800, 800), ...uniform(-100, 100), ...uniform(-1, 1), 709.7, 709.8, -745.1, -745.2, 88.7, 88.8]
  },
  log: {
    meant: Math.log,
    points: [...powers(-1074, 1023), ...powers(-149, 127), ...uniform(0.5, 2), ...uniform(-1, 0)]
  },
  tanh: { meant: Math.tanh, points: [...uniform(-1, 1), ...uniform(-30, 30), ...powers(-60, 3), 1e300] },
  sigmoid: { meant: (a: number) => 1 / (1 + Math.exp(-a)), points: [...uniform(-88.7, 80), ...uniform(-1, 1)] }
} as const

describe.each(["float64", "float32"] as const)("in %s", (dtype) => {
  const rounded = (values: ReadonlyArray<number>) =>
    dtype === "float64" ? Float64Array.from(values) : Float64Array.from(Float32Array.from(values))
  const valuesOf = (name: keyof typeof functions, points: Float64Array<ArrayBuffer>) => {
    const g = makeBuilder()
    const x = g.input("x", [points.length], dtype)
    return runModule(makeGraph(name, [x], { y: g[name](x) }), new Map([[x, points]]), "state", 1)
  }

  it.effect.each(Object.keys(functions) as Array<keyof typeof functions>)("%s is within two roundings of it", (name) =>
    Effect.gen(function* () {
      const { meant, points } = functions[name]
      const at = rounded([...points, ...special])
      const { y } = yield* valuesOf(name, at)
      for (const [i, point] of at.entries()) {
        const [actual, expected] = [y![i]!, meant(point)]
        const spacing = Math.max(Math.abs(expected), least[dtype]) * epsilon[dtype]
        const isMeant =
          Math.abs(expected) > largest[dtype] || Number.isNaN(expected)
            ? Object.is(actual, expected) || actual * Math.sign(expected) >= largest[dtype]
            : Math.abs(actual - expected) <= 2 * spacing
        assert.isTrue(isMeant, `${name}(${point}) is ${actual}, not ${expected}; seed ${seed}`)
      }
    })
  )

  it.effect("softplus, which is made of them, keeps its digits far below 0", () =>
    Effect.gen(function* () {
      const points = Float64Array.from({ length: 80 }, (_, i) => 1 - i)
      const g = makeBuilder()
      const x = g.input("x", [points.length], dtype)
      const graph = makeGraph("softplus", [x], { y: g.softplus(x) })
      const { y } = yield* runModule(graph, new Map([[x, points]]), "state", 1)
      for (const [i, point] of points.entries()) {
        const meant = Math.max(point, 0) + Math.log1p(Math.exp(-Math.abs(point)))
        assert.isBelow(Math.abs(y![i]! / meant - 1), 4 * epsilon[dtype], `${point}`)
      }
    })
  )

  it.effect("sigmoid is 0 from where e^−a is ∞, and not before", () =>
    Effect.gen(function* () {
      const [before, after] = { float32: [-88.7, -88.8], float64: [-709.7, -709.9] }[dtype] as [number, number]
      const { y } = yield* valuesOf("sigmoid", rounded([before, after]))
      assert.isAbove(y![0]!, 0)
      assert.strictEqual(y![1], 0)
    })
  )

  it.effect.each(Object.keys(functions) as Array<keyof typeof functions>)("%s of what is no number is none", (name) =>
    Effect.gen(function* () {
      const { y } = yield* valuesOf(name, Float64Array.of(Number.NaN, 1, Number.NaN))
      assert.deepStrictEqual([...y!].map(Number.isNaN), [true, false, true])
    })
  )

  it.effect("they give the same alone as among many, and tanh is odd", () =>
    Effect.gen(function* () {
      const points = rounded(uniform(-3, 3).slice(0, 7))
      const { y } = yield* valuesOf("tanh", points)
      for (const [i, point] of points.entries()) {
        const alone = yield* valuesOf("tanh", Float64Array.of(-point))
        assert.strictEqual(alone["y"]![0], -y![i]!)
      }
    })
  )
})
