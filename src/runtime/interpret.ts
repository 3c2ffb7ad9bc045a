/**
 * Evaluates a decoded model node by node, loops and functions included. Knows no op: kernels are given.
 */
import type { FunctionProto, GraphProto, ModelProto, NodeProto } from "onnx-buf"
import { constantsOf, tensorOf } from "../onnx/decode.ts"
import { sizeOf } from "../tensor/Shape.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import type { Kernel, Value } from "./kernels.ts"

/** Values by name. A loop's body sees those around it. */
export type Values = ReadonlyMap<string, Value>

type Kernels = Readonly<Record<string, Kernel>>

export const toValue = ({ shape, data }: Tensor): Value => ({ shape, data: Float64Array.from(data, Number) })

const number = (value: number): Value => ({ shape: [], data: Float64Array.of(value) })

const bodyOf = (node: NodeProto): GraphProto => node.attribute.find(({ name }) => name === "body")!.g!

const firstUnknownIn = (nodes: ReadonlyArray<NodeProto>, kernels: Kernels): NodeProto | undefined => {
  for (const node of nodes) {
    const unknown = node.opType === "Loop" ? firstUnknownIn(bodyOf(node).node, kernels) : node
    if (unknown !== undefined && !Object.hasOwn(kernels, unknown.opType)) return unknown
  }
  return undefined
}

/** The first node, in bodies and functions too, that has no kernel. */
export const firstUnknown = ({ graph, functions }: ModelProto, kernels: Kernels): NodeProto | undefined =>
  firstUnknownIn(
    [...functions, graph!].flatMap(({ node }) => node),
    kernels
  )

/** What a model calls: ops, constants inside of functions, and its functions, each of ops alone. */
export const kernelsIn = ({ functions }: ModelProto, ops: Kernels): Kernels => {
  const inside = { ...ops, Constant: constant }
  return { ...inside, ...Object.fromEntries(functions.map((each) => [each.name, functionKernel(each, inside)])) }
}

const constant: Kernel = ({ attribute }) => toValue(tensorOf(attribute[0]!.t!))

const functionKernel =
  ({ input, node, output }: FunctionProto, kernels: Kernels): Kernel =>
  (_, given) =>
    evaluateNodes(node, new Map(input.map((name, i) => [name, given[i]!])), kernels).get(output[0]!)!

/** Values of all steps along a new first axis. [S] each → [steps, S] */
const stack = (values: ReadonlyArray<Value>, graph: GraphProto, output: number): Value => {
  const type = graph.output[output]!.type?.value
  const dims = type?.case === "tensorType" ? (type.value.shape?.dim ?? []) : []
  const shape = values[0]?.shape ?? dims.map(({ value }) => Number(value.value))
  const data = new Float64Array(values.length * sizeOf(shape))
  for (const [step, value] of values.entries()) data.set(value.data, step * sizeOf(shape))
  return { shape: [values.length, ...shape], data }
}

/** Runs the body as often as the first input says. Source: onnx.ai/onnx/operators/onnx__Loop.html */
const loop = (node: NodeProto, around: Values, kernels: Kernels): ReadonlyArray<Value> => {
  const body = bodyOf(node)
  const [stepsName, , ...stateNames] = node.input
  const [iterationInput, conditionInput, ...stateInputs] = body.input.map((input) => input.name)
  const steps = around.get(stepsName!)!.data[0]!
  let state = stateNames.map((name) => around.get(name)!)
  const kept: Array<ReadonlyArray<Value>> = []
  for (let step = 0; step < steps; step++) {
    const given = new Map([...around, [iterationInput!, number(step)], [conditionInput!, number(1)]])
    stateInputs.forEach((name, i) => void given.set(name, state[i]!))
    const [, ...results] = evaluate(body, given, kernels)
    state = results.slice(0, state.length)
    kept.push(results.slice(state.length))
  }
  const scans = body.output.slice(1 + state.length)
  return [
    ...state,
    ...scans.map((_, i) =>
      stack(
        kept.map((values) => values[i]!),
        body,
        1 + state.length + i
      )
    )
  ]
}

/** The outputs of a graph, in its order, given its inputs and what is around it. */
export const evaluate = (graph: GraphProto, given: Values, kernels: Kernels): ReadonlyArray<Value> => {
  const values = evaluateNodes(graph.node, given, kernels)
  return graph.output.map(({ name }) => values.get(name)!)
}

/** What is given, and what each of these nodes makes. */
const evaluateNodes = (nodes: ReadonlyArray<NodeProto>, given: Values, kernels: Kernels): Values => {
  const values = new Map(given)
  for (const node of nodes) {
    const inputs = (): ReadonlyArray<Value> => node.input.map((name) => values.get(name)!)
    const results = node.opType === "Loop" ? loop(node, values, kernels) : [kernels[node.opType]!(node, inputs())]
    node.output.forEach((name, i) => void values.set(name, results[i]!))
  }
  return values
}

/** The constants inside a model, as values. */
export const constantValues = (model: ModelProto): Values =>
  new Map([...constantsOf(model)].map(([name, tensor]) => [name, toValue(tensor)]))
