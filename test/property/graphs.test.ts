/**
 * Random compositions of ops: what holds of each op holds of graphs, and simplification changes no value.
 */
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { factored } from "../../src/autodiff/factored.ts"
import { hvp } from "../../src/autodiff/hvp.ts"
import { jvp } from "../../src/autodiff/jvp.ts"
import { vjp } from "../../src/autodiff/vjp.ts"
import { obstacle } from "../../src/compile/obstacle.ts"
import { type Graph, makeGraph, nameOf } from "../../src/graph/Graph.ts"
import type { Node } from "../../src/graph/Node.ts"
import { dependents } from "../../src/graph/order.ts"
import { encode } from "../../src/onnx/encode.ts"
import type { Builder } from "../../src/ops/Build.ts"
import { makeBuilder } from "../../src/ops/builder.ts"
import { composed } from "../../src/ops/compose.ts"
import { type Elements, evaluate } from "../../src/ops/evaluate.ts"
import { layerOnnx } from "../../src/runtime/onnxruntime.ts"
import { Session } from "../../src/runtime/Session.ts"
import type { FloatDType } from "../../src/tensor/DType.ts"
import { floats, type Tensors, tensor } from "../../src/tensor/Tensor.ts"
import { difference, distance, dot, drawer } from "../support/draw.ts"
import { runModule } from "../support/modules.ts"

const square = [3, 3]

/** A scalar made by some 15 random ops from 3 × 3 matrices a, b and a vector v. */
const randomLoss = (
  g: Builder,
  seed: number,
  dtype: FloatDType = "float64",
  isWanted: (value: Node, xs: ReadonlyArray<Node>) => boolean = () => true
) => {
  const draw = drawer(seed)
  const a = g.input("a", square, dtype)
  const b = g.input("b", square, dtype)
  const v = g.input("v", [3], dtype)
  const whole = (value: number): Node => g.constant(value, square, dtype)
  const values: Array<Node> = [a, b, g.expand(v, { shape: square }), whole(0), whole(1), whole(-0.5)]
  const pick = (): Node => values[draw.index(values.length)]!
  const makers: ReadonlyArray<() => Node> = [
    () => g.add(pick(), pick()),
    () => g.sub(pick(), pick()),
    () => g.mul(pick(), pick()),
    () => g.mul(whole(draw.number()), pick()),
    () => g.neg(pick()),
    () => g.tanh(pick()),
    () => g.div(pick(), g.exp(g.tanh(pick()))),
    () => g.matmul(g.tanh(pick()), pick()),
    () => g.transpose(pick()),
    () => g.reshape(g.reshape(pick(), { shape: [9, 1] }), { shape: square }),
    () => g.expand(g.sum(pick(), { axes: [1], keepDims: true }), { shape: square }),
    () => g.expand(g.sum(g.tanh(pick()), { axes: [0, 1], keepDims: false }), { shape: square }),
    () => g.softmax(pick(), { axis: draw.index(2) }),
    () => g.expand(g.logSumExp(pick(), { axes: [draw.index(2)], keepDims: true }), { shape: square }),
    () => g.mul(pick(), g.sigmoid(pick())),
    () => g.softplus(g.erf(pick())),
    () => g.rsqrt(g.softplus(pick())),
    () => g.pow(g.exp(pick()), { exponent: -1.5 }),
    () => g.reverse(pick(), { axes: [draw.index(2)] }),
    () => g.reshape(g.permute(g.reshape(pick(), { shape: [3, 1, 3] }), { order: [2, 1, 0] }), { shape: square }),
    () => g.slice(g.concat(pick(), g.neg(pick()), { axis: 0 }), { axes: [0], starts: [1], ends: [6], steps: [2] }),
    () => g.pad(g.slice(pick(), { axes: [1], starts: [0], ends: [2], steps: [1] }), { pads: [0, 1, 0, 0] }),
    () => g.sum(g.matmul(batch(pick()), g.transpose(batch(pick()))), { axes: [0], keepDims: false }),
    () => g.reshape(g.conv2d(image(pick()), image(pick()), same), { shape: square }),
    () => g.reshape(g.upsample2d(g.avgPool2d(image(pick()), window), window), { shape: square }),
    () => g.reshape(g.upsample2d(g.maxPool2d(image(pick()), window), window), { shape: square })
  ]
  const image = (value: Node): Node => g.reshape(value, { shape: [1, 1, 3, 3] })
  const batch = (value: Node): Node => g.reshape(value, { shape: [3, 3, 1] })
  const same = { strides: [1, 1], padding: [1, 1, 1, 1] }
  const window = { size: [1, 3] }
  for (let i = 0; i < 15; i++) {
    const value = g.tanh(makers[draw.index(makers.length)]!())
    if (isWanted(value, [a, b, v])) values.push(value)
  }
  const last = values.slice(-4).reduce((sum, value) => g.add(sum, value))
  const loss = g.sum(g.mul(last, last), { axes: [0, 1], keepDims: false })
  const xs = [a, b, v]
  const ds = xs.map((x, i) => g.input(`d${i}`, x.shape, dtype))
  const given = new Map<Node, Elements>([...xs, ...ds].map((node) => [node, draw.like(node)]))
  return { loss, xs, ds, given }
}

/** Has a module rules for all of a value? */
const isWritable = (value: Node, xs: ReadonlyArray<Node>): boolean =>
  obstacle(composed(makeGraph("value", xs, { value }))) === undefined

/** A graph encoded, opened and run by onnxruntime. */
const runOnce = (graph: Graph, inputs: Tensors): Promise<Tensors> =>
  Effect.gen(function* () {
    const bytes = yield* Effect.promise(() => encode(graph))
    const program = yield* (yield* Session).open(bytes, {})
    return yield* program.run(inputs)
  }).pipe(Effect.scoped, Effect.provide(layerOnnx()), Effect.runPromise)

const zeros = (node: Node): Elements => new Float64Array(node.shape.reduce((size, axis) => size * axis, 1))

describe.each(Array.from({ length: 25 }, (_, seed) => seed))("random graph, seed %i", (seed) => {
  const g = makeBuilder()
  const { loss, xs, ds, given } = randomLoss(g, seed)
  const at = (node: Node | undefined, like: Node, changed: ReadonlyArray<readonly [Node, Elements]> = []): Elements =>
    node === undefined ? zeros(like) : evaluate([node], new Map([...given, ...changed]))[0]!
  const one = g.constant(1, [], "float64")

  it("simplification changes no value", () => {
    const raw = makeBuilder({ simplify: false })
    const plain = randomLoss(raw, seed)
    expect(distance(evaluate([loss], given)[0]!, evaluate([plain.loss], plain.given)[0]!)).toBeLessThan(1e-12)
  })

  it("gradients are dual to tangents, and are the slopes of values", () => {
    const slopes = vjp(g, new Map([[loss, one]]), xs)
    xs.forEach((x, i) => {
      const d = given.get(ds[i]!)!
      const tangent = at(jvp(g, [loss], new Map([[x, ds[i]!]]))[0], loss)[0]!
      const slope = dot(at(slopes[i], x), d)
      expect(Math.abs(tangent - slope) / Math.max(1, Math.abs(slope))).toBeLessThan(1e-12)
      const measured = difference((value) => at(loss, loss, [[x, value]]), given.get(x)!, d)
      expect(distance(Float64Array.of(slope), measured)).toBeLessThan(1e-7)
    })
  })

  it("Hessian-vector products are symmetric, and are the slopes of gradients", () => {
    const { gradients, products } = hvp(g, loss, xs, ds)
    const h = 1e-5
    const moved = (step: number) =>
      xs.map((x, i) => [x, given.get(x)!.map((value, k) => value + step * given.get(ds[i]!)![k]!)] as const)
    const draw = drawer(seed + 1000)
    const others = ds.map((d) => [d, draw.like(d)] as const)
    let [forth, back] = [0, 0]
    xs.forEach((x, i) => {
      const [above, below] = [at(gradients[i], x, moved(h)), at(gradients[i], x, moved(-h))]
      const measured = above.map((value, k) => (value - below[k]!) / (2 * h))
      expect(distance(at(products[i], x), measured)).toBeLessThan(1e-6)
      forth += dot(at(products[i], x), others[i]![1])
      back += dot(at(products[i], x, others), given.get(ds[i]!)!)
    })
    expect(Math.abs(forth - back) / Math.max(1, Math.abs(forth))).toBeLessThan(1e-12)
  })

  it.each([
    ["float64", 1e-12],
    ["float32", 1e-4] // of derivatives whose terms can be a hundred times larger than their sum
  ] as const)("onnxruntime finds the same loss, gradients and products in %s", async (dtype, tolerance) => {
    const typed = makeBuilder()
    const made = randomLoss(typed, seed, dtype)
    const { gradients, products } = hvp(typed, made.loss, made.xs, made.ds)
    const entries = [made.loss, ...gradients, ...products].flatMap((node, i) =>
      node ? [[`y${i}`, node] as const] : []
    )
    const graph = makeGraph("random", [...made.xs, ...made.ds], Object.fromEntries(entries))
    const inputs = Object.fromEntries(
      graph.inputs.map((node) => {
        const elements = made.given.get(node)!
        return [nameOf(node), tensor(node.shape, dtype === "float64" ? elements : Float32Array.from(elements))]
      })
    )
    const outputs = await runOnce(graph, inputs)
    const meant = evaluate(
      entries.map(([, node]) => node),
      made.given
    )
    entries.forEach(([name], i) => {
      expect(distance(Float64Array.from(floats(outputs[name]!)), meant[i]!)).toBeLessThan(tolerance)
    })
  })

  it.each(["float64", "float32"] as const)(
    "a module finds the same loss, gradients and products in %s, where it has rules for all",
    async (dtype) => {
      const typed = makeBuilder()
      const made = randomLoss(typed, seed, dtype, isWritable)
      const { gradients, products } = hvp(typed, made.loss, made.xs, made.ds)
      const nodes = [made.loss, ...gradients, ...products].filter((node) => node !== undefined)
      const graph = makeGraph(
        "random",
        [...made.xs, ...made.ds],
        Object.fromEntries(nodes.map((node, i) => [`y${i}`, node]))
      )
      expect(obstacle(composed(graph))).toBeUndefined()
      const meant = evaluate(nodes, made.given)
      for (const inputsAre of ["state", "given"] as const) {
        const outputs = await Effect.runPromise(runModule(graph, made.given, inputsAre, 1))
        meant.forEach((elements, i) => {
          expect(distance(outputs[`y${i}`]!, elements)).toBeLessThan(dtype === "float64" ? 1e-12 : 1e-4)
        })
      }
    }
  )

  it("factoring changes no product, and does no more work per direction", () => {
    const products = hvp(g, loss, xs, ds).products.filter((product) => product !== undefined)
    const flat = factored(g, products, ds)
    products.forEach((product, i) => {
      expect(distance(at(flat[i], product), at(product, product))).toBeLessThan(1e-12)
    })
    expect(dependents(flat, ds).size).toBeLessThanOrEqual(dependents(products, ds).size)
  })
})
