/**
 * The rows of one part: cut from all data by how often the loop over parts has gone round, and which of them count. Knows
 * nothing of what is made of them.
 */
import { dataOf, nameOf, type Parts, partsOf } from "../graph/Graph.ts"
import type { ValueInfo } from "./blocks.ts"
import { integers, number } from "./Call.ts"
import type { Initializer } from "./Instruction.ts"
import { type NodeMessage, typeAttribute, valueInfo } from "./messages.ts"

export const inPart = (name: string): string => `part/${name}`

/** The number of the part, from 0 on. */
export const iteration = inPart("iteration")
/** How many parts there are. */
export const partCount = inPart("count")

export const node = (
  opType: string,
  input: ReadonlyArray<string>,
  output: string,
  attribute: NodeMessage["attribute"] = []
): NodeMessage => ({ name: output, opType, input: [...input], output: [output], attribute })

export interface PartRows {
  readonly count: number
  readonly initializers: ReadonlyArray<Initializer>
  /** Inside of the loop. */
  readonly nodes: ReadonlyArray<NodeMessage>
  /** Of what the part is made of. */
  readonly types: ReadonlyArray<ValueInfo>
  /** Of the other values there. */
  readonly names: ReadonlyArray<string>
}

/** Part i begins at row i · rows; the last one of rows that no multiple of its own makes up, where it ends with them. */
export const partRows = ({ graph, rows: all, counted }: Parts): PartRows => {
  const data = dataOf(graph)
  const rows = data[0]!.shape[0]!
  const count = partsOf(all, rows)
  const [size, first, step] = [inPart("rows"), inPart("first"), inPart("step")]
  const [begin, start, end] = [inPart("begin"), inPart("start"), inPart("end")]
  const [last, index, row, isNew] = [inPart("last"), inPart("index"), inPart("row"), inPart("isNew")]
  const literals: ReadonlyArray<Initializer> = [
    { name: partCount, literal: number(count, "int64") },
    { name: size, literal: integers("rows", [rows]) },
    { name: first, literal: integers("axes", [0]) },
    { name: step, literal: integers("steps", [1]) }
  ]
  const cuts = [
    node("Add", [start, size], end),
    ...data.map((leaf) => node("Slice", [nameOf(leaf), start, end, first, step], inPart(nameOf(leaf))))
  ]
  const types = data.map((leaf) => valueInfo(inPart(nameOf(leaf)), leaf.dtype, leaf.shape))
  const shared = { count, names: [begin, start, end, row, isNew] }
  if (counted === undefined) {
    const from = node("Mul", [iteration, size], start) // [] · [1] → [1]
    return { ...shared, initializers: literals, nodes: [from, ...cuts], types }
  }
  const counting = [
    node("Mul", [iteration, size], begin), // of what counts [] · [1] → [1]
    node("Min", [begin, last], start),
    node("Add", [start, index], row), // [rows]
    node("GreaterOrEqual", [row, begin], isNew),
    node("Cast", [isNew], inPart("counted"), [typeAttribute("to", counted.dtype)])
  ]
  const indices = Array.from({ length: rows }, (_, i) => i)
  return {
    ...shared,
    initializers: [
      ...literals,
      { name: last, literal: integers("start", [all - rows]) },
      { name: index, literal: integers("rows", indices) }
    ],
    nodes: [...counting, ...cuts],
    types: [...types, valueInfo(inPart("counted"), counted.dtype, counted.shape)]
  }
}
