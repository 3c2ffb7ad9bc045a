/**
 * Steps of gradient descent that follow the values of the first layer instead of its parameters. With z = M θ₀ and signals
 * u = −η ∂L/∂z,
 *
 *     θ₀ ← θ₀ + Mᵀu    becomes    z ← z + u K,  s ← s + u,    K = M Mᵀ
 *
 * and θ₀ + Mᵀs is made once, after the last step. The same steps to rounding: where there are fewer than twice as many samples
 * as features, the one product with K [N, N] is less work than the two with the data that it replaces.
 */
import { vjp } from "../autodiff/vjp.ts"
import { type Around, type Graph, makeGraph } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import type { FirstLayer } from "./Network.ts"
import { learningRateOf, type Model } from "./wholeGraphs.ts"

export interface DualStep {
  /** z, s, the other parameters, `learningRate` → the same after the step, and `loss` before it. */
  readonly step: Graph
  readonly around: Around
  /** Output of `step` → input of the next. */
  readonly state: Readonly<Record<string, string>>
}

/** Steps on samples with these inputs; `lossOf` must not depend on θ₀ but through the outputs. */
export const dualStep = (
  { g, dtype, parameters, names, ...model }: Model,
  first: FirstLayer,
  inputs: Node,
  lossOf: (outputs: Node) => Node
): DualStep => {
  const isFirst = (i: number): boolean => first.parameters.includes(names[i]!)
  const own = parameters.filter((_, i) => isFirst(i)) // θ₀
  const others = parameters.filter((_, i) => !isFirst(i))
  const made = first.values(g, parameters, inputs) // [H, N]
  const [valuesName, movesName] = [`${first.name}.values`, `${first.name}.moves`]
  const values = g.input(valuesName, made.shape, dtype) // z
  const moves = g.input(movesName, made.shape, dtype) // s
  const learningRate = learningRateOf({ g, dtype, parameters, names, ...model })

  const loss = lossOf(first.rest(g, parameters, values))
  const [signals, ...updates] = vjp(g, new Map([[loss, g.neg(learningRate)]]), [values, ...others])
  const moved = (node: Node, by: Node | undefined): Node => (by === undefined ? node : g.add(node, by))
  const otherNames = names.filter((_, i) => !isFirst(i))
  const next = Object.fromEntries(otherNames.map((name, i) => [`${name}.next`, moved(others[i]!, updates[i])]))
  const step = makeGraph("step", [values, moves, ...others, learningRate], {
    [`${valuesName}.next`]: moved(values, signals && g.matmul(signals, first.gram(g, inputs))), // [H, N] · [N, N]
    [`${movesName}.next`]: moved(moves, signals),
    ...next,
    loss
  })

  const total = g.input(`${movesName}.next`, made.shape, dtype)
  const sums = vjp(g, new Map([[made, total]]), own) // Mᵀs
  const ends = first.parameters.map((name, i) => [`${name}.next`, moved(own[i]!, sums[i])] as const)
  return {
    step,
    around: {
      begin: makeGraph("begin", own, { [valuesName]: made, [movesName]: g.constant(0, made.shape, dtype) }),
      end: makeGraph("end", [...own, total], Object.fromEntries(ends))
    },
    state: Object.fromEntries([valuesName, movesName, ...otherNames].map((name) => [`${name}.next`, name]))
  }
}
