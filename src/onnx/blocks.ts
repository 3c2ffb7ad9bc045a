/**
 * Emitted nodes as blocks of messages, and data as initializers: what models are put together from.
 */
import { nameOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import type { Emitted } from "./emit.ts"
import type { Instruction } from "./Instruction.ts"
import { dataMessage, initializerMessage, type NodeMessage, nodeMessage, valueInfo } from "./messages.ts"

export type ValueInfo = ReturnType<typeof valueInfo>

/** Nodes, and the types of the values between them. */
export interface Block {
  readonly nodes: ReadonlyArray<NodeMessage>
  readonly types: ReadonlyArray<ValueInfo>
}

export type Initializers = ReadonlyArray<ReturnType<typeof initializerMessage>>

/** Types of values, for viewers; those given out have theirs already. */
export const typesOf = (
  instructions: ReadonlyArray<Instruction>,
  given: ReadonlySet<string>
): ReadonlyArray<ValueInfo> =>
  instructions.flatMap(({ output: { name, dtype, shape } }) =>
    dtype === undefined || given.has(name) ? [] : [valueInfo(name, dtype, shape)]
  )

export const blockOf = (instructions: ReadonlyArray<Instruction>, given: ReadonlySet<string> = new Set()): Block => ({
  nodes: instructions.map(nodeMessage),
  types: typesOf(instructions, given)
})

export const joined = (...blocks: ReadonlyArray<Block>): Block => ({
  nodes: blocks.flatMap(({ nodes }) => nodes),
  types: blocks.flatMap(({ types }) => types)
})

export const namesIn = ({ levels, initializers }: Emitted): ReadonlyArray<string> => [
  ...levels.flat().map(({ output }) => output.name),
  ...initializers.map(({ name }) => name)
]

export const literalsOf = ({ initializers }: Emitted): Initializers => initializers.map(initializerMessage)

/** Data of `count` parts, of which these nodes are one; each name once. */
export const dataMessages = (data: ReadonlyArray<Node>, count: number): Initializers =>
  [...new Map(data.map((leaf) => [nameOf(leaf), leaf])).values()].map((leaf) => {
    const [rows = 1, ...others] = leaf.shape
    return dataMessage(nameOf(leaf), leaf.dtype, [rows * count, ...others])
  })
