/**
 * Diagonal linear networks f(x) = ⟨w ⊙ w, x⟩: linear in x, but not in w, so that a norm of w ⊙ w and the sharpness of the
 * loss can be weighed against each other by hand.
 */
import type { Diagonal } from "./Architecture.ts"
import { InvalidArchitecture } from "./Errors.ts"
import type { Network, Sizes } from "./Network.ts"

/**
 * A diagonal linear network, its weights all starting at `scale`.
 *
 * Errors  InvalidArchitecture unless the data has one output, or if the scale is 0, where the gradient is 0 for good
 */
export const diagonal = ({ scale }: Diagonal, { features, outputs }: Sizes): Network => {
  const refuse = (field: string, expected: string, actual: number): never => {
    throw new InvalidArchitecture({ architecture: "diagonal", field, expected, actual })
  }
  if (outputs !== 1) refuse("the number of outputs of the data", "1", outputs)
  if (scale === 0 || !Number.isFinite(scale)) refuse("scale", "a finite number other than 0", scale)
  return {
    parameters: [{ name: "weight", shape: [features], initial: { kind: "constant", value: scale } }],
    forward: (g, [weight], inputs) => {
      const squared = g.reshape(g.mul(weight!, weight!), { shape: [1, features] })
      return g.matmul(squared, g.transpose(inputs)) // [1, D] · [D, N] → [1, N]
    }
  }
}
