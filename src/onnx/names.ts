/**
 * Names that explain themselves in Netron and in messages of onnxruntime: `layer0/Tanh`, `layer1/backward/Gemm`.
 * A value belongs to the layer of the parameter it is made with; what no scalar result depends on is called `backward`.
 * Names are for people: nothing is decided by them.
 */
import { type Graph, nameOf, nodesOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { order } from "../graph/order.ts"
import { NotEncodable } from "./Errors.ts"

/** What the graphs of a model append to a parameter's name. */
const suffixes = /\.(next|gradient|direction|product)$/

/**
 * The layer of a parameter: `layer0.weight.direction` → `layer0`; `weight` → `weight`. Numbers, such as a learning rate, and
 * saved values have none.
 */
const layerOf = (leaf: Node): string | undefined => {
  const parameter = nameOf(leaf).replace(suffixes, "")
  if (leaf.op !== "input" || leaf.shape.length === 0 || parameter.startsWith("saved.")) return undefined
  const end = parameter.lastIndexOf(".")
  return end < 1 ? parameter : parameter.slice(0, end)
}

/** The nodes that the scalar results need: loss and accuracy, where a graph has them; otherwise all. */
const forwardOf = (graph: Graph): ReadonlySet<Node> => {
  const scalars = Object.values(graph.outputs).filter((output) => output.shape.length === 0)
  return new Set(scalars.length === 0 ? nodesOf(graph) : order(scalars))
}

/** For each node the beginning of its name, without the op. */
export const prefixesOf = (graph: Graph): ReadonlyMap<Node, string> => {
  const layers = [...new Set(graph.inputs.flatMap((input) => layerOf(input) ?? []))]
  const forward = forwardOf(graph)
  const places = new Map<Node, string>()

  /** A value has reached its last layer on the way forward, its first on the way back; without layers, a leaf names it. */
  const placeFrom = (node: Node): string | undefined => {
    const parameters = node.inputs.filter((input) => layerOf(input) !== undefined)
    const known = (parameters.length > 0 ? parameters : node.inputs).flatMap((input) => places.get(input) ?? [])
    const reached = known.map((place) => layers.indexOf(place)).filter((index) => index >= 0)
    if (reached.length === 0) return known[0]
    return layers[forward.has(node) ? Math.max(...reached) : Math.min(...reached)]
  }

  for (const node of nodesOf(graph)) {
    const isLeaf = node.op === "input" || node.op === "data"
    const place = isLeaf ? (layerOf(node) ?? nameOf(node)) : placeFrom(node)
    if (place !== undefined) places.set(node, place)
  }
  const prefix = (node: Node): string =>
    [places.get(node) ?? "", forward.has(node) ? "" : "backward"].filter((part) => part !== "").join("/")
  return new Map(nodesOf(graph).map((node) => [node, prefix(node)]))
}

/** Gives each value a name of its own: the wanted one, or that with a number. */
export const makeNamer = (reserved: Iterable<string>): ((wanted: string) => string) => {
  const taken = new Set(reserved)
  const counts = new Map<string, number>()
  return (wanted) => {
    let name = wanted
    while (taken.has(name)) {
      const count = (counts.get(wanted) ?? 1) + 1
      counts.set(wanted, count)
      name = `${wanted}_${count}`
    }
    taken.add(name)
    return name
  }
}

/**
 * What goes in and what comes out share one space of names.
 *
 * Errors  NotEncodable if one name stands for two values
 */
export const checkNames = (graph: Graph, leaves: ReadonlyArray<string>): void => {
  const names = [...leaves, ...Object.keys(graph.outputs)]
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw new NotEncodable({
    graph: graph.name,
    where: `the name "${twice}"`,
    expected: "given once",
    actual: "given twice"
  })
}
