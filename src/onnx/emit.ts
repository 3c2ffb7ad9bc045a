/**
 * A graph as named ONNX nodes in an order in which they can run. In a loop, what depends on the loop's state goes into the
 * body; everything else, constants and data first of all, stays outside, where it is made once and prepacked.
 * Knows nothing of bytes.
 */
import { type Graph, nameOf, nodesOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import type { DType } from "../tensor/DType.ts"
import { formatShape, type Shape } from "../tensor/Shape.ts"
import { absent, type Call, type CallAttribute, isCall, isLiteral, type Literal, type Operand } from "./Call.ts"
import { lower } from "./lower.ts"
import { checkNames, makeNamer, prefixesOf } from "./names.ts"
import { usesOf } from "./uses.ts"

export interface Value {
  readonly name: string
  readonly shape: Shape
  /** Absent between the steps of an op. */
  readonly dtype?: DType
  readonly isInBody: boolean
}

export interface Instruction {
  readonly opType: string
  /** Names of values; "" is an input that is left out. */
  readonly inputs: ReadonlyArray<string>
  readonly output: Value
  readonly attributes: Readonly<Record<string, CallAttribute>>
  readonly doc: string
}

export interface Initializer {
  readonly name: string
  readonly literal: Literal
}

export interface EmitOptions {
  /** Names that values must not take. */
  readonly reserved: ReadonlyArray<string>
  /** The name that an input has inside the body, if the loop carries it. */
  readonly carried: (input: string) => string | undefined
  /** The name of a graph output's value. */
  readonly outputName: (output: string) => string
}

export interface Emitted {
  readonly outside: ReadonlyArray<Instruction>
  readonly body: ReadonlyArray<Instruction>
  readonly initializers: ReadonlyArray<Initializer>
  /** Value of each output, under the graph's name for it. */
  readonly outputs: Readonly<Record<string, Value>>
}

const missing: Value = { name: "", shape: [], isInBody: false }

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

  const outside: Array<Instruction> = []
  const body: Array<Instruction> = []
  const initializers = new Map<string, Initializer>()
  const values = new Map<Node, Value>()

  const literal = (given: Literal): Value => {
    const { shape, dtype } = given
    const key = `${given.label} ${dtype} ${formatShape(shape)} ${given.elements.join()}`
    const known = initializers.get(key) ?? { name: nameFor(literalName(given)), literal: given }
    initializers.set(key, known)
    return { name: known.name, shape, dtype, isInBody: false }
  }

  const instruct = (call: Omit<Call, "operands">, operands: ReadonlyArray<Value>, name: string): Value => {
    const isInBody = operands.some((operand) => operand.isInBody)
    const output = { name, shape: call.shape, ...(call.dtype === undefined ? {} : { dtype: call.dtype }), isInBody }
    const shapes = operands.flatMap((operand) => (operand === missing ? [] : [formatShape(operand.shape)]))
    const doc = `${shapes.join(", ")} → ${formatShape(call.shape)}`
    const inputs = operands.map((operand) => operand.name)
    const target = isInBody ? body : outside
    target.push({ opType: call.opType, inputs, output, attributes: call.attributes, doc })
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
    const inBody = given.op === "input" ? carried(nameOf(given)) : undefined
    return { name: inBody ?? nameOf(given), shape, dtype, isInBody: inBody !== undefined }
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
  return { outside, body, initializers: [...initializers.values()], outputs }
}
