/**
 * What is known of the values of a graph that is written anew: their types, those that are known now, and who reads them. A graph
 * inside of another sees what is known around it. Knows nothing of what is written.
 */
import type { GraphProto, NodeProto } from "onnx-buf"
import { tensorOf, typesIn, type ValueType } from "../../onnx/decode.ts"

export type Sizes = ReadonlyArray<number>
export type ImageSizes = readonly [samples: number, channels: number, height: number, width: number]

export interface Facts {
  readonly typeOf: (name: string) => ValueType["dtype"] | undefined
  /** Of a value without a stated type: none. */
  readonly shapeOf: (name: string) => Sizes
  readonly imageSizesOf: (name: string) => ImageSizes
  /** A list of integers that is known now. */
  readonly listOf: (name: string) => Sizes | undefined
  /** The only node that reads a value; undefined where several do, or what is around. */
  readonly onlyUserOf: (name: string) => NodeProto | undefined
  /** Whether a value is of this graph, not of one around it. */
  readonly isOwn: (name: string) => boolean
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

const listsIn = ({ initializer }: GraphProto): ReadonlyMap<string, Sizes> =>
  new Map(
    initializer
      .filter(({ dataType, externalData }) => dataType === 7 && externalData.length === 0)
      .map((tensor) => [tensor.name, Array.from(tensorOf(tensor).data, Number)])
  )

/** Every name that a graph gives to a value of its own. */
const madeIn = ({ input, initializer, node }: GraphProto): ReadonlySet<string> =>
  new Set([...[...input, ...initializer].map(({ name }) => name), ...node.flatMap(({ output }) => output)])

export const factsOf = (graph: GraphProto, around?: Facts): Facts => {
  const [types, lists] = [new Map(typesIn(graph)), listsIn(graph)]
  const [own, users] = [madeIn(graph), usersIn(graph)]
  const shapeOf = (name: string): Sizes => types.get(name)?.shape.map(Number) ?? around?.shapeOf(name) ?? []
  return {
    typeOf: (name) => types.get(name)?.dtype ?? around?.typeOf(name),
    shapeOf,
    imageSizesOf: (name) => shapeOf(name) as ImageSizes,
    listOf: (name) => lists.get(name) ?? around?.listOf(name),
    onlyUserOf: (name) => {
      const [user, ...more] = users.get(name) ?? []
      return user === "output" || more.length > 0 ? undefined : user
    },
    isOwn: (name) => own.has(name)
  }
}
