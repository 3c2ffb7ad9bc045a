/**
 * Which values of a step lie in memory. A formula that one other value needs is part of that value's loop; so is a view, which only
 * says where elements are. What depends on no state is made before the first step.
 */
import { type Graph, nodesOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { dependents } from "../graph/order.ts"
import { type Index, kindOf, views } from "./rules.ts"

export interface Kept {
  /** Values with loops of their own, in order: those made before the first step, and those made in every step. */
  readonly before: ReadonlyArray<Node>
  readonly during: ReadonlyArray<Node>
}

/** The index of an element in the loops over a value itself. */
export const everyIndex = ({ shape }: Node): Index => shape.map((_, loop) => ({ loop, start: 0, step: 1 }))

/** Has a view the elements of its input in their order, and no formula for their index? Then it lies where its input does. */
export const isAlias = (node: Node): boolean =>
  kindOf(node) === "view" && views[node.op]!(node, everyIndex(node)) === undefined

/** Reads and operations of one formula; a longer one is made in parts, so that neither code nor recursion grows with a graph's depth. */
const largestFormula = 16

const isFilled = ({ op, attributes }: Node): boolean => op === "constant" && "value" in attributes

const moves = ({ op }: Node): boolean => op === "transpose" || op === "permute" || op === "slice"

/** What lies in memory, of a graph of which some inputs are state. */
export const keep = (graph: Graph, state: ReadonlyArray<Node>): Kept => {
  const nodes = nodesOf(graph)
  const outputs = Object.values(graph.outputs)
  const moving = dependents(outputs, state)
  const users = new Map<Node, Set<Node>>()
  for (const node of nodes) for (const input of node.inputs) users.set(input, (users.get(input) ?? new Set()).add(node))
  const usersOf = (node: Node): ReadonlyArray<Node> => [...(users.get(node) ?? [])]
  const kept = new Set<Node>(outputs)
  const isThrough = (user: Node): boolean => kindOf(user) === "view" && !kept.has(user)

  /** Those that read the elements of a value, through views of it too. */
  const readersOf = (node: Node): ReadonlySet<Node> =>
    new Set(usersOf(node).flatMap((user) => (isThrough(user) ? [...readersOf(user)] : [user])))
  /** Is it asked for where it lies? */
  const isPlaced = (node: Node): boolean =>
    usersOf(node).some((user) => kindOf(user) === "product" || isAlias(user) || (isThrough(user) && isPlaced(user)))
  /** Would a loop calculate an element of it many times? */
  const isRepeated = (node: Node): boolean =>
    usersOf(node).some((user) => isThrough(user) && (user.op === "expand" || isRepeated(user)))
  /** Is it the same in every step, and read by what is not? */
  const isStill = (node: Node): boolean => !moving.has(node) && [...readersOf(node)].some((user) => moving.has(user))

  const isKept = (node: Node): boolean => {
    switch (kindOf(node)) {
      case "formula":
        return isPlaced(node) || (!isFilled(node) && (isRepeated(node) || isStill(node) || readersOf(node).size > 1))
      case "view":
        return !isAlias(node) && (usersOf(node).some(isAlias) || (moves(node) && isStill(node)))
      default:
        return kindOf(node) !== "leaf"
    }
  }
  for (const node of nodes.toReversed()) if (isKept(node)) kept.add(node)
  const sizes = new Map<Node, number>()
  for (const node of nodes) {
    const isFormula = kindOf(node) === "formula" || kindOf(node) === "view"
    const size = node.inputs.reduce((sum, input) => sum + (kept.has(input) ? 1 : (sizes.get(input) ?? 1)), 1)
    if (isFormula && size > largestFormula) kept.add(node)
    sizes.set(node, size)
  }
  const made = nodes.filter((node) => kept.has(node))
  return { before: made.filter((node) => !moving.has(node)), during: made.filter((node) => moving.has(node)) }
}
