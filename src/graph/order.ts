/**
 * Walks over nodes: inputs before what uses them, and the way from a node to a result. Knows nothing of what ops mean.
 */
import type { Node } from "./Node.ts"

/** Every node that the roots depend on, each once, inputs before users. Deep graphs are fine: nothing recurses. */
export const order = (roots: ReadonlyArray<Node>): ReadonlyArray<Node> => {
  const done = new Set<Node>()
  const stack = [...roots].reverse()
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!
    const waiting = node.inputs.filter((input) => !done.has(input))
    if (done.has(node) || waiting.length === 0) {
      done.add(node)
      stack.pop()
    } else stack.push(...waiting.reverse())
  }
  return [...done]
}

/** The nodes that depend on one of `sources`, themselves included, among what the roots depend on. */
export const dependents = (roots: ReadonlyArray<Node>, sources: Iterable<Node>): ReadonlySet<Node> => {
  const found = new Set(sources)
  for (const node of order(roots)) if (node.inputs.some((input) => found.has(input))) found.add(node)
  return found
}

/** The ops on a shortest way from `node` to one of the roots, both included. */
export const pathFrom = (node: Node, roots: ReadonlyArray<Node>): ReadonlyArray<string> => {
  const user = new Map<Node, Node | undefined>(roots.map((root) => [root, undefined]))
  for (const reached of user.keys()) {
    if (reached === node) break
    for (const input of reached.inputs) if (!user.has(input)) user.set(input, reached)
  }
  const path: Array<string> = []
  for (let at: Node | undefined = node; at !== undefined; at = user.get(at)) path.push(at.op)
  return path
}
