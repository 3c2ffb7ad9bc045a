/**
 * A graph repeated, as a WebAssembly module: what `encodeLoop` says in ONNX, written out as loops over numbers in memory. For steps
 * of which the arithmetic is next to nothing beside what a runtime spends on every node. Deterministic: equal graphs give equal bytes.
 */
import { dataOf, type Graph, nameOf, nodesOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { composed } from "../onnx/compose.ts"
import { type LoopOptions, stepsInput } from "../onnx/encodeLoop.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { elementTypeOf } from "./Arithmetic.ts"
import { type Description, runName, sectionName } from "./Description.ts"
import { NotWritable } from "./Errors.ts"
import type { Tools } from "./Expression.ts"
import { type Code, encodeModule, types, type ValueType } from "./encodeModule.ts"
import { get, integer, repeat, times } from "./instructions.ts"
import { everyIndex, keep } from "./keep.ts"
import { emitFormula, emitReduction } from "./kernels.ts"
import { type Layout, layOut, makeMemory } from "./layout.ts"
import { emitProduct } from "./product.ts"
import { joinedBy, kindOf } from "./rules.ts"

/** Steps of one call: enough to repay it, and few enough that calls come often, between which V8 changes to faster code. */
const stepsAtOnce = 256

/** What of a graph keeps it from being written out; undefined where nothing does. The graph is in terms of ops that are left by `composed`. */
const obstacleIn = (graph: Graph): string | undefined => {
  const nodes = [...graph.inputs, ...nodesOf(graph)]
  const unknown = nodes.find((node) => kindOf(node) === undefined)
  if (unknown !== undefined) return unknown.op
  const { dtype } = nodes[0]!
  if (dtype !== "float32" && dtype !== "float64") return `values of ${dtype}`
  if (nodes.some((node) => node.dtype !== dtype)) return "values of several element types"
  return nodes.some(({ shape }) => sizeOf(shape) === 0) ? "a value without elements" : undefined
}

/** The first op, or what else, of a graph that there is no rule for; undefined where it can be written out. */
export const obstacle = (graph: Graph): string | undefined => obstacleIn(composed(graph))

const emitValue = (node: Node, layout: Layout, tools: Tools): Code => {
  const target = { ...layout.access(node, everyIndex(node)), offset: layout.offsetOf(node) }
  if (kindOf(node) === "reduction") {
    const [input] = node.inputs
    const axes = node.attributes["axes"] as ReadonlyArray<number>
    const staying = input!.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
    const places = node.attributes["keepDims"] === true ? staying : staying.map((_, i) => i)
    const strides = input!.shape.map((_, axis) => {
      const i = staying.indexOf(axis)
      return i < 0 ? 0 : target.strides[places[i]!]!
    })
    const element = layout.element(input!, everyIndex(input!))
    return emitReduction(element, joinedBy(node), input!.shape, axes, { ...target, strides }, tools)
  }
  if (kindOf(node) !== "product") return emitFormula(layout.made(node, everyIndex(node)), node.shape, target, tools)
  const [a, b] = node.inputs
  const lead = node.shape.length - 2
  const place = (loop: number) => ({ loop, start: 0, step: 1 })
  const leading = node.shape.slice(0, -2).map((_, axis) => place(axis))
  const [row, column, term] = [place(lead), place(lead + 1), place(lead + 2)]
  return emitProduct(
    {
      leading: node.shape.slice(0, -2),
      ...{ rows: node.shape[lead]!, columns: node.shape[lead + 1]!, terms: a!.shape[lead + 1]! },
      a: layout.access(a!, [...leading, row, term]),
      b: layout.access(b!, [...leading, term, column]),
      c: target
    },
    tools
  )
}

const bytesOf = (values: ReadonlyArray<number>, bytes: number): Code => {
  const array = bytes === 4 ? Float32Array.from(values) : Float64Array.from(values)
  return [...new Uint8Array(array.buffer)]
}

/**
 * The graph repeated as often as `run` is told, up to `stepsAtOnce` times. Inputs that are state are carried from step to step in
 * place; the others are the same in every step.
 *
 * Errors  UnknownOp; NotWritable where there is an `obstacle`, for parts of the data, or for what is around the loop
 */
export const writeLoop = (given: Graph, options: LoopOptions): Uint8Array<ArrayBuffer> => {
  const graph = composed(given)
  const found = options.parts ? "parts of the data" : options.around ? "what is around the loop" : obstacleIn(graph)
  if (found !== undefined) throw new NotWritable({ graph: graph.name, obstacle: found })
  const inputNamed = (name: string): Node => graph.inputs.find((input) => nameOf(input) === name)!
  const states = Object.entries(options.state).map(([output, input]) => ({
    output,
    node: graph.outputs[output]!,
    input: inputNamed(input)
  }))
  const dtype = graph.inputs[0]!.dtype as "float32" | "float64"
  const element = elementTypeOf(dtype)
  const kept = keep(
    graph,
    states.map(({ input }) => input)
  )
  const memory = makeMemory(element.bytes)
  const layout = layOut(graph, [...kept.before, ...kept.during], memory, element.bytes)
  const scans = options.scan.map((output) => {
    const node = graph.outputs[output]!
    return { output, node, offset: memory.take(stepsAtOnce * sizeOf(node.shape)) }
  })

  const numbers = new Map<number, number>()
  const numberAt = (value: number): number => {
    const offset = numbers.get(value) ?? memory.take(1)
    numbers.set(value, offset)
    return offset
  }
  const [steps, step] = [0, 1]
  const locals: Array<ValueType> = [types.i32]
  /** Locals of one value's loops are free for the next one's. */
  const withLocals = (body: (tools: Tools) => Code): Code => {
    const used = new Set<number>([steps, step])
    const local = (type: ValueType): number => {
      const free = locals.findIndex((known, i) => known === type && !used.has(i + 1))
      const own = free < 0 ? locals.push(type) : free + 1
      used.add(own)
      return own
    }
    return body({ element, local, numberAt })
  }
  const value = (node: Node): Code => withLocals((tools) => emitValue(node, layout, tools))
  const copy = (node: Node, target: number): Code => {
    const strides = [1]
    const from = { kind: "access", access: { offset: layout.offsetOf(node), strides } } as const
    return withLocals((tools) => emitFormula(from, [sizeOf(node.shape)], { offset: target, strides }, tools))
  }
  /** The same, to the place of this step. */
  const keepScan = ({ node, offset }: (typeof scans)[number]): Code =>
    Array.from({ length: sizeOf(node.shape) }, (_, i) => [
      ...[...get(step), ...integer(sizeOf(node.shape) * element.bytes), ...times],
      ...[...integer(layout.offsetOf(node) + i * element.bytes), ...element.one.load(0)],
      ...element.one.store(offset + i * element.bytes)
    ]).flat()

  const before = kept.before.flatMap(value)
  const during = [
    ...kept.during.flatMap(value),
    ...scans.flatMap(keepScan),
    ...states.flatMap(({ node, input }) => (node === input ? [] : copy(node, layout.given(input))))
  ]
  const body = [...before, ...repeat(step, get(steps), 1, during)]
  const typeOf = (name: string, { shape }: Node, offset: number) => ({ name, dtype, shape, offset })
  const description: Description = {
    version: 1,
    name: options.name,
    steps: stepsInput,
    stepsAtOnce,
    data: dataOf(graph).map((node) => typeOf(nameOf(node), node, layout.given(node))),
    inputs: graph.inputs.map((node) => typeOf(nameOf(node), node, layout.given(node))),
    state: states.map(({ output, node, input }) => ({
      ...typeOf(output, node, layout.given(input)),
      input: nameOf(input)
    })),
    kept: scans.map(({ output, node, offset }) => typeOf(output, node, offset))
  }
  const literals = nodesOf(graph)
    .filter((node) => kindOf(node) === "leaf" && node.op === "constant")
    .map((node) => [node.attributes["values"] as ReadonlyArray<number>, layout.given(node)] as const)
  return encodeModule({
    run: { name: runName, locals, body },
    memory: memory.used(),
    constants: [...literals, ...numbers].map(([values, offset]) => ({
      offset,
      bytes: bytesOf([values].flat(), element.bytes)
    })),
    custom: { name: sectionName, text: JSON.stringify(description) }
  })
}
