/**
 * The loops that make one value of a graph, by what kind of op it is of.
 */
import type { Node } from "../graph/Node.ts"
import type { Code } from "../wasm/encodeModule.ts"
import { emitFormula } from "./formula.ts"
import { everyIndex } from "./keep.ts"
import type { Layout } from "./layout.ts"
import { emitProduct } from "./product.ts"
import { emitReduction } from "./reduction.ts"
import { joinedBy, kindOf, type Place } from "./rules.ts"
import type { Tools } from "./tools.ts"

const reduction = (node: Node, layout: Layout, tools: Tools): Code => {
  const input = node.inputs[0]!
  const axes = node.attributes["axes"] as ReadonlyArray<number>
  const target = layout.target(node)
  const staying = input.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
  const isKept = node.attributes["keepDims"] === true
  const strides = input.shape.map((_, axis) =>
    axes.includes(axis) ? 0 : target.strides[isKept ? axis : staying.indexOf(axis)]!
  )
  const element = layout.element(input, everyIndex(input))
  return emitReduction(element, joinedBy(node), input.shape, axes, { ...target, strides }, tools)
}

const product = (node: Node, layout: Layout, tools: Tools): Code => {
  const [a, b] = node.inputs
  const leading = node.shape.slice(0, -2)
  const place = (loop: number): Place => ({ loop, start: 0, step: 1 })
  const over = leading.map((_, axis) => place(axis))
  const [row, column, term] = [place(leading.length), place(leading.length + 1), place(leading.length + 2)]
  return emitProduct(
    {
      leading,
      ...{ rows: node.shape.at(-2)!, columns: node.shape.at(-1)!, terms: a!.shape.at(-1)! },
      a: layout.access(a!, [...over, row, term]),
      b: layout.access(b!, [...over, term, column]),
      c: layout.target(node)
    },
    tools
  )
}

/** The value, into its place in memory. */
export const emitValue = (node: Node, layout: Layout, tools: Tools): Code => {
  switch (kindOf(node)) {
    case "reduction":
      return reduction(node, layout, tools)
    case "product":
      return product(node, layout, tools)
    default:
      return emitFormula(layout.made(node, everyIndex(node)), node.shape, layout.target(node), tools)
  }
}
