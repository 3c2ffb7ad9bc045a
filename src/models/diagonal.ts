/**
 * Diagonal linear networks f(x) = ⟨β, x⟩ with β a product of weights coordinate by coordinate: linear in x, but not in the
 * weights, so that a norm of β and the sharpness of the loss can be weighed against each other by hand. And the product of
 * numbers, which is all that is left of one for a single feature.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Diagonal, Factorization } from "./Architecture.ts"
import { checkCount } from "./checks.ts"
import { InvalidArchitecture } from "./Errors.ts"
import { choose, type Network, type Sizes } from "./Network.ts"
import type { ParameterSpec } from "./ParameterSpec.ts"

type Form = NonNullable<Diagonal["form"]>

interface FormRule {
  /** Names of the weights. */
  readonly names: (depth: number) => ReadonlyArray<string>
  /** [D] each → β [D] */
  readonly product: (g: Builder, weights: ReadonlyArray<Node>, depth: number) => Node
}

const power = (g: Builder, w: Node, depth: number): Node => {
  let product = w
  for (let factor = 1; factor < depth; factor++) product = g.mul(product, w)
  return product
}

const forms: Readonly<Record<Form, FormRule>> = {
  power: { names: () => ["weight"], product: (g, [w], depth) => power(g, w!, depth) },
  difference: {
    names: () => ["positive", "negative"],
    product: (g, [u, v], depth) => g.sub(power(g, u!, depth), power(g, v!, depth))
  },
  product: {
    names: (depth) => Array.from({ length: depth }, (_, layer) => `layer${layer}.weight`),
    product: (g, [first, ...others]) => others.reduce((product, w) => g.mul(product, w), first!)
  }
}

const refuse = (architecture: string, field: string, expected: string, actual: number): never => {
  throw new InvalidArchitecture({ architecture, field, expected, actual })
}

/** The weights of a linear function of the inputs, applied. β [D], [N, D] → [1, N] */
const applied = (g: Builder, beta: Node, inputs: Node): Node =>
  g.matmul(g.reshape(beta, { shape: [1, beta.shape[0]!] }), g.transpose(inputs)) // [1, D] · [D, N] → [1, N]

/**
 * A diagonal linear network: parameter `weight`; or `positive` u and `negative` v; or `layer0.weight`, …
 *
 * Errors  UnknownChoice for a form that does not exist; InvalidArchitecture unless the data has one output, for a depth
 *         below 1, or where all weights start at 0, where the gradient is 0 for good
 */
export const diagonal = (architecture: Diagonal, { features, outputs }: Sizes): Network => {
  const { scale, form = "power", depth = 2, lastScale } = architecture
  const rule = choose("form of a diagonal network", forms, form)
  checkCount("diagonal", "depth", depth)
  if (outputs !== 1) refuse("diagonal", "the number of outputs of the data", "1", outputs)
  const isStuck = scale === 0 && (lastScale ?? scale) === 0
  if (isStuck || !Number.isFinite(scale)) refuse("diagonal", "scale", "a finite number other than 0", scale)
  const names = rule.names(depth)
  const parameters = names.map((name, i): ParameterSpec => {
    const value = names.length > 1 && i === names.length - 1 ? (lastScale ?? scale) : scale
    return { name, shape: [features], initial: { kind: "constant", value } }
  })
  return { parameters, forward: (g, weights, inputs) => applied(g, rule.product(g, weights, depth), inputs) }
}

/**
 * A product of numbers times the one feature: parameters `factor0` [1], `factor1`, …
 *
 * Errors  InvalidArchitecture unless the data has one feature and one output, and there is a factor
 */
export const factorization = ({ start }: Factorization, { features, outputs }: Sizes): Network => {
  checkCount("factorization", "the number of factors in `start`", start.length)
  if (features !== 1) refuse("factorization", "the number of features of the data", "1", features)
  if (outputs !== 1) refuse("factorization", "the number of outputs of the data", "1", outputs)
  return {
    parameters: start.map((value, i) => ({ name: `factor${i}`, shape: [1], initial: { kind: "constant", value } })),
    forward: (g, [first, ...others], inputs) =>
      applied(
        g,
        others.reduce((product, factor) => g.mul(product, factor), first!),
        inputs
      )
  }
}
