/**
 * The Loop that goes over the parts of data and sums what a graph makes of each.
 *
 * Source  onnx.ai/onnx/operators/onnx__Loop.html
 */
import { dataOf, type Graph, nameOf, type Parts } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { composed } from "../ops/compose.ts"
import { formatShape, sameShape } from "../tensor/Shape.ts"
import {
  type Block,
  blockOf,
  dataMessages,
  type Initializers,
  joined,
  literalsOf,
  namesIn,
  nothing,
  type ValueInfo
} from "./blocks.ts"
import { integers, number } from "./Call.ts"
import { NotEncodable } from "./Errors.ts"
import { type EmitOptions, emit } from "./emit.ts"
import type { Initializer } from "./Instruction.ts"
import { graphAttribute, initializerMessage, type NodeMessage, valueInfo } from "./messages.ts"
import { inPart, iteration, node, partCount, partRows } from "./partRows.ts"

const condition = inPart("condition")
const goesOn = inPart("goesOn")
const soFar = (name: string): string => `part/soFar/${name}`

/** The loop, and what stands before it. */
export interface EmittedParts {
  readonly initializers: Initializers
  /** Of all values outside of the loop's body and in it. */
  readonly names: ReadonlyArray<string>
  readonly outside: Block
  /** Inside the loop over steps. */
  readonly body: Block
  readonly loop: Block
}

/**
 * Checks that parts have data, and make the sums that the graph needs.
 *
 * Errors  NotEncodable
 */
export const checkParts = (graph: Graph, { graph: part, rows: all, counted }: Parts): void => {
  const refuse = (where: string, expected: string, actual: string): never => {
    throw new NotEncodable({ graph: part.name, where, expected, actual })
  }
  const [rows = 0, ...others] = dataOf(part).map((data) => data.shape[0] ?? 0)
  if (rows === 0) refuse("its data", "cut into parts", "none")
  const unequal = others.find((other) => other !== rows)
  if (unequal !== undefined) refuse("its data", `of ${rows} rows each`, `of ${unequal}`)
  if (!Number.isInteger(all) || all < rows)
    refuse("the rows of all parts", `a whole number of at least ${rows}`, `${all}`)
  if (all % rows !== 0 && counted === undefined) {
    refuse("the rows of all parts", `a multiple of ${rows}, or an input for which of them count`, `${all}`)
  }
  if (counted !== undefined && !part.inputs.includes(counted)) {
    refuse("the input for which rows count", `one of ${part.name}`, "none")
  }
  if (counted !== undefined && !sameShape(counted.shape, [rows])) {
    refuse("the input for which rows count", `of shape [${rows}]`, formatShape(counted.shape))
  }
  for (const [name, output] of Object.entries(part.outputs)) {
    const sum = graph.inputs.find((input) => nameOf(input) === name)
    if (sum === undefined) refuse(`the sum "${name}"`, `an input of ${graph.name}`, "none")
    else if (sum.dtype !== output.dtype || !sameShape(sum.shape, output.shape)) {
      const type = (node: Node): string => `${node.dtype} ${formatShape(node.shape)}`
      refuse(`the sum "${name}"`, type(sum), type(output))
    }
  }
}

/** The loop over parts, after what it needs. Errors  UnknownOp, NotEncodable */
export const emitParts = (parts: Parts, options: Pick<EmitOptions, "reserved" | "carried">): EmittedParts => {
  const { counted } = parts
  const graph = composed(parts.graph)
  const data = dataOf(graph)
  const sums = Object.entries(graph.outputs)
  const rows = partRows({ ...parts, graph })
  const emitted = emit(graph, {
    reserved: [
      ...options.reserved,
      ...[iteration, condition, goesOn, inPart("zero"), inPart("counted"), ...rows.names],
      ...[...data.map(nameOf), ...sums.map(([name]) => name)].flatMap((name) => [inPart(name), soFar(name)])
    ],
    carried: (leaf) => {
      if (leaf === counted) return { name: inPart("counted"), level: 2 }
      return leaf.op === "data" ? { name: inPart(nameOf(leaf)), level: 2 } : options.carried(leaf)
    },
    outputName: (name) => inPart(`${name}/part`)
  })
  const literals: ReadonlyArray<Initializer> = [
    ...rows.initializers,
    ...sums.map(([name, { shape }]) => ({ name: inPart(`shape/${name}`), literal: integers("shape", shape) })),
    { name: inPart("zero"), literal: number(0, sums[0]![1].dtype) }
  ]
  const zeros = sums.map(([name]) => node("Expand", [inPart("zero"), inPart(`shape/${name}`)], inPart(`zero/${name}`)))
  const totals = sums.map(([name]) => node("Add", [soFar(name), emitted.outputs[name]!.name], inPart(name)))
  const typeOf = (name: string, { dtype, shape }: Node): ValueInfo => valueInfo(name, dtype, shape)
  const part = blockOf(emitted.levels[2])
  const loop: NodeMessage = {
    name: "parts",
    opType: "Loop",
    input: [partCount, "", ...sums.map(([name]) => inPart(`zero/${name}`))],
    output: sums.map(([name]) => name),
    attribute: [
      graphAttribute("body", {
        name: graph.name,
        docString: `one part of ${graph.name}`,
        node: [node("Identity", [condition], goesOn), ...rows.nodes, ...part.nodes, ...totals],
        input: [
          valueInfo(iteration, "int64", []),
          valueInfo(condition, "bool", []),
          ...sums.map(([name, output]) => typeOf(soFar(name), output))
        ],
        output: [valueInfo(goesOn, "bool", []), ...sums.map(([name, output]) => typeOf(inPart(name), output))],
        valueInfo: [...rows.types, ...part.types]
      })
    ],
    docString: `${graph.name}, summed over ${rows.count} parts of the data`
  }
  return {
    initializers: [...literalsOf(emitted), ...literals.map(initializerMessage), ...dataMessages(data, parts.rows)],
    names: [...namesIn(emitted), ...sums.map(([name]) => name)],
    outside: joined({ ...nothing, nodes: zeros }, blockOf(emitted.levels[0])),
    body: blockOf(emitted.levels[1]),
    loop: { nodes: [loop], types: sums.map(([name, sum]) => typeOf(name, sum)), functions: part.functions }
  }
}
