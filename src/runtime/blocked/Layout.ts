/**
 * A graph while it is rewritten: which of its values lie in blocks of channels, which as they are declared, which in both; and
 * convolutions that are put off until it is known what they can take with them. Knows no rule for any op.
 *
 * Declared shapes stay [N, C, H, W], while the elements of a value in blocks lie as [N, C / b, H, W, b].
 */
import type { GraphProto, NodeProto } from "onnx-buf"
import { tensorOf, typesIn, type ValueTypes } from "../../onnx/decode.ts"
import type { AttributeMessage, Messages } from "./Messages.ts"

export const blockedDomain = "com.microsoft.nchwc"

type Sizes = ReadonlyArray<number>

/**
 * A convolution that is not written yet: σ(kernel ∗ image + bias + sum). All but the image may be taken into it until it is
 * wanted.
 */
export interface Convolution {
  readonly kernel: string
  readonly bias?: string
  /** A value in blocks. */
  readonly sum?: string
  readonly activation?: string
  readonly attributes: ReadonlyArray<AttributeMessage>
  /** A value in blocks. */
  readonly image: string
  /** Each channel of each sample by itself: images are one, of N · C channels. */
  readonly isPerChannel: boolean
}

/** Values that a graph inside of another sees. */
export interface Around {
  readonly types: ValueTypes
  readonly constants: ReadonlyMap<string, Sizes>
  /** How many graphs there are around a graph. */
  readonly depth: number
}

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

/** Lists of integers, such as axes. */
const listsIn = ({ initializer }: GraphProto): ReadonlyArray<readonly [string, Sizes]> =>
  initializer
    .filter(({ dataType, externalData }) => dataType === 7 && externalData.length === 0)
    .map((tensor) => [tensor.name, Array.from(tensorOf(tensor).data, Number)])

export type Layout = ReturnType<typeof makeLayout>

export const makeLayout = (make: Messages, graph: GraphProto, around: Around, block: number) => {
  const types: ValueTypes = new Map([...around.types, ...typesIn(graph)])
  const constants = new Map([...around.constants, ...listsIn(graph)])
  const users = usersIn(graph)
  const nodes: Array<NodeProto> = []
  const inBlocks = new Map<string, string>() // the same value in blocks
  const plain = new Set<string>() // of those, the ones that are there as declared, too
  const waiting = new Map<string, Convolution>()
  const made = new Set<string>()
  const taken = new Set<NodeProto>()
  /** Names of an inner graph must differ from those around it. */
  const own = around.depth === 0 ? "blocks" : `blocks${around.depth}`

  const shapeOf = (name: string): Sizes => types.get(name)?.shape.map(Number) ?? []

  /** Whether a value is one of images, whose channels fill blocks. Those of one position lie the same in both ways. */
  const fits = (name: string): boolean => {
    const [, channels = 0, height = 0, width = 0, ...more] = shapeOf(name)
    const isImage = types.get(name)?.dtype === "float32" && more.length === 0 && height * width > 1
    return isImage && channels % block === 0
  }

  const write = (
    domain: string,
    opType: string,
    input: ReadonlyArray<string>,
    output: string,
    attribute: ReadonlyArray<AttributeMessage> = []
  ): string => {
    const lists = { input: [...input], output: [output], attribute: [...attribute] }
    nodes.push(make.node({ name: output, opType, domain, ...lists }))
    return output
  }
  const standard = (
    opType: string,
    input: ReadonlyArray<string>,
    output: string,
    attribute?: Array<AttributeMessage>
  ) => write("", opType, input, output, attribute)
  const inNchwc = (opType: string, input: ReadonlyArray<string>, output: string, attribute?: Array<AttributeMessage>) =>
    write(blockedDomain, opType, input, output, attribute)

  /** A constant of this name, made once. */
  const constant = (name: string, of: () => GraphProto["initializer"][number]): string => {
    if (!made.has(name)) graph.initializer.push(of())
    made.add(name)
    return name
  }
  const sizes = (values: Sizes): string => {
    const name = `${own}/sizes/${values.join("x")}`
    return constant(name, () => make.sizes(name, values))
  }
  const ones = (count: number): string => {
    const name = `${own}/ones/${count}`
    return constant(name, () => make.numbers(name, new Array<number>(count).fill(1)))
  }
  const number = (value: number): string => {
    const name = `${own}/number/${value}`
    return constant(name, () => make.numbers(name, [value]))
  }
  const reshape = (name: string, shape: Sizes, output: string): string =>
    standard("Reshape", [name, sizes(shape)], output)

  /** A value that something is made of once, under a name of its own. */
  const once = (name: string, of: () => void): string => {
    if (!made.has(name)) of()
    made.add(name)
    return name
  }

  /** Each channel of each sample as a channel of one row. [N, C, H, W] → [1, N · C, 1, H · W] */
  const asOneRow = (name: string, like: string): string =>
    once(`${name}/row`, () => {
      const [samples, channels, height, width] = shapeOf(like) as [number, number, number, number]
      reshape(name, [1, samples * channels, 1, height * width], `${name}/row`)
    })

  const finish = (name: string, given: Convolution): string => {
    const { image, kernel, bias = "", sum, activation, attributes, isPerChannel } = given
    const placed = (value: string): string => (isPerChannel ? asOneRow(value, name) : value)
    const inputs = [placed(image), kernel, bias, ...(sum === undefined ? [] : [placed(sum)])]
    const last = inputs.findLastIndex((input) => input !== "")
    const attribute = [...attributes, ...(activation === undefined ? [] : [make.text("activation", activation)])]
    const output = `${name}/${own}`
    inNchwc("Conv", inputs.slice(0, last + 1), isPerChannel ? `${output}/row` : output, attribute)
    if (isPerChannel) reshape(`${output}/row`, shapeOf(name), output)
    if (isPerChannel) made.add(`${output}/row`)
    inBlocks.set(name, output)
    return output
  }

  /** The name under which a value lies in blocks, from now on. */
  const blocked = (name: string): string => {
    const known = inBlocks.get(name)
    if (known !== undefined) return known
    const convolution = waiting.get(name)
    waiting.delete(name)
    if (convolution !== undefined) return finish(name, convolution)
    plain.add(name)
    const made = inNchwc("ReorderInput", [name], `${name}/${own}`)
    inBlocks.set(name, made)
    return made
  }

  return {
    block,
    make,
    graph,
    /** What has been written. */
    nodes,
    /** What graphs inside of this one see. */
    inside: { types, constants, depth: around.depth + 1 } satisfies Around,
    shapeOf,
    fits,
    typeOf: (name: string) => types.get(name)?.dtype,
    /** A list of integers that is known now. */
    listOf: (name: string): Sizes | undefined => constants.get(name),
    /** The only node that reads a value; undefined where several do, or what is around. */
    onlyUserOf: (name: string): NodeProto | undefined => {
      const [user, ...more] = users.get(name) ?? []
      return user === undefined || user === "output" || more.length > 0 ? undefined : user
    },
    /** A name for something that is made of a value. */
    named: (name: string, what: string): string => `${name}/${own}/${what}`,
    /** A node that one before it has done the work of. */
    take: (node: NodeProto): void => void taken.add(node),
    isTaken: (node: NodeProto): boolean => taken.has(node),
    standard,
    inNchwc,
    reshape,
    sizes,
    ones,
    number,
    once,
    blocked,
    /** Whether a value is in blocks, or will be. */
    isBlocked: (name: string): boolean => inBlocks.has(name) || waiting.has(name),
    /** Sees to it that a value is there as it is declared. */
    needPlain: (name: string): void => {
      const isHere = !inBlocks.has(name) && !waiting.has(name)
      if (isHere || plain.has(name)) return
      inNchwc("ReorderOutput", [blocked(name)], name, [make.int("channels", shapeOf(name)[1]!)])
      plain.add(name)
    },
    /** A value that was made in blocks, under this name. */
    holdBlocks: (name: string, as: string): void => void inBlocks.set(name, as),
    putOff: (name: string, convolution: Convolution): void => void waiting.set(name, convolution),
    /** A convolution that can still take something with it: it waits, and nothing but one node wants what it makes. */
    open: (name: string): Convolution | undefined => {
      const convolution = waiting.get(name)
      const isOpen = convolution !== undefined && convolution.activation === undefined && users.get(name)?.length === 1
      return isOpen ? convolution : undefined
    },
    /** Puts off what a convolution has become with what it has taken, under the name of that. */
    extend: (name: string, to: string, by: Partial<Convolution>): void => {
      const convolution = waiting.get(name)!
      waiting.delete(name)
      waiting.set(to, { ...convolution, ...by })
    }
  }
}
