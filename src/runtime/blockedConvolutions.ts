/**
 * Convolutions in onnxruntime's own layout for processors, NCHWc: channels in blocks as wide as a vector register. It uses that
 * layout by itself where kernels are constants; in training they are not. So this writes it out: a model with standard ops
 * becomes one with the ops of the domain `com.microsoft.nchwc`, which calculates the same. Between convolutions, activations
 * and pooling, values stay in blocks. Knows nothing of whether a processor has these kernels.
 *
 * Declared shapes stay [N, C, H, W], while elements lie as [N, C / b, H, W, b].
 *
 * Source  microsoft/onnxruntime onnxruntime/core/optimizer/nchwc_transformer.cc, contrib_ops/cpu/nchwc_ops.cc
 */
import type { GraphProto, ModelProto, NodeProto } from "onnx-buf"
import { typesIn, type ValueTypes } from "../onnx/decode.ts"

const domain = "com.microsoft.nchwc"

/** Ops of NCHWc can apply one of these as they store. */
const fusible: ReadonlySet<string> = new Set(["Relu", "Tanh", "Sigmoid"])
const pools: ReadonlySet<string> = new Set(["AveragePool", "MaxPool"])

/** The packages that messages are made with. */
export interface Messages {
  readonly node: (init: {
    readonly name: string
    readonly opType: string
    readonly domain?: string
    readonly input: Array<string>
    readonly output: Array<string>
    readonly attribute?: NodeProto["attribute"]
  }) => NodeProto
  readonly ints: (name: string, values: ReadonlyArray<number>) => NodeProto["attribute"][number]
  readonly int: (name: string, value: number) => NodeProto["attribute"][number]
  readonly text: (name: string, value: string) => NodeProto["attribute"][number]
  readonly sizes: (name: string, values: ReadonlyArray<number>) => GraphProto["initializer"][number]
  readonly opset: (domain: string, version: number) => ModelProto["opsetImport"][number]
}

const bodiesOf = (node: NodeProto): ReadonlyArray<GraphProto> =>
  node.attribute.flatMap(({ g }) => (g === undefined ? [] : [g]))

export const hasConvolutions = ({ node }: GraphProto): boolean =>
  node.some((each) => each.opType === "Conv" || bodiesOf(each).some(hasConvolutions))

/** Every name that a node reads, its bodies' too. */
const readBy = (node: NodeProto): ReadonlyArray<string> => [
  ...node.input,
  ...bodiesOf(node).flatMap((body) => [...body.node.flatMap(readBy), ...body.output.map(({ name }) => name)])
]

const usesIn = (graph: GraphProto): ReadonlyMap<string, ReadonlyArray<NodeProto | "output">> => {
  const uses = new Map<string, Array<NodeProto | "output">>()
  const add = (name: string, user: NodeProto | "output") => uses.set(name, [...(uses.get(name) ?? []), user])
  for (const node of graph.node) for (const name of new Set(readBy(node))) add(name, node)
  for (const { name } of graph.output) add(name, "output")
  return uses
}

const integersOf = (node: NodeProto, name: string): ReadonlyArray<number> | undefined =>
  node.attribute.find((attribute) => attribute.name === name)?.ints.map(Number)

/** [O, I, h, w] of a convolution that has a form in blocks. */
const kernelOf = (node: NodeProto, types: ValueTypes, block: number): ReadonlyArray<number> | undefined => {
  if (node.opType !== "Conv" || node.domain !== "") return undefined
  const [image, kernel] = node.input.map((name) => types.get(name))
  if (image?.dtype !== "float32" || kernel?.shape.length !== 4 || image.shape.length !== 4) return undefined
  const sizes = kernel.shape.map(Number)
  const [outputs, inputs] = [sizes[0]!, sizes[1]!]
  const isOneGroup = image.shape[1] === inputs
  return isOneGroup && outputs % block === 0 && (inputs < block || inputs % block === 0) ? sizes : undefined
}

/** Rewrites a graph in place, with what is inside of it; whether anything was rewritten. */
const rewrite = (make: Messages, graph: GraphProto, outer: ValueTypes, block: number): boolean => {
  const types: ValueTypes = new Map([...outer, ...typesIn(graph)])
  const uses = usesIn(graph)
  const nodes: Array<NodeProto> = []
  const inBlocks = new Map<string, string>() // the same value in blocks
  const plain = new Set<string>() // of those, the ones that are there as they were, too
  let changed = false

  const channelsOf = (name: string): number => Number(types.get(name)!.shape[1])
  const emit = (opType: string, input: Array<string>, output: string, attribute: NodeProto["attribute"] = []) => {
    const isStandard = opType === "Reshape" || opType === "Transpose"
    nodes.push(
      make.node({ name: output, opType, domain: isStandard ? "" : domain, input, output: [output], attribute })
    )
    return output
  }
  const blocked = (name: string): string => {
    const known = inBlocks.get(name)
    if (known !== undefined) return known
    const made = emit("ReorderInput", [name], `${name}/blocks`)
    inBlocks.set(name, made)
    plain.add(name)
    return made
  }
  const needPlain = (name: string): void => {
    const from = inBlocks.get(name)
    if (from === undefined || plain.has(name)) return
    emit("ReorderOutput", [from], name, [make.int("channels", channelsOf(name))])
    plain.add(name)
  }
  /** [O, I, h, w] → [O / b, I / b, h, w, b, b], or [O / b, I, h, w, b] of few channels, under the shape it had. */
  const kernelInBlocks = (name: string, node: string, sizes: ReadonlyArray<number>): string => {
    const [outputs, inputs, height, width] = sizes as [number, number, number, number]
    const isFew = inputs < block
    const apart = isFew
      ? [outputs / block, block, inputs, height, width]
      : [outputs / block, block, inputs / block, block, height, width]
    const order = isFew ? [0, 2, 3, 4, 1] : [0, 2, 4, 5, 3, 1]
    const shapes = [`${node}/kernel/apart`, `${node}/kernel/whole`] as const
    graph.initializer.push(make.sizes(shapes[0], apart), make.sizes(shapes[1], sizes))
    const split = emit("Reshape", [name, shapes[0]], `${node}/kernel/split`)
    const moved = emit("Transpose", [split], `${node}/kernel/moved`, [make.ints("perm", order)])
    return emit("Reshape", [moved, shapes[1]], `${node}/kernel/blocks`)
  }
  const convolve = (node: NodeProto, sizes: ReadonlyArray<number>): void => {
    const [image, kernel, bias] = node.input as [string, string, string | undefined]
    const result = node.output[0]!
    const users = uses.get(result) ?? []
    const next = users.length === 1 && users[0] !== "output" ? users[0] : undefined
    const activation = next !== undefined && fusible.has(next.opType) ? next : undefined
    const isFew = sizes[1]! < block
    for (const name of isFew ? node.input : node.input.slice(1)) needPlain(name)
    const given = [isFew ? image : blocked(image), kernelInBlocks(kernel, result, sizes)]
    const attributes = [
      make.ints("kernel_shape", sizes.slice(2)),
      make.ints("strides", integersOf(node, "strides") ?? [1, 1]),
      make.ints("pads", integersOf(node, "pads") ?? [0, 0, 0, 0]),
      make.ints("dilations", [1, 1]),
      make.int("group", 1),
      ...(activation === undefined ? [] : [make.text("activation", activation.opType)])
    ]
    const made = activation?.output[0] ?? result
    emit("Conv", bias ? [...given, bias] : given, `${made}/blocks`, attributes)
    inBlocks.set(made, `${made}/blocks`)
    if (activation !== undefined) skipped.add(activation)
  }

  const skipped = new Set<NodeProto>()
  for (const node of graph.node) {
    if (skipped.has(node)) continue
    const sizes = kernelOf(node, types, block)
    const dilations = integersOf(node, "dilations") ?? [1, 1]
    if (sizes !== undefined && dilations.every((each) => each === 1)) {
      changed = true
      convolve(node, sizes)
      continue
    }
    const from = inBlocks.get(node.input[0] ?? "")
    if (pools.has(node.opType) && node.output.length === 1 && from !== undefined) {
      const made = node.output[0]!
      emit(node.opType, [from], `${made}/blocks`, node.attribute)
      inBlocks.set(made, `${made}/blocks`)
      continue
    }
    for (const name of readBy(node)) needPlain(name)
    for (const body of bodiesOf(node)) changed = rewrite(make, body, types, block) || changed
    nodes.push(node)
  }
  for (const { name } of graph.output) needPlain(name)
  graph.node = nodes
  return changed
}

/** Rewrites a model in place for blocks of so many channels; whether anything was rewritten. */
export const withBlockedConvolutions = (make: Messages, model: ModelProto, block: number): boolean => {
  const changed = rewrite(make, model.graph!, new Map(), block)
  if (changed) model.opsetImport.push(make.opset(domain, 1))
  return changed
}
