/**
 * A graph while it is written anew: nodes and constants that are added to it, and what is known of it. Knows nothing of blocks of
 * channels but how many channels one has.
 */
import type { GraphProto, NodeProto } from "onnx-buf"
import { type Facts, factsOf, type Sizes } from "./Facts.ts"
import type { AttributeMessage, ConstantMessage, Messages } from "./Messages.ts"

/** The domain of ops in blocks. */
export const blockedDomain = "com.microsoft.nchwc"

type Write = (
  opType: string,
  input: ReadonlyArray<string>,
  output: string,
  attributes?: ReadonlyArray<AttributeMessage>
) => string

export interface Writing extends Facts {
  /** b, how many channels a block has. */
  readonly block: number
  readonly make: Messages
  readonly graph: GraphProto
  /** What has been written. */
  readonly nodes: Array<NodeProto>
  /** How many graphs this one is inside of. */
  readonly depth: number
  /** Where a value is made that is seen here: what depends on nothing else is best written there, where it is made once. */
  readonly homeOf: (name: string) => Writing
  /** A name for something that is made here of a value. */
  readonly named: (name: string, what: string) => string
  /** Writes a node of a standard op; the name of its output. */
  readonly standard: Write
  /** Writes a node of an op in blocks; the name of its output. */
  readonly inBlocks: Write
  readonly reshape: (name: string, shape: Sizes, output: string) => string
  /** Constants: int64 `[length]`; float32 ones `[length]`, a number `[1, 1, 1, 1]`. */
  readonly sizes: (values: Sizes) => string
  readonly ones: (length: number) => string
  readonly number: (value: number) => string
  /** A value of this name, which is written when it is first asked for. */
  readonly once: (name: string, write: () => void) => string
  /** A node that another does the work of. */
  readonly take: (node: NodeProto) => void
  readonly isTaken: (node: NodeProto) => boolean
}

/** Of a graph, or of one inside of another that is being written. */
export const makeWriting = (make: Messages, graph: GraphProto, block: number, around?: Writing): Writing => {
  const facts = factsOf(graph, around)
  const depth = around === undefined ? 0 : around.depth + 1
  const nodes: Array<NodeProto> = []
  const made = new Set<string>()
  const taken = new Set<NodeProto>()
  /** What is made in an inner graph must be called otherwise than what is made around it. */
  const tag = depth === 0 ? "blocks" : `blocks${depth}`

  const writeIn =
    (domain: string): Write =>
    (opType, input, output, attributes = []) => {
      const given = { input: [...input], output: [output], attribute: [...attributes] }
      nodes.push(make.node({ name: output, opType, domain, ...given }))
      return output
    }
  const standard = writeIn("")
  const once: Writing["once"] = (name, write) => {
    if (!made.has(name)) write()
    made.add(name)
    return name
  }
  const constant = (what: string, of: (name: string) => ConstantMessage): string =>
    once(`${tag}/${what}`, () => graph.initializer.push(of(`${tag}/${what}`)))
  const sizes: Writing["sizes"] = (values) => constant(`sizes/${values.join("x")}`, (name) => make.sizes(name, values))

  const writing: Writing = {
    ...facts,
    block,
    make,
    graph,
    nodes,
    depth,
    homeOf: (name) => (facts.isOwn(name) ? writing : (around?.homeOf(name) ?? writing)),
    named: (name, what) => `${name}/${tag}/${what}`,
    standard,
    inBlocks: writeIn(blockedDomain),
    reshape: (name, shape, output) => standard("Reshape", [name, sizes(shape)], output),
    sizes,
    ones: (length) =>
      constant(`ones/${length}`, (name) => make.numbers(name, new Array<number>(length).fill(1), [length])),
    number: (value) => constant(`number/${value}`, (name) => make.numbers(name, [value], [1, 1, 1, 1])),
    once,
    take: (node) => void taken.add(node),
    isTaken: (node) => taken.has(node)
  }
  return writing
}
