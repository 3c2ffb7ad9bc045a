/**
 * A graph as the pieces of a model; and one whose data is too large to be worked on at once. Of that, a second graph is given
 * over one part of the data. A Loop goes over the parts and sums its outputs, and the sums are inputs of the first graph:
 * the loss and gradient of all samples from activations of a few.
 */
import { dataOf, type Graph, nameOf, type Parts } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { composed } from "../ops/compose.ts"
import { type Block, blockOf, dataMessages, type Initializers, joined, literalsOf, nothing } from "./blocks.ts"
import { type EmitOptions, type Emitted, emit } from "./emit.ts"
import { checkParts, emitParts } from "./emitParts.ts"
import type { Value } from "./Instruction.ts"

export interface Assembled {
  /** What the model is given at every run. */
  readonly inputs: ReadonlyArray<Node>
  readonly initializers: Initializers
  readonly outside: Block
  /** Inside the loop over steps, if there is one. */
  readonly body: Block
  /** Value of each output, under the graph's name for it. */
  readonly outputs: Readonly<Record<string, Value>>
}

export interface AssembleOptions extends EmitOptions {
  /** How many loops the whole graph is inside of: 1 where its steps are repeated. */
  readonly level: 0 | 1
}

/** Values that are given out where they are made, and so have their types already. */
const givenOut = ({ outputs }: Emitted, level: number): ReadonlySet<string> =>
  new Set(Object.values(outputs).flatMap((value) => (value.level === level ? [value.name] : [])))

/**
 * The pieces of the model of a graph, and of the graph whose sums it needs.
 *
 * Errors  UnknownOp; NotEncodable if one name stands for two values, or if the sums are not what the graph needs
 */
export const assemble = (given: Graph, parts: Parts | undefined, options: AssembleOptions): Assembled => {
  const graph = composed(given)
  if (parts === undefined) {
    const emitted = emit(graph, options)
    const { levels, outputs } = emitted
    const names = givenOut(emitted, options.level)
    return {
      inputs: graph.inputs,
      initializers: [...literalsOf(emitted), ...dataMessages(dataOf(graph))],
      outside: blockOf(levels[0], names),
      body: blockOf(levels[1], names),
      outputs
    }
  }
  checkParts(graph, parts)
  const summed = emitParts(parts, options)
  const sums = new Set(Object.keys(parts.graph.outputs))
  const emitted = emit(graph, {
    ...options,
    reserved: [...options.reserved, ...summed.names],
    carried: (leaf) => (sums.has(nameOf(leaf)) ? { name: nameOf(leaf), level: options.level } : options.carried(leaf))
  })
  const names = givenOut(emitted, options.level)
  const [outside, body] = [blockOf(emitted.levels[0], names), blockOf(emitted.levels[1], names)]
  const inputs = new Map([...graph.inputs, ...parts.graph.inputs].map((input) => [nameOf(input), input]))
  return {
    inputs: [...inputs.values()].filter((input) => !sums.has(nameOf(input)) && input !== parts.counted),
    initializers: [...summed.initializers, ...literalsOf(emitted), ...dataMessages(dataOf(graph))],
    outside:
      options.level === 0
        ? joined(summed.outside, summed.body, summed.loop, outside, body)
        : joined(summed.outside, outside),
    body: options.level === 0 ? nothing : joined(summed.body, summed.loop, body),
    outputs: emitted.outputs
  }
}
