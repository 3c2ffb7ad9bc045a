/**
 * A graph repeated, as a WebAssembly module: what `encodeLoop` says in ONNX, written out as loops over numbers in memory. For steps
 * of which the arithmetic is next to nothing beside what a runtime spends on every node. Deterministic: equal graphs give equal bytes.
 */
import { dataOf, type Graph, nameOf, nodesOf } from "../graph/Graph.ts"
import { checkLoop, type LoopOptions, stepsInput } from "../graph/Loop.ts"
import type { Node } from "../graph/Node.ts"
import { composed } from "../ops/compose.ts"
import type { FloatDType } from "../tensor/DType.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { type ElementType, elementTypeOf } from "../wasm/Arithmetic.ts"
import { type Description, runName, sectionName } from "../wasm/Description.ts"
import { type Code, encodeModule } from "../wasm/encodeModule.ts"
import { get, integer, moveBytes, plus, repeat, times } from "../wasm/instructions.ts"
import { NotWritable } from "./Errors.ts"
import { emitValue } from "./emitValue.ts"
import { emitFormula } from "./formula.ts"
import { keep } from "./keep.ts"
import { layOut } from "./layout.ts"
import { makeMemory } from "./memory.ts"
import { obstacle } from "./obstacle.ts"
import { kindOf } from "./rules.ts"
import { makeTools, stepLocal, stepsLocal } from "./tools.ts"

/** Steps of one call: enough to repay it, and few enough that calls come often, between which V8 changes to faster code. */
const stepsAtOnce = 256

/** From an offset to another, which goes on by as much with every step. */
const keepInTurn = (from: number, to: number, elements: number, { bytes, one }: ElementType): Code => {
  const address = [...get(stepLocal), ...integer(elements * bytes), ...times]
  if (elements === 1) return [...address, ...integer(0), ...one.load(from), ...one.store(to)]
  return [...address, ...integer(to), ...plus, ...integer(from), ...integer(elements * bytes), ...moveBytes]
}

const bytesOf = (values: ReadonlyArray<number>, bytes: number): Code => {
  const array = bytes === 4 ? Float32Array.from(values) : Float64Array.from(values)
  return [...new Uint8Array(array.buffer)]
}

/**
 * The graph repeated as often as `run` is told, up to `stepsAtOnce` times. Inputs that are state are carried from step to step in
 * place; the others are the same in every step.
 *
 * Errors  UnknownOp; NotRepeatable; NotWritable where there is an `obstacle`, for parts of the data, or for what is around the loop
 */
export const writeLoop = (given: Graph, options: LoopOptions): Uint8Array<ArrayBuffer> => {
  checkLoop(given, options)
  const graph = composed(given)
  const found = options.parts ? "parts of the data" : options.around ? "what is around the loop" : obstacle(graph)
  if (found !== undefined) throw new NotWritable({ graph: graph.name, obstacle: found })
  const inputNamed = (name: string): Node => graph.inputs.find((input) => nameOf(input) === name)!
  const states = Object.entries(options.state).map(([output, input]) => ({
    output,
    node: graph.outputs[output]!,
    input: inputNamed(input)
  }))
  const dtype = Object.values(graph.outputs)[0]!.dtype as FloatDType
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

  const { write, locals, numbers } = makeTools(element, memory)
  const make = (node: Node): Code => write((tools) => emitValue(node, layout, tools))
  const carry = ({ node, input }: (typeof states)[number]): Code => {
    const size = sizeOf(node.shape)
    const [from, to] = [layout.target(node).offset, layout.given(input)].map((offset) => ({ offset, strides: [1] }))
    return write((tools) => emitFormula({ kind: "access", access: from! }, [size], to!, tools))
  }
  const before = kept.before.flatMap(make)
  const during = [
    ...kept.during.flatMap(make),
    ...scans.flatMap(({ node, offset }) => keepInTurn(layout.target(node).offset, offset, sizeOf(node.shape), element)),
    ...states.filter(({ node, input }) => node !== input).flatMap(carry)
  ]
  const body = [...before, ...repeat(stepLocal, get(stepsLocal), 1, during)]
  const typeOf = (name: string, { shape }: Node, offset: number) => ({ name, dtype, shape, offset })
  const description: Description = {
    version: 1,
    name: options.name,
    steps: stepsInput,
    stepsAtOnce,
    data: dataOf(graph).map((node) => typeOf(nameOf(node), node, layout.given(node))),
    inputs: graph.inputs.map((node) => typeOf(nameOf(node), node, layout.given(node))),
    state: states.map(({ output, node, input }) => typeOf(output, node, layout.given(input))),
    kept: scans.map(({ output, node, offset }) => typeOf(output, node, offset))
  }
  const literals = nodesOf(graph)
    .filter((node) => kindOf(node) === "leaf" && node.op === "constant")
    .map((node) => [node.attributes["values"] as ReadonlyArray<number>, layout.given(node)] as const)
  return encodeModule({
    run: { name: runName, locals: locals(), body },
    memory: memory.used(),
    constants: [...literals, ...numbers()].map(([values, offset]) => ({
      offset,
      bytes: bytesOf([values].flat(), element.bytes)
    })),
    custom: { name: sectionName, text: JSON.stringify(description) }
  })
}
