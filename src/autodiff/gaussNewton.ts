/**
 * Products with the Gauss–Newton matrix G = Jᵀ (∇²ℓ) J of a loss ℓ(f) of outputs f with Jacobian J: the part of the Hessian that
 * the curvature of the loss makes, without that of the network.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import { substitute } from "../ops/substitute.ts"
import { jvp } from "./jvp.ts"
import { gradients, vjp } from "./vjp.ts"

/**
 * G d: forward mode to the outputs, the Hessian of the loss in them, reverse mode back.
 *
 * Returns  undefined where it is zero
 * Errors   NotDifferentiable
 * Source   Schraudolph 2002, "Fast curvature matrix-vector products for second-order gradient descent"
 */
export const gaussNewton = (
  g: Builder,
  outputs: Node,
  lossOf: (outputs: Node) => Node,
  parameters: ReadonlyArray<Node>,
  directions: ReadonlyArray<Node>
): ReadonlyArray<Node | undefined> => {
  const [moved] = jvp(g, [outputs], new Map(parameters.map((parameter, i) => [parameter, directions[i]!]))) // J d
  const f = g.input("outputs", outputs.shape, outputs.dtype) // as such, so that nothing of the network is simplified into ℓ
  const [slope] = gradients(g, lossOf(f), [f]) // ∇ℓ
  const [bent] = slope && moved ? jvp(g, [slope], new Map([[f, moved]])) : [] // (∇²ℓ) J d
  if (bent === undefined) return parameters.map(() => undefined)
  const [there] = substitute(g, [bent], new Map([[f, outputs]]))
  return vjp(g, new Map([[outputs, there!]]), parameters)
}
