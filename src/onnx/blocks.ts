/**
 * Emitted nodes as blocks of messages, and data as initializers: what models are put together from.
 */
import { nameOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { type Emitted, emit } from "./emit.ts"
import type { Instruction } from "./Instruction.ts"
import {
  dataMessage,
  type FunctionMessage,
  functionMessage,
  initializerMessage,
  type NodeMessage,
  nodeMessage,
  valueInfo
} from "./messages.ts"

export type ValueInfo = ReturnType<typeof valueInfo>

/** Nodes, the types of the values between them, and the functions that they call. */
export interface Block {
  readonly nodes: ReadonlyArray<NodeMessage>
  readonly types: ReadonlyArray<ValueInfo>
  readonly functions: ReadonlyArray<FunctionMessage>
}

export const nothing: Block = { nodes: [], types: [], functions: [] }

export type Initializers = ReadonlyArray<ReturnType<typeof initializerMessage>>

/** Types of values, for viewers; those given out have theirs already. */
export const typesOf = (
  instructions: ReadonlyArray<Instruction>,
  given: ReadonlySet<string>
): ReadonlyArray<ValueInfo> =>
  instructions.flatMap(({ output: { name, dtype, shape } }) =>
    dtype === undefined || given.has(name) ? [] : [valueInfo(name, dtype, shape)]
  )

/** The functions that nodes call, each once. */
const functionsOf = (instructions: ReadonlyArray<Instruction>): ReadonlyArray<FunctionMessage> => {
  const called = new Map(
    instructions.flatMap((one) => (one.calls === undefined ? [] : [[one.calls.name, one] as const]))
  )
  return [...called].map(([name, { calls, attributes }]) => {
    const inside = calls!.inside()
    const options = { reserved: [], carried: () => undefined, outputName: (output: string) => output }
    const { levels, initializers } = emit(inside, options)
    const [output] = Object.keys(inside.outputs)
    const given = { inputs: inside.inputs.map(nameOf), attributes: Object.keys(attributes) }
    return functionMessage({ name, ...given, output: output!, constants: initializers, instructions: levels[0] })
  })
}

export const blockOf = (instructions: ReadonlyArray<Instruction>, given: ReadonlySet<string> = new Set()): Block => ({
  nodes: instructions.map(nodeMessage),
  types: typesOf(instructions, given),
  functions: functionsOf(instructions)
})

export const joined = (...blocks: ReadonlyArray<Block>): Block => ({
  nodes: blocks.flatMap(({ nodes }) => nodes),
  types: blocks.flatMap(({ types }) => types),
  functions: blocks.flatMap(({ functions }) => functions)
})

export const namesIn = ({ levels, initializers }: Emitted): ReadonlyArray<string> => [
  ...levels.flat().map(({ output }) => output.name),
  ...initializers.map(({ name }) => name)
]

export const literalsOf = ({ initializers }: Emitted): Initializers => initializers.map(initializerMessage)

/** Data as these nodes have it, or of so many rows, of which they have a part; each name once. */
export const dataMessages = (data: ReadonlyArray<Node>, rows?: number): Initializers =>
  [...new Map(data.map((leaf) => [nameOf(leaf), leaf])).values()].map((leaf) => {
    const shape = rows === undefined ? leaf.shape : [rows, ...leaf.shape.slice(1)]
    return dataMessage(nameOf(leaf), leaf.dtype, shape)
  })
