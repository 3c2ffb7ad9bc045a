/**
 * Hessian-vector products: forward mode over reverse mode. Possible because the rules emit only ops that have rules.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import { jvp } from "./jvp.ts"
import { gradients } from "./vjp.ts"

export interface Curvature {
  /** ∇L, one per parameter; undefined where the loss does not depend on it. */
  readonly gradients: ReadonlyArray<Node | undefined>
  /** (∇²L) d, one per parameter; undefined where it is zero. */
  readonly products: ReadonlyArray<Node | undefined>
}

/**
 * Gradient and Hessian-vector product of a scalar: one direction per parameter.
 *
 * Errors  NotDifferentiable
 */
export const hvp = (
  g: Builder,
  loss: Node,
  parameters: ReadonlyArray<Node>,
  directions: ReadonlyArray<Node>
): Curvature => {
  const slopes = gradients(g, loss, parameters)
  const moving = slopes.filter((slope) => slope !== undefined)
  const moved = jvp(g, moving, new Map(parameters.map((parameter, i) => [parameter, directions[i]!])))
  return { gradients: slopes, products: slopes.map((slope) => slope && moved[moving.indexOf(slope)]) }
}
