/**
 * A graph repeated: one ONNX Loop that feeds outputs back into inputs. One run of it is many steps, so the cost of a run
 * is paid once, and the state never leaves onnxruntime between steps. What does not depend on the state stays outside the
 * loop; onnxruntime prepacks it there for the body.
 *
 * Source  onnx.ai/onnx/operators/onnx__Loop.html
 */
import { dataOf, type Graph, nameOf } from "../graph/Graph.ts"
import { checkLoop, type LoopOptions, stepsInput } from "../graph/Loop.ts"
import type { Node } from "../graph/Node.ts"
import { assemble } from "./assemble.ts"
import { joined, nothing } from "./blocks.ts"
import { emitAround } from "./emitAround.ts"
import type { Instruction, Value } from "./Instruction.ts"
import { graphAttribute, modelBytes, type NodeMessage, nodeMessage, valueInfo } from "./messages.ts"

const inLoop = (name: string): string => `loop/${name}`
const iteration = inLoop("iteration")
const condition = inLoop("condition")
const goesOn = inLoop("goesOn")

const copyInBody = ({ name, shape, dtype }: Value): Instruction => ({
  opType: "Identity",
  inputs: [name],
  output: { name: `${name}/held`, shape, ...(dtype === undefined ? {} : { dtype }), level: 1 },
  attributes: {},
  doc: "made outside the loop, given out by each step"
})

/** Each name once. */
const distinct = (nodes: ReadonlyArray<Node>): ReadonlyArray<Node> => [
  ...new Map(nodes.map((node) => [nameOf(node), node])).values()
]

/**
 * The graph repeated `steps` times, as an ONNX model. Its inputs are `steps` and the graph's inputs; those named in `state`
 * start the loop, the others are the same in every step. Its outputs have the graph's names: the state after the last
 * step, and the kept values of all steps. Of what is around, the inputs and outputs take the place of the state that it makes.
 *
 * Errors  UnknownOp; NotRepeatable; NotEncodable if what is around the loop does not fit it
 */
export const encodeLoop = async (graph: Graph, options: LoopOptions): Promise<Uint8Array> => {
  checkLoop(graph, options)
  const { name, state, scan, parts } = options
  const stateInputs = Object.values(state)
  const outputNames = [...Object.keys(state), ...scan]
  const reserved = [stepsInput, iteration, condition, goesOn, ...outputNames, ...stateInputs.map(inLoop)]
  const leaves = [...graph.inputs, ...dataOf(graph)].map(nameOf)
  const around =
    options.around && emitAround(graph, state, options.around, [...reserved, ...leaves, ...outputNames.map(inLoop)])
  const assembled = assemble(graph, parts, {
    reserved: [...reserved, ...(around?.names ?? [])],
    carried: (leaf) => (stateInputs.includes(nameOf(leaf)) ? { name: inLoop(nameOf(leaf)), level: 1 } : undefined),
    outputName: inLoop,
    level: 1
  })
  const outputs = outputNames.map((output) => ({
    output,
    node: graph.outputs[output]!,
    value: assembled.outputs[output]!
  }))
  const isMade = ({ level }: Value): boolean => level > 0
  const copies = outputs.filter(({ value }) => !isMade(value)).map(({ value }) => copyInBody(value))
  const results = outputs.map(({ value, node: { dtype, shape } }) =>
    valueInfo(isMade(value) ? value.name : `${value.name}/held`, dtype, shape)
  )
  const carried = stateInputs.map((input) => graph.inputs.find((node) => nameOf(node) === input)!)

  const loop: NodeMessage = {
    name: "loop",
    opType: "Loop",
    input: [stepsInput, "", ...stateInputs.map((input) => around?.start[input] ?? input)], // no condition: it runs all its steps
    output: outputNames,
    attribute: [
      graphAttribute("body", {
        name: graph.name,
        docString: `one step of ${name}`,
        node: [
          { name: goesOn, opType: "Identity", input: [condition], output: [goesOn] },
          ...assembled.body.nodes,
          ...copies.map(nodeMessage)
        ],
        input: [
          valueInfo(iteration, "int64", []),
          valueInfo(condition, "bool", []),
          ...carried.map((input) => valueInfo(inLoop(nameOf(input)), input.dtype, input.shape))
        ],
        output: [valueInfo(goesOn, "bool", []), ...results],
        valueInfo: [...assembled.body.types]
      })
    ],
    docString: `${graph.name}, repeated`
  }
  const isInner = (input: string | undefined): boolean => input !== undefined && around?.start[input] !== undefined
  const inputs = distinct([...(around?.inputs ?? []), ...assembled.inputs.filter((input) => !isInner(nameOf(input)))])
  const typeOfOutput = (output: string, { dtype, shape }: Node): ReturnType<typeof valueInfo> =>
    valueInfo(output, dtype, scan.includes(output) ? [stepsInput, ...shape] : shape)
  const types = outputs.map(({ output, node }) => [isInner(state[output]), typeOfOutput(output, node)] as const)
  const typesWhere = (inner: boolean) => types.flatMap(([isOne, type]) => (isOne === inner ? [type] : []))
  const { before = nothing, after = nothing } = around ?? {}
  const model = {
    name,
    docString: `${graph.name} repeated ${stepsInput} times in one Loop; kept of every step: ${scan.join(", ")}`,
    node: [...before.nodes, ...assembled.outside.nodes, loop, ...after.nodes],
    initializer: [...assembled.initializers, ...(around?.initializers ?? [])],
    input: [
      valueInfo(stepsInput, "int64", []),
      ...inputs.map((input) => valueInfo(nameOf(input), input.dtype, input.shape))
    ],
    output: [
      ...Object.entries(around?.results ?? {}).map(([result, node]) => typeOfOutput(result, node)),
      ...typesWhere(false)
    ],
    valueInfo: [...before.types, ...assembled.outside.types, ...typesWhere(true), ...after.types]
  }
  return modelBytes(model, joined(before, assembled.outside, assembled.body, after).functions)
}
