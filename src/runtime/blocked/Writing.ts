/**
 * A graph while it is written anew: what is known of its values, and nodes and constants that are added to it. Knows nothing of
 * blocks of channels but how many channels one has.
 */
import type { GraphProto, NodeProto } from "onnx-buf"
import { tensorOf, typesIn, type ValueType, type ValueTypes } from "../../onnx/decode.ts"
import type { AttributeMessage, ConstantMessage, Messages } from "./Messages.ts"

/** The domain of ops in blocks. */
export const blockedDomain = "com.microsoft.nchwc"

export type Sizes = ReadonlyArray<number>
export type ImageSizes = readonly [samples: number, channels: number, height: number, width: number]

type Write = (
  opType: string,
  input: ReadonlyArray<string>,
  output: string,
  attributes?: ReadonlyArray<AttributeMessage>
) => string

export interface Writing {
  /** b, how many channels a block has. */
  readonly block: number
  readonly make: Messages
  readonly graph: GraphProto
  /** What has been written. */
  readonly nodes: Array<NodeProto>
  readonly typeOf: (name: string) => ValueType["dtype"] | undefined
  /** Of a value without a stated type: none. */
  readonly shapeOf: (name: string) => Sizes
  readonly imageSizesOf: (name: string) => ImageSizes
  /** A list of integers that is known now. */
  readonly listOf: (name: string) => Sizes | undefined
  /** The only node that reads a value; undefined where several do, or what is around. */
  readonly onlyUserOf: (name: string) => NodeProto | undefined
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
  /** What graphs inside of this one see. */
  readonly inside: Around
}

interface Around {
  readonly types: ValueTypes
  readonly lists: ReadonlyMap<string, Sizes>
  readonly writing?: Writing
  readonly depth: number
}

const outermost: Around = { types: new Map(), lists: new Map(), depth: 0 }

export const bodiesOf = (node: NodeProto): ReadonlyArray<GraphProto> =>
  node.attribute.flatMap(({ g }) => (g === undefined ? [] : [g]))

/** Every name that a node reads, its bodies' too. */
export const readBy = (node: NodeProto): ReadonlyArray<string> => [
  ...node.input,
  ...bodiesOf(node).flatMap((body) => [...body.node.flatMap(readBy), ...body.output.map(({ name }) => name)])
]

type User = NodeProto | "output"

const usersIn = (graph: GraphProto): ReadonlyMap<string, ReadonlyArray<User>> => {
  const users = new Map<string, Array<User>>()
  const add = (name: string, user: User): void => void (users.get(name)?.push(user) ?? users.set(name, [user]))
  for (const node of graph.node) for (const name of new Set(readBy(node))) add(name, node)
  for (const { name } of graph.output) add(name, "output")
  return users
}

const listsIn = ({ initializer }: GraphProto): ReadonlyArray<readonly [string, Sizes]> =>
  initializer
    .filter(({ dataType, externalData }) => dataType === 7 && externalData.length === 0)
    .map((tensor) => [tensor.name, Array.from(tensorOf(tensor).data, Number)])

/** Every name that a graph gives to a value of its own. */
const madeIn = ({ input, initializer, node }: GraphProto): ReadonlySet<string> =>
  new Set([...[...input, ...initializer].map(({ name }) => name), ...node.flatMap(({ output }) => output)])

export const makeWriting = (make: Messages, graph: GraphProto, block: number, around = outermost): Writing => {
  const types: ValueTypes = new Map([...around.types, ...typesIn(graph)])
  const lists = new Map([...around.lists, ...listsIn(graph)])
  const [own, users] = [madeIn(graph), usersIn(graph)]
  const nodes: Array<NodeProto> = []
  const made = new Set<string>()
  const taken = new Set<NodeProto>()
  /** What is made in an inner graph must be called otherwise than what is made around it. */
  const tag = around.depth === 0 ? "blocks" : `blocks${around.depth}`

  const shapeOf = (name: string): Sizes => types.get(name)?.shape.map(Number) ?? []
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
    block,
    make,
    graph,
    nodes,
    typeOf: (name) => types.get(name)?.dtype,
    shapeOf,
    imageSizesOf: (name) => shapeOf(name) as ImageSizes,
    listOf: (name) => lists.get(name),
    onlyUserOf: (name) => {
      const [user, ...more] = users.get(name) ?? []
      return user === "output" || more.length > 0 ? undefined : user
    },
    homeOf: (name) => (own.has(name) ? writing : (around.writing?.homeOf(name) ?? writing)),
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
    isTaken: (node) => taken.has(node),
    get inside() {
      return { types, lists, writing, depth: around.depth + 1 }
    }
  }
  return writing
}
