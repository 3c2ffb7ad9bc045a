/**
 * Hessian-vector products where the Hessian is not zero. With z = M θ₀ the loss depends on θ₀ through z alone, so directions
 * of θ₀ count by their part in the row space of M, and the others are multiplied by 0. Where M has fewer rows (samples) than
 * columns (features), that part is θ̇₀ = Mᵀ L⁻ᵀ c, with coordinates c [H, N] and L Lᵀ = K = M Mᵀ. They are orthonormal, so
 * lengths, angles and all eigenvalues but zeros stay; and a product needs two with L [N, N], half of it zeros, instead of two
 * with the data:
 *
 *     ż = c Lᵀ    and    c-part of the product = z-part · L
 */
import { linearize } from "../autodiff/linearize.ts"
import { type Graph, makeGraph, nameOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { order } from "../graph/order.ts"
import type { Builder } from "../ops/Build.ts"
import { makeBuilder } from "../ops/builder.ts"
import { substitute } from "../ops/substitute.ts"
import { workOf } from "../ops/work.ts"
import { sizeOf } from "../tensor/Shape.ts"
import type { FirstLayer } from "./Network.ts"
import { directionsOf, type Model } from "./wholeGraphs.ts"

export interface RowSpace {
  /** Of the data in float64 → `gram` [N, N], K. */
  readonly gram: Graph
  /** w → `loss` [], `saved.0`, …: what products at w need. */
  readonly linearize: Graph
  /**
   * The w it needs, `saved.*`, `….coordinates.direction` [H, N] and the directions of all other parameters → the same with
   * `.product`; data `factor` [N, N], L.
   */
  readonly multiply: Graph
}

/** The factor is made anew in every process, by N³/3 multiplications in this language. */
const mostSamples = 2048
/** What it must be better by. */
const margin = 0.8
/** A product of less takes a millisecond or two. */
const leastWork = 1e8
/** Columns of L in a block: so many that products are fast, and few of the zeros of L are multiplied. */
const leastBlock = 128
const mostBlocks = 8

const part = (g: Builder, a: Node, axis: number, start: number, end: number): Node =>
  g.slice(a, { axes: [axis], starts: [start], ends: [end], steps: [1] })

const blocksOf = (size: number): ReadonlyArray<readonly [start: number, end: number]> => {
  const count = Math.max(1, Math.min(mostBlocks, Math.floor(size / leastBlock)))
  const at = (i: number): number => Math.round((i * size) / count)
  return Array.from({ length: count }, (_, i) => [at(i), at(i + 1)])
}

const joined = (g: Builder, nodes: ReadonlyArray<Node>): Node =>
  nodes.reduce((before, node) => g.concat(before, node, { axis: 1 }))

/** c Lᵀ for a lower triangular L. [H, N] · [N, N] → [H, N] */
const timesUpper = (g: Builder, c: Node, lower: Node): Node =>
  joined(
    g,
    blocksOf(lower.shape[0]!).map(([start, end]) =>
      g.matmul(part(g, c, 1, 0, end), g.transpose(part(g, part(g, lower, 0, start, end), 1, 0, end)))
    )
  )

/** u L for a lower triangular L. [H, N] · [N, N] → [H, N] */
const timesLower = (g: Builder, u: Node, lower: Node): Node => {
  const size = lower.shape[0]!
  return joined(
    g,
    blocksOf(size).map(([start, end]) =>
      g.matmul(part(g, u, 1, start, size), part(g, part(g, lower, 0, start, size), 1, start, end))
    )
  )
}

/** Products in the row space of these inputs; the loss must depend on θ₀ through the values of the first layer alone. */
export const rowSpace = (model: Model, first: FirstLayer, inputs: Node): RowSpace => {
  const { g, dtype, parameters, names } = model
  const samples = inputs.shape[0]!
  const isOther = (_: unknown, i: number): boolean => !first.parameters.includes(names[i]!)
  const others = parameters.filter(isOther)
  const otherNames = names.filter(isOther)
  const values = first.values(g, parameters, inputs) // z [H, N]
  const loss = model.minimised(samples, samples)

  const moving = g.input(`${first.name}.values.direction`, values.shape, dtype) // ż
  const directions = directionsOf(model).filter(isOther)
  const { saved, slots, products } = linearize(g, loss, [values, ...others], [moving, ...directions])
  const coordinates = `${first.name}.coordinates`
  const direction = g.input(`${coordinates}.direction`, values.shape, dtype) // c
  const lower = g.data("factor", [samples, samples], dtype) // L
  const filled = products.map((product, i) => product ?? g.constant(0, [values, ...others][i]!.shape, dtype))
  const [bent, ...rest] = substitute(g, filled, new Map([[moving, timesUpper(g, direction, lower)]]))
  const named = Object.fromEntries(otherNames.map((name, i) => [`${name}.product`, rest[i]!]))
  const outputs = { [`${coordinates}.product`]: timesLower(g, bent!, lower), ...named }
  const used = new Set(order(Object.values(outputs)))
  const needed = parameters.filter((parameter) => used.has(parameter))

  const exact = makeBuilder()
  const gram = first.gram(exact, exact.data("inputs", inputs.shape, "float64"))
  const savedByName = Object.fromEntries(saved.map((node, i) => [`saved.${i}`, node]))
  return {
    gram: makeGraph("rowGram", [], { gram }),
    linearize: makeGraph("rowLinearize", parameters, { loss, ...savedByName }),
    multiply: makeGraph("rowMultiply", [...needed, ...slots, direction, ...directions], outputs)
  }
}

/** The length of the vectors that a graph makes products with. */
const lengthOf = ({ inputs }: Graph): number =>
  inputs.reduce((sum, input) => sum + (nameOf(input).endsWith(".direction") ? sizeOf(input.shape) : 0), 0)

/** The form for eigenvalues where it repays what it costs besides, and its space is no larger than the whole. */
export const cheaperForm = (form: RowSpace | undefined, multiply: Graph): RowSpace | undefined => {
  if (form === undefined || form.gram.outputs["gram"]!.shape[0]! > mostSamples) return undefined
  if (lengthOf(form.multiply) > lengthOf(multiply)) return undefined
  const work = workOf(multiply)
  return work >= leastWork && workOf(form.multiply) < margin * work ? form : undefined
}
