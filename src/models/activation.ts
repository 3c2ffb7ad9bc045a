/**
 * The activations of networks, by name: ops of the table, or made of them. Conventions at kinks are PyTorch's.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Activation } from "./Architecture.ts"

export interface ActivationRule {
  /** [S] → [S] */
  readonly of: (g: Builder, z: Node) => Node
  /** Never decreases, so that the largest of activations is the activation of the largest. */
  readonly isMonotone: boolean
}

const filled = (g: Builder, value: number, like: Node): Node => g.constant(value, like.shape, like.dtype)

/** z Φ(z), with Φ(z) = ½ (1 + erf(z / √2)) */
const gelu = (g: Builder, z: Node): Node => {
  const error = g.erf(g.mul(filled(g, Math.SQRT1_2, z), z))
  return g.mul(g.mul(filled(g, 0.5, z), z), g.add(filled(g, 1, z), error))
}

/** ½ z (1 + tanh(√(2/π) (z + 0.044715 z³))) */
const geluTanh = (g: Builder, z: Node): Node => {
  const cubic = g.add(filled(g, 1, z), g.mul(filled(g, 0.044715, z), g.mul(z, z)))
  const inner = g.mul(filled(g, Math.sqrt(2 / Math.PI), z), g.mul(z, cubic))
  return g.mul(g.mul(filled(g, 0.5, z), z), g.add(filled(g, 1, z), g.tanh(inner)))
}

/** max(z, 0) + e^min(z, 0) − 1, with elu′(0) = 1 */
const elu = (g: Builder, z: Node): Node => {
  const above = g.relu(z)
  return g.add(above, g.sub(g.exp(g.sub(z, above)), filled(g, 1, z)))
}

/** Every activation, by name. */
export const activations: Readonly<Record<Activation, ActivationRule>> = {
  tanh: { of: (g, z) => g.tanh(z), isMonotone: true },
  relu: { of: (g, z) => g.relu(z), isMonotone: true },
  gelu: { of: gelu, isMonotone: false },
  geluTanh: { of: geluTanh, isMonotone: false },
  silu: { of: (g, z) => g.mul(z, g.sigmoid(z)), isMonotone: false },
  softplus: { of: (g, z) => g.softplus(z), isMonotone: true },
  elu: { of: elu, isMonotone: true },
  sigmoid: { of: (g, z) => g.sigmoid(z), isMonotone: true },
  softsign: { of: (g, z) => g.softsign(z), isMonotone: true }
}
