/**
 * A graph as named ONNX nodes in an order in which they can run. In loops, a value stands in the outermost body in which it
 * can be made: what depends on no loop's state, constants and data first of all, stays outside, where it is made once and
 * prepacked. Knows nothing of bytes.
 */
import { type Graph, nameOf, nodesOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { formatShape } from "../tensor/Shape.ts"
import { absent, type Call, isCall, isLiteral, type Literal, type Operand } from "./Call.ts"
import type { Initializer, Instruction, Value } from "./Instruction.ts"
import { lower } from "./lower.ts"
import { checkNames, makeNamer, prefixesOf } from "./names.ts"
import { usesOf } from "./uses.ts"

/** Something for each number of loops around it. */
export type Levels<T> = readonly [ReadonlyArray<T>, ReadonlyArray<T>, ReadonlyArray<T>]

export interface EmitOptions {
  /** Names that values must not take. */
  readonly reserved: ReadonlyArray<string>
  /** What an input or data is called inside a loop's body, if the loop makes it, and how many loops that is inside of. */
  readonly carried: (leaf: Node) => Pick<Value, "name" | "level"> | undefined
  /** The name of a graph output's value. */
  readonly outputName: (output: string) => string
}

export interface Emitted {
  /** Outside of all loops, inside one, inside two. */
  readonly levels: Levels<Instruction>
  readonly initializers: ReadonlyArray<Initializer>
  /** Value of each output, under the graph's name for it. */
  readonly outputs: Readonly<Record<string, Value>>
}

const missing: Value = { name: "", shape: [], level: 0 }

const literalName = ({ label, elements, shape }: Literal): string =>
  shape.length === 0 ? `${label}/${elements[0]}` : label === "constant" ? label : `${label}/${elements.join("x")}`

/**
 * The nodes, constants and outputs of a graph.
 *
 * Errors  UnknownOp; NotEncodable if one name stands for two values
 */
export const emit = (graph: Graph, { reserved, carried, outputName }: EmitOptions): Emitted => {
  const uses = usesOf(graph)
  const prefixes = prefixesOf(graph)
  const leaves = [...graph.inputs, ...nodesOf(graph).filter((node) => node.op === "data")].map(nameOf)
  checkNames(graph, leaves)
  const wanted = new Map<Node, string>()
  for (const [name, node] of Object.entries(graph.outputs).toReversed()) wanted.set(node, outputName(name))
  const outputNames = Object.keys(graph.outputs).map(outputName)
  const nameFor = makeNamer([...reserved, ...leaves, ...outputNames])

  const levels: [Array<Instruction>, Array<Instruction>, Array<Instruction>] = [[], [], []]
  const initializers = new Map<string, Initializer>()
  const values = new Map<Node, Value>()

  const literal = (given: Literal): Value => {
    const { shape, dtype } = given
    const key = `${given.label} ${dtype} ${formatShape(shape)} ${given.elements.join()}`
    const known = initializers.get(key) ?? { name: nameFor(literalName(given)), literal: given }
    initializers.set(key, known)
    return { name: known.name, shape, dtype, level: 0 }
  }

  const instruct = (call: Omit<Call, "operands">, operands: ReadonlyArray<Value>, name: string): Value => {
    const level = Math.max(0, ...operands.map((operand) => operand.level))
    const output = { name, shape: call.shape, ...(call.dtype === undefined ? {} : { dtype: call.dtype }), level }
    const shapes = operands.flatMap((operand) => (operand === missing ? [] : [formatShape(operand.shape)]))
    const doc = `${shapes.join(", ")} → ${formatShape(call.shape)}`
    const inputs = operands.map((operand) => operand.name)
    const { opType, attributes, calls } = call
    levels[level]!.push({ opType, ...(calls === undefined ? {} : { calls }), inputs, output, attributes, doc })
    return output
  }

  /** Values of forms that no graph node stands for. */
  const inner = new Map<Call, Value>()

  const operandValue = (operand: Operand | typeof absent): Value => {
    if (operand === absent) return missing
    return isCall(operand) ? inner.get(operand)! : isLiteral(operand) ? literal(operand) : values.get(operand)!
  }

  const call = (given: Call, prefix: string, name?: string): Value =>
    instruct(
      given,
      given.operands.map(operandValue),
      name ?? nameFor(prefix === "" ? given.opType : `${prefix}/${given.opType}`)
    )

  /** Gives a value to each operand in turn, up to the first node that has none yet: that node. */
  const prepare = ({ operands }: Call, prefix: string): Node | undefined => {
    for (const operand of operands) {
      if (operand === absent) continue
      if (isLiteral(operand)) literal(operand)
      else if (!isCall(operand)) {
        if (!values.has(operand)) return operand
      } else if (!inner.has(operand)) {
        const unmade = prepare(operand, prefix)
        if (unmade !== undefined) return unmade
        inner.set(operand, call(operand, prefix))
      }
    }
    return undefined
  }

  const leaf = (given: Node): Value => {
    const { shape, dtype } = given
    return { name: nameOf(given), level: 0, ...carried(given), shape, dtype }
  }

  const lowered = new Map<Node, Call | Literal>()
  const loweredOf = (given: Node): Call | Literal => {
    const known = lowered.get(given) ?? lower(given, uses)
    lowered.set(given, known)
    return known
  }

  /** The value of a node; or a node that must have its own before. */
  const attempt = (given: Node): Value | Node => {
    if (given.op === "input" || given.op === "data") return leaf(given)
    const form = loweredOf(given)
    if (isLiteral(form)) return literal(form)
    const prefix = prefixes.get(given) ?? ""
    return prepare(form, prefix) ?? call(form, prefix, wanted.get(given))
  }

  /** The value of a node, after those it is made from. Deep graphs are fine: nothing recurses along them. */
  const node = (root: Node): Value => {
    const stack = [root]
    while (stack.length > 0) {
      const given = stack.at(-1)!
      const value = values.get(given) ?? attempt(given)
      if ("op" in value) stack.push(value)
      else {
        values.set(given, value)
        stack.pop()
      }
    }
    return values.get(root)!
  }

  /** An output under its own name; a copy where its value already has another, as an input has. */
  const output = ([name, given]: readonly [string, Node]): readonly [string, Value] => {
    const value = node(given)
    if (value.name === outputName(name)) return [name, value]
    return [name, instruct({ opType: "Identity", attributes: {}, ...value }, [value], outputName(name))]
  }

  const outputs = Object.fromEntries(Object.entries(graph.outputs).map(output))
  return { levels, initializers: [...initializers.values()], outputs }
}
