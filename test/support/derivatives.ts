/**
 * Errors of the derivatives of one op on one example, each measured against something that does not use the same rule.
 * They take the table, so that tests can show that a wrong rule is noticed.
 */
import { jvp } from "../../src/autodiff/jvp.ts"
import { vjp } from "../../src/autodiff/vjp.ts"
import type { Attributes, Node } from "../../src/graph/Node.ts"
import { makeBuilder } from "../../src/ops/builder.ts"
import { type Elements, evaluate } from "../../src/ops/evaluate.ts"
import { opNamed, type Table, table } from "../../src/ops/table.ts"
import { type Shape, sizeOf } from "../../src/tensor/Shape.ts"
import { type Draw, difference, distance, dot, drawer } from "./draw.ts"

export interface Case {
  readonly op: string
  readonly example: number
  readonly input: number
}

interface Example {
  readonly shapes: ReadonlyArray<Shape>
  readonly attributes: Attributes
  readonly range?: readonly [number, number]
}

/** Every op × example × input for which `keep` holds of the rules. */
export const cases = (keep: (rule: unknown) => boolean): ReadonlyArray<Case> =>
  Object.values(table).flatMap((op) =>
    op.examples.flatMap((_, example) =>
      op.vjp.flatMap((rule, input) => (keep(rule) ? [{ op: op.name, example, input }] : []))
    )
  )

/** A world around one op: inputs x with values, result y, a cotangent c of y, and a tangent d per input. */
export const world = ({ op: name, example: index }: Case, seed: number, simplify: boolean, ops: Table = table) => {
  const op = opNamed(name, ops)
  const example: Example = op.examples[index]!
  const g = makeBuilder({ simplify, table: ops })
  const draw: Draw = drawer(seed)
  const xs = example.shapes.map((shape, i) => g.input(`x${i}`, shape, "float64"))
  const ds = example.shapes.map((shape, i) => g.input(`d${i}`, shape, "float64"))
  const y = g.apply(name, xs, example.attributes)
  const c = g.input("c", y.shape, "float64")
  const values = new Map<Node, Elements>()
  for (const x of xs) values.set(x, draw.like(x, ...(example.range ?? [])))
  for (const node of [...ds, c]) values.set(node, draw.like(node))
  const at = (node: Node | undefined, like: Node, changed?: readonly [Node, Elements]): Elements => {
    if (node === undefined) return new Float64Array(sizeOf(like.shape))
    return evaluate([node], changed ? new Map([...values, changed]) : values, ops)[0]!
  }
  /** The directional derivative of a node along input j, by differences. */
  const along = (node: Node | undefined, like: Node, j: number): Elements =>
    difference((x) => at(node, like, [xs[j]!, x]), values.get(xs[j]!)!, values.get(ds[j]!)!)
  const pull = (input: number): Node | undefined => vjp(g, new Map([[y, c]]), [xs[input]!], ops)[0]
  const push = (input: number): Node | undefined => jvp(g, [y], new Map([[xs[input]!, ds[input]!]]), ops)[0]
  return { g, xs, ds, y, c, values, at, along, pull, push }
}

/** |⟨c, J d⟩ − ⟨Jᵀ c, d⟩|: the two rules against each other. */
export const dualityError = (given: Case, seed: number, simplify: boolean, ops?: Table): number => {
  const { xs, ds, y, c, values, at, pull, push } = world(given, seed, simplify, ops)
  const [x, d] = [xs[given.input]!, ds[given.input]!]
  return Math.abs(dot(at(pull(given.input), x), values.get(d)!) - dot(at(push(given.input), y), values.get(c)!))
}

/** J d against the difference of values. */
export const firstOrderError = (given: Case, seed: number, simplify: boolean, ops?: Table): number => {
  const { y, at, along, push } = world(given, seed, simplify, ops)
  return distance(at(push(given.input), y), along(y, y, given.input))
}

/** d/dx_j of Jᵀ c (forward over reverse) and of J d (reverse over forward), against differences of the first derivative. */
export const secondOrderError = (given: Case, seed: number, simplify: boolean, ops?: Table): number => {
  const { g, xs, ds, y, c, values, at, along, pull, push } = world(given, seed, simplify, ops)
  const [pulled, pushed] = [pull(given.input), push(given.input)]
  const errors = xs.flatMap((x, j) => {
    const like = xs[given.input]!
    const forward = pulled && jvp(g, [pulled], new Map([[x, ds[j]!]]), ops)[0]
    const reverse = pushed && vjp(g, new Map([[pushed, c]]), [x], ops)[0]
    const slope = dot(along(pushed, y, j), values.get(c)!)
    return [
      distance(at(forward, like), along(pulled, like, j)),
      Math.abs(dot(at(reverse, x), values.get(ds[j]!)!) - slope)
    ]
  })
  return Math.max(...errors)
}
