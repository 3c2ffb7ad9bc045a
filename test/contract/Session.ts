/**
 * What every session does, whatever runs the models: `suite` is run on each layer.
 * Tolerances: float64 1e-12, a few roundings of sums of ten terms; float32 2e-6, the same.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { type Graph, makeGraph, nameOf, nodesOf } from "../../src/graph/Graph.ts"
import type { Node } from "../../src/graph/Node.ts"
import { encode } from "../../src/onnx/encode.ts"
import { encodeLoop } from "../../src/onnx/encodeLoop.ts"
import { modelBytes, valueInfo } from "../../src/onnx/messages.ts"
import type { Builder } from "../../src/ops/Build.ts"
import { makeBuilder } from "../../src/ops/builder.ts"
import { type Elements, evaluateGraph } from "../../src/ops/evaluate.ts"
import { table } from "../../src/ops/table.ts"
import { Session } from "../../src/runtime/Session.ts"
import type { FloatDType } from "../../src/tensor/DType.ts"
import { floats, type Tensor, type Tensors, tensor } from "../../src/tensor/Tensor.ts"
import { distance, drawer } from "../support/draw.ts"

const dtypes: ReadonlyArray<FloatDType> = ["float32", "float64"]
const tolerance = { float32: 2e-6, float64: 1e-12 } as const
const seed = 7

const toTensor = (node: Node, elements: Elements): Tensor =>
  tensor(node.shape, node.dtype === "float32" ? Float32Array.from(elements) : elements)

const elementsOf = (value: Tensor): Elements => Float64Array.from(floats(value))

/** Values for the inputs and the data of a graph, drawn from a range, as the graph's dtype holds them. */
const drawn = (graph: Graph, range: readonly [number, number] = [-1, 1]): Tensors => {
  const draw = drawer(seed)
  const leaves = [...graph.inputs, ...nodesOf(graph).filter((node) => node.op === "data")]
  return Object.fromEntries(leaves.map((leaf) => [nameOf(leaf), toTensor(leaf, draw.like(leaf, ...range))]))
}

const only = (graph: Graph, op: string, values: Tensors): Tensors => {
  const names = new Set([...graph.inputs, ...nodesOf(graph)].filter((node) => node.op === op).map(nameOf))
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)))
}

const opened = (graph: Graph, values: Tensors) =>
  Effect.gen(function* () {
    const bytes = yield* Effect.promise(() => encode(graph))
    return yield* (yield* Session).open(bytes, only(graph, "data", values))
  })

/** A graph with values drawn for it. */
const madeReady = (graph: Graph) =>
  Effect.gen(function* () {
    const values = drawn(graph)
    return { program: yield* opened(graph, values), inputs: only(graph, "input", values) }
  })

const array = (dtype: FloatDType, size: number) =>
  dtype === "float32" ? new Float32Array(size) : new Float64Array(size)

/** Largest difference between what a session gives and what the graph means. */
const errorOf = (graph: Graph, values: Tensors) =>
  Effect.gen(function* () {
    const program = yield* opened(graph, values)
    const outputs = yield* program.run(only(graph, "input", values))
    const meant = evaluateGraph<string>(
      graph,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, elementsOf(value)]))
    )
    return Math.max(...Object.entries(meant).map(([name, value]) => distance(elementsOf(outputs[name]!), value)))
  })

const opGraphs = (dtype: FloatDType) =>
  Object.values(table).flatMap((op) =>
    op.examples.map(({ shapes, attributes, range }, example) => {
      const g = makeBuilder({ simplify: false })
      const inputs = shapes.map((shape, i) => g.input(`x${i}`, shape, dtype))
      return {
        op: op.name,
        example,
        range,
        graph: makeGraph(op.name, inputs, { y: g.apply(op.name, inputs, attributes) })
      }
    })
  )

/** Sums of products in every arrangement that the encoder turns into Gemm, and a few that it must not. */
const productGraph = (dtype: FloatDType): Graph => {
  const g = makeBuilder()
  const [a, b, c] = [g.input("a", [3, 4], dtype), g.input("b", [4, 3], dtype), g.input("c", [3, 3], dtype)]
  const [bias, row] = [g.input("bias", [3], dtype), g.data("row", [1, 3], dtype)]
  const column = (): Node => g.expand(g.reshape(bias, { shape: [3, 1] }), { shape: [3, 3] })
  const [ab, atbt] = [g.matmul(a, b), g.matmul(g.transpose(b), g.transpose(a))]
  const scaled = g.mul(ab, g.constant(0.1, [3, 3], dtype))
  return makeGraph("products", [a, b, c, bias], {
    plain: ab,
    shared: g.add(ab, c),
    transposed: g.transpose(g.matmul(a, g.mul(b, b))),
    biased: g.add(g.matmul(a, g.neg(b)), column()),
    rowed: g.add(g.expand(row, { shape: [3, 3] }), g.matmul(a, g.exp(b))),
    minus: g.sub(c, g.matmul(c, g.transpose(c))),
    minusFrom: g.sub(g.matmul(g.transpose(c), c), c),
    negative: g.neg(g.matmul(c, c)),
    chain: g.add(g.add(g.matmul(a, g.tanh(b)), column()), g.add(c, g.sub(atbt, g.matmul(c, g.tanh(c))))),
    raised: g.add(g.matmul(a, g.sqrt(g.mul(b, b))), g.constant(1, [3, 3], dtype)),
    scaled
  })
}

/** Elementwise ops of repeated values, of which ONNX repeats some by itself. */
const repeatedGraph = (dtype: FloatDType): Graph => {
  const g = makeBuilder()
  const [x, column, row] = [g.input("x", [2, 3], dtype), g.input("column", [2, 1], dtype), g.input("row", [3], dtype)]
  const full = (node: Node): Node => g.expand(node, { shape: [2, 3] })
  return makeGraph("repeated", [x, column, row], {
    one: g.mul(x, full(column)),
    both: g.add(full(column), full(row)),
    alike: g.sub(full(g.exp(row)), full(row)),
    number: g.sub(g.constant(1, [2, 3], dtype), x),
    literal: g.mul(g.constant([1, 2, 3, 4, 5, 6], [2, 3], dtype), x),
    filled: g.constant(2.5, [2, 3], dtype),
    itself: x
  })
}

/** Zeros around images, for one op each: as many as a window has and more, and larger than negative numbers. */
const paddedGraph = (dtype: FloatDType): Graph => {
  const g = makeBuilder()
  const images = ["x1", "x2", "x3", "x4"].map((name) => g.input(name, [1, 2, 4, 4], dtype))
  const w = g.input("w", [3, 2, 2, 2], dtype)
  const around = (i: number, by: number): Node => g.pad(images[i]!, { pads: [0, 0, by, by, 0, 0, by, by] })
  return makeGraph("padded", [...images, w], {
    largestOfOne: g.maxPool2d(around(0, 1), { size: [2, 2] }),
    largestOfTwo: g.maxPool2d(around(1, 2), { size: [2, 2] }),
    mean: g.avgPool2d(around(2, 1), { size: [2, 2] }),
    convolved: g.conv2d(around(3, 2), w, { strides: [1, 1], padding: [0, 0, 0, 0] })
  })
}

/** w ← w − η (w − t)², with the sum of w as what is kept of each step. */
const stepGraph = (dtype: FloatDType): Graph => {
  const g = makeBuilder()
  const [w, rate, target] = [g.input("w", [3], dtype), g.input("rate", [], dtype), g.data("target", [3], dtype)]
  const difference = g.sub(w, target)
  const next = g.sub(w, g.mul(g.expand(rate, { shape: [3] }), g.mul(difference, difference)))
  const rateDoubled = g.mul(rate, g.constant(2, [], dtype))
  return makeGraph("step", [w, rate], {
    "w.next": next,
    total: g.sum(w, { axes: [0], keepDims: false }),
    rateDoubled
  })
}

const loopOf = (dtype: FloatDType) =>
  Effect.gen(function* () {
    const graph = stepGraph(dtype)
    const values = drawn(graph)
    const options = { name: "steps", state: { "w.next": "w" }, scan: ["total", "rateDoubled"] }
    const bytes = yield* Effect.promise(() => encodeLoop(graph, options))
    const program = yield* (yield* Session).open(bytes, only(graph, "data", values))
    const repeat = (w: Tensor, steps: number) =>
      program.run({ w, rate: values["rate"]!, steps: tensor([], BigInt64Array.of(BigInt(steps))) })
    const single = yield* opened(graph, values)
    return { program, repeat, single, start: values["w"]!, rate: values["rate"]! }
  })

const small = (g: Builder): Graph => {
  const [x, d] = [g.input("x", [2, 2], "float64"), g.data("d", [2, 2], "float64")]
  return makeGraph("small", [x], { y: g.add(x, d) })
}
const square = (elements: ReadonlyArray<number>): Tensor => tensor([2, 2], Float64Array.from(elements))
const given: Tensors = { x: square([1, 2, 3, 4]), d: square([10, 20, 30, 40]) }

export const suite = (name: string, layer: Layer.Layer<Session>): void => {
  describe(`Session: ${name}`, () => {
    describe.each(dtypes)("%s", (dtype) => {
      it.effect.each(opGraphs(dtype))("$op, example $example, is what its op means", ({ graph, range }) =>
        Effect.gen(function* () {
          assert.isBelow(yield* errorOf(graph, drawn(graph, range)), tolerance[dtype], `seed ${seed}`)
        }).pipe(Effect.provide(layer))
      )

      it.effect.each([productGraph(dtype), repeatedGraph(dtype), paddedGraph(dtype)])(
        "what the encoder makes of $name is what they mean",
        (graph) =>
          Effect.gen(function* () {
            assert.isBelow(yield* errorOf(graph, drawn(graph)), tolerance[dtype], `seed ${seed}`)
          }).pipe(Effect.provide(layer))
      )

      it.effect("a loop of some steps is the steps one by one, and keeps what each gave out", () =>
        Effect.gen(function* () {
          const { repeat, single, start, rate } = yield* loopOf(dtype)
          const looped = yield* repeat(start, 4)
          const totals: Array<number> = []
          let w = start
          for (let step = 0; step < 4; step++) {
            const outputs = yield* single.run({ w, rate })
            totals.push(Number(outputs["total"]!.data[0]))
            w = outputs["w.next"]!
          }
          assert.isBelow(distance(elementsOf(looped["w.next"]!), elementsOf(w)), tolerance[dtype])
          assert.isBelow(distance(elementsOf(looped["total"]!), Float64Array.from(totals)), tolerance[dtype])
          assert.deepStrictEqual([...looped["rateDoubled"]!.data], new Array(4).fill(2 * Number(rate.data[0])))
        }).pipe(Effect.provide(layer))
      )

      it.effect("a loop of no steps gives its state back, and keeps nothing", () =>
        Effect.gen(function* () {
          const { repeat, start } = yield* loopOf(dtype)
          const outputs = yield* repeat(start, 0)
          assert.deepStrictEqual(outputs["w.next"], start)
          assert.deepStrictEqual(outputs["total"]!.shape, [0])
        }).pipe(Effect.provide(layer))
      )
    })

    it.effect("in float64, a loop cut in two is the whole loop, bit for bit", () =>
      Effect.gen(function* () {
        const { repeat, start } = yield* loopOf("float64")
        const whole = yield* repeat(start, 7)
        const first = yield* repeat(start, 3)
        const second = yield* repeat(first["w.next"]!, 4)
        assert.deepStrictEqual(second["w.next"], whole["w.next"])
        assert.deepStrictEqual([...first["total"]!.data, ...second["total"]!.data], [...whole["total"]!.data])
      }).pipe(Effect.provide(layer))
    )

    it.effect("a program states what it is given and what it makes", () =>
      Effect.gen(function* () {
        const program = yield* opened(small(makeBuilder()), given)
        assert.deepStrictEqual(program.inputs, [{ name: "x", dtype: "float64", shape: [2, 2] }])
        assert.deepStrictEqual(program.outputs, [{ name: "y", dtype: "float64", shape: [2, 2] }])
      }).pipe(Effect.provide(layer))
    )

    it.effect("inputs and data may be views into larger arrays", () =>
      Effect.gen(function* () {
        const view = (start: number): Tensor =>
          tensor([2, 2], Float64Array.from({ length: 9 }, (_, i) => i).subarray(start, start + 4))
        const program = yield* opened(small(makeBuilder()), { x: view(1), d: view(3) })
        assert.deepStrictEqual([...(yield* program.run({ x: view(1) }))["y"]!.data], [4, 6, 8, 10])
      }).pipe(Effect.provide(layer))
    )

    it.effect.each(dtypes)("outputs are written where they are wanted, and nothing else is: %s", (dtype) =>
      Effect.gen(function* () {
        const [products, repeated, loop] = [productGraph(dtype), repeatedGraph(dtype), yield* loopOf(dtype)]
        const steps = tensor([], BigInt64Array.of(4n))
        const programs = [
          { ...(yield* madeReady(products)), all: true },
          { ...(yield* madeReady(repeated)), all: false }, // some are written, others are new
          { program: loop.program, inputs: { w: loop.start, rate: loop.rate, steps }, all: true }
        ]
        for (const { program, inputs, all } of programs) {
          const expected = yield* program.run(inputs)
          const names = Object.keys(expected).filter((_, i) => all || i % 2 === 0)
          const wholes = names.map((name) => expected[name]!.data.length).map((size) => array(dtype, size + 4).fill(-9))
          const into = names.map((name, i) => {
            const { shape } = expected[name]!
            return [name, { dtype, shape, data: wholes[i]!.subarray(3, -1) }] as const
          })
          const outputs = yield* program.run(inputs, Object.fromEntries(into))
          assert.deepStrictEqual(outputs, expected)
          for (const [i, name] of names.entries()) {
            assert.deepStrictEqual([...wholes[i]!], [-9, -9, -9, ...(expected[name]!.data as Float64Array), -9], name)
          }
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect.each([3, 5])("a place for another number of steps than are made, %i for 4, is refused", (size) =>
      Effect.gen(function* () {
        const { program, start, rate } = yield* loopOf("float64")
        const inputs = { w: start, rate, steps: tensor([], BigInt64Array.of(4n)) }
        const error = yield* Effect.flip(program.run(inputs, { total: tensor([size], new Float64Array(size)) }))
        assert.include(["InputMismatch", "RunFailed"], error._tag)
      }).pipe(Effect.provide(layer))
    )

    it.effect.each(dtypes)("small losses keep their digits, log(1 + eᵃ) far below 0: %s", (dtype) =>
      Effect.gen(function* () {
        const g = makeBuilder()
        const points = Array.from({ length: 80 }, (_, i) => 1 - i)
        const x = g.input("x", [points.length], dtype)
        const program = yield* opened(makeGraph("softplus", [x], { y: g.softplus(x) }), {})
        const { y } = yield* program.run({ x: toTensor(x, Float64Array.from(points)) })
        for (const [i, point] of points.entries()) {
          const meant = Math.max(point, 0) + Math.log1p(Math.exp(-Math.abs(point)))
          assert.isBelow(Math.abs(floats(y!)[i]! / meant - 1), dtype === "float32" ? 1e-6 : 1e-14, `a = ${point}`)
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("what is not a number stays so: a diverged run does not hide", () =>
      Effect.gen(function* () {
        const g = makeBuilder()
        const x = g.input("x", [2, 1], "float32")
        const z = g.matmul(x, g.transpose(x))
        const graph = makeGraph("unbounded", [x], {
          relu: g.relu(z),
          tanh: g.tanh(z),
          sum: g.sum(z, { axes: [0], keepDims: false })
        })
        const x0 = tensor([2, 1], Float32Array.of(Number.NaN, 1))
        const outputs = yield* (yield* opened(graph, {})).run({ x: x0 })
        for (const name of ["relu", "tanh"])
          assert.deepStrictEqual([...outputs[name]!.data].map(Number.isNaN), [true, true, true, false])
        assert.isNaN(outputs["sum"]!.data[0])
      }).pipe(Effect.provide(layer))
    )

    const misfits: ReadonlyArray<readonly [string, Tensors, string, string, string]> = [
      ["is missing", {}, "x", "float64 [2, 2]", "absent"],
      ["has another shape", { x: tensor([4], new Float64Array(4)) }, "x", "float64 [2, 2]", "float64 [4]"],
      ["has another element type", { x: tensor([2, 2], new Float32Array(4)) }, "x", "float64 [2, 2]", "float32 [2, 2]"],
      [
        "is not asked for",
        { ...only(small(makeBuilder()), "input", given), z: given["d"]! },
        "z",
        "absent",
        "float64 [2, 2]"
      ]
    ]
    it.effect.each(misfits)("an input that %s is refused before anything runs", ([, inputs, input, expected, actual]) =>
      Effect.gen(function* () {
        const program = yield* opened(small(makeBuilder()), given)
        const error = yield* Effect.flip(program.run(inputs))
        assert.deepInclude(error, { _tag: "InputMismatch", model: "small", input, expected, actual })
        assert.include(error.message, `"${input}" is ${actual}, expected ${expected}`)
      }).pipe(Effect.provide(layer))
    )

    it.effect.each<readonly [string, Tensors, string, string, string]>([
      ["of another shape", { y: tensor([4], new Float64Array(4)) }, "y", "float64 [2, 2]", "float64 [4]"],
      ["of another element type", { y: tensor([2, 2], new Float32Array(4)) }, "y", "float64 [2, 2]", "float32 [2, 2]"],
      ["for what is no output", { x: tensor([2, 2], new Float64Array(4)) }, "x", "absent", "float64 [2, 2]"],
      [
        "with too few elements for its shape",
        { y: { dtype: "float64", shape: [2, 2], data: new Float64Array(3) } },
        "y",
        "float64 [2, 2]",
        "float64 [2, 2] of 3 elements"
      ],
      ["in the memory of an input", { y: given["x"]! }, "y", "in memory of its own", 'in that of "x"']
    ])("a place %s is refused before anything runs", ([, into, input, expected, actual]) =>
      Effect.gen(function* () {
        const program = yield* opened(small(makeBuilder()), given)
        const error = yield* Effect.flip(program.run(only(small(makeBuilder()), "input", given), into))
        assert.deepInclude(error, { _tag: "InputMismatch", model: "small", input, expected, actual })
      }).pipe(Effect.provide(layer))
    )

    it.effect.each([
      ["is missing", {}],
      ["has another size", { d: tensor([3, 2], new Float64Array(6)) }]
    ] as ReadonlyArray<readonly [string, Tensors]>)("data that %s is refused when the model is opened", ([, data]) =>
      Effect.gen(function* () {
        const bytes = yield* Effect.promise(() => encode(small(makeBuilder())))
        const error = yield* Effect.flip(Effect.flatMap(Session, (session) => session.open(bytes, data)))
        assert.deepInclude(error, { _tag: "InputMismatch", input: "d", expected: "float64 [2, 2]" })
      }).pipe(Effect.provide(layer))
    )

    it.effect("bytes that are no model, or only the beginning of one, are rejected", () =>
      Effect.gen(function* () {
        const session = yield* Session
        const whole = yield* Effect.promise(() => encode(small(makeBuilder())))
        const beginnings = Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length))
        for (const bytes of [new TextEncoder().encode("not a model"), ...beginnings]) {
          const error = yield* Effect.flip(session.open(bytes, given))
          assert.strictEqual(error._tag, "ModelRejected", `${bytes.length} of ${whole.length} bytes`)
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("a model with an op that nothing here can run is rejected, and the message names the node", () =>
      Effect.gen(function* () {
        const bytes = yield* Effect.promise(() =>
          modelBytes({
            name: "foreign",
            node: [{ name: "the culprit", opType: "Selu", input: ["x"], output: ["y"] }],
            input: [valueInfo("x", "float64", [2])],
            output: [valueInfo("y", "float64", [2])]
          })
        )
        const error = yield* Effect.flip(Effect.flatMap(Session, (session) => session.open(bytes, {})))
        assert.deepInclude(error, { _tag: "ModelRejected", model: "foreign", node: "the culprit" })
        assert.include(error.message, "Selu")
      }).pipe(Effect.provide(layer))
    )
  })
}
