/**
 * What stands before and after a loop: its own state at the start, and results of its last state.
 */
import { type Around, dataOf, type Graph, nameOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { composed } from "../ops/compose.ts"
import { formatShape, sameShape } from "../tensor/Shape.ts"
import { type Block, blockOf, dataMessages, type Initializers, literalsOf, namesIn } from "./blocks.ts"
import { NotEncodable } from "./Errors.ts"
import { type Emitted, emit } from "./emit.ts"

export interface EmittedAround {
  readonly initializers: Initializers
  /** What the model is given for them. */
  readonly inputs: ReadonlyArray<Node>
  /** Of all values before and after the loop. */
  readonly names: ReadonlyArray<string>
  readonly before: Block
  readonly after: Block
  /** What the loop starts with, by the input that it becomes. */
  readonly start: Readonly<Record<string, string>>
  /** Results, by name. */
  readonly results: Readonly<Record<string, Node>>
}

/** The value of a state before the first step. */
const startName = (input: string): string => `begin/${input}`

const typeOf = ({ dtype, shape }: Node): string => `${dtype} ${formatShape(shape)}`

/**
 * Checks that the start is that of inputs of the repeated graph, and that results are made of what there is.
 *
 * Errors  NotEncodable
 */
const check = (graph: Graph, state: Readonly<Record<string, string>>, { begin, end }: Around): void => {
  const refuse = (of: Graph, where: string, expected: string, actual: string): never => {
    throw new NotEncodable({ graph: of.name, where, expected, actual })
  }
  const match = (of: Graph, where: string, expected: Node, actual: Node): void => {
    const isAlike = expected.dtype === actual.dtype && sameShape(expected.shape, actual.shape)
    if (!isAlike) refuse(of, where, typeOf(expected), typeOf(actual))
  }
  for (const [name, output] of Object.entries(begin.outputs)) {
    const input = graph.inputs.find((candidate) => nameOf(candidate) === name)
    const isState = Object.values(state).includes(name)
    if (input === undefined || !isState) refuse(begin, `output "${name}"`, `a state of ${graph.name}`, "none")
    else match(begin, `output "${name}"`, input, output)
  }
  for (const input of end.inputs) {
    const name = nameOf(input)
    const given = graph.outputs[name] ?? begin.inputs.find((other) => nameOf(other) === name)
    if (given === undefined) refuse(end, `input "${name}"`, `an output of ${graph.name}`, "none")
    else match(end, `input "${name}"`, given, input)
  }
  const twice = Object.keys(end.outputs).find((name) => Object.hasOwn(graph.outputs, name))
  if (twice !== undefined) refuse(end, `output "${twice}"`, "made once", `made by ${graph.name} too`)
}

/** Errors  UnknownOp; NotEncodable if they do not fit the repeated graph */
export const emitAround = (
  graph: Graph,
  state: Readonly<Record<string, string>>,
  { begin: first, end: last }: Around,
  reserved: ReadonlyArray<string>
): EmittedAround => {
  check(graph, state, { begin: first, end: last })
  const [begin, end] = [composed(first), composed(last)]
  const starts = Object.keys(begin.outputs).map((input) => [input, startName(input)] as const)
  const results = Object.keys(end.outputs)
  const carried = () => undefined
  const before: Emitted = emit(begin, { reserved: [...reserved, ...results], carried, outputName: startName })
  const taken = [...reserved, ...namesIn(before)]
  const after: Emitted = emit(end, { reserved: taken, carried, outputName: (name) => name })
  const made = new Set(Object.keys(graph.outputs))
  const known = new Set(dataOf(graph).map(nameOf))
  const data = [...dataOf(begin), ...dataOf(end)].filter((leaf) => !known.has(nameOf(leaf)))
  const inputs = [...begin.inputs, ...end.inputs.filter((input) => !made.has(nameOf(input)))]
  return {
    initializers: [...literalsOf(before), ...literalsOf(after), ...dataMessages(data, 1)],
    inputs,
    names: [...namesIn(before), ...namesIn(after)],
    before: blockOf(before.levels[0]),
    after: blockOf(after.levels[0], new Set(results)),
    start: Object.fromEntries(starts),
    results: end.outputs
  }
}
