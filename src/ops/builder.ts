/**
 * Makes nodes: checks shapes, simplifies, and gives equal computations one node. Everything it remembers is inside the
 * builder; there is no registry. Knows no op by name.
 */
import type { Attributes, Node } from "../graph/Node.ts"
import type { DType } from "../tensor/DType.ts"
import { ShapeMismatch } from "../tensor/Errors.ts"
import { type Shape, sameShape, sizeOf } from "../tensor/Shape.ts"
import type { Build, Builder } from "./Build.ts"
import { filledWith } from "./constants.ts"
import type { AnyOp } from "./Op.ts"
import { opNamed, type Table, table } from "./table.ts"

export interface BuilderOptions {
  /** Off: nodes are made as they are asked for; for tests of the rules themselves. */
  readonly simplify: boolean
  readonly table: Table
}

/** A new builder, with nothing made yet. */
export const makeBuilder = (options: Partial<BuilderOptions> = {}): Builder => {
  const { simplify = true, table: ops = table } = options
  const ids = new WeakMap<Node, number>()
  const made = new Map<string, Node>()
  let count = 0

  const idOf = (node: Node): number => {
    const known = ids.get(node)
    if (known !== undefined) return known
    ids.set(node, count)
    return count++
  }

  const key = (node: Node, inputs: ReadonlyArray<Node>): string => {
    const attributes = Object.keys(node.attributes)
      .sort()
      .map((name) => `${name}=${node.attributes[name]}`)
    return `${node.op}(${inputs.map(idOf)};${attributes.join(";")}):${node.dtype}[${node.shape}]`
  }

  const intern = (node: Node, commutative = false): Node => {
    const own = key(node, node.inputs)
    const found = made.get(own) ?? (commutative ? made.get(key(node, node.inputs.toReversed())) : undefined)
    if (found !== undefined) return found
    made.set(own, node)
    return node
  }

  const leaf = (op: string, attributes: Attributes, shape: Shape, dtype: DType): Node =>
    intern({ op, inputs: [], attributes, shape, dtype })

  const constant: Builder["constant"] = (value, shape, dtype) => {
    const size = sizeOf(shape)
    if (typeof value === "number") return leaf("constant", { value: value + 0 }, shape, dtype) // −0 is 0
    if (value.length !== size) {
      throw new ShapeMismatch({ op: "constant", where: "its list of values", expected: shape, actual: [value.length] })
    }
    const isFilled = size > 0 && value.every((element) => element === value[0])
    if (isFilled) return constant(value[0]!, shape, dtype)
    return leaf("constant", { values: value.map((element) => element + 0) }, shape, dtype)
  }

  const apply: Builder["apply"] = (name, inputs, attributes) => {
    const op = opNamed(name, ops)
    const shapes = inputs.map((input) => input.shape)
    const dtypes = inputs.map((input) => input.dtype)
    const [shape, dtype] = [op.shape(shapes, attributes), op.dtype(dtypes, attributes)]
    const node = { op: name, inputs, attributes, shape, dtype }
    const simpler = simplify
      ? (fold(op, node) ?? op.simplify?.({ g: builder, x: inputs, attributes, shape, dtype }))
      : undefined
    return simpler ?? intern(node, op.commutative)
  }

  /** An elementwise op of filled constants is one; of values repeated alike, it is done before they are repeated. */
  const fold = (op: AnyOp, { inputs, attributes, shape, dtype }: Node): Node | undefined => {
    if (op.elementwise !== true) return undefined
    const values = inputs.map(filledWith)
    if (values.every((value) => value !== undefined)) {
      const scalars = values.map((value) => Float64Array.of(value))
      const shapes = values.map(() => [])
      return constant(op.evaluate(scalars, shapes, attributes, [])[0]!, shape, dtype)
    }
    const from = inputs.find((input) => input.op === "expand")?.inputs[0]?.shape
    if (from === undefined) return undefined
    const sources = inputs.map((input, i) => {
      if (values[i] !== undefined) return constant(values[i], from, input.dtype)
      return input.op === "expand" && sameShape(input.inputs[0]!.shape, from) ? input.inputs[0] : undefined
    })
    if (sources.some((source) => source === undefined)) return undefined
    return apply("expand", [apply(op.name, sources as ReadonlyArray<Node>, attributes)], { shape })
  }

  const calls = Object.values(ops).map((op) => [
    op.name,
    (...given: ReadonlyArray<Node>) => apply(op.name, given.slice(0, op.arity), attributesIn(given, op.arity))
  ])
  const builder: Builder = {
    ...(Object.fromEntries(calls) as unknown as Build),
    apply,
    constant,
    input: (name, shape, dtype) => leaf("input", { name }, shape, dtype),
    data: (name, shape, dtype) => leaf("data", { name }, shape, dtype)
  }
  return builder
}

/** What follows the nodes in a call `op(...nodes, attributes)`. */
const attributesIn = (given: ReadonlyArray<unknown>, arity: number): Attributes =>
  (given[arity] as Attributes | undefined) ?? {}
