/**
 * What every kind of network gives: its parameters, and its outputs as a graph. Knows no kind of network.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import { UnknownChoice } from "./Errors.ts"
import type { ParameterSpec } from "./ParameterSpec.ts"

/** Sizes that the data decides. */
export interface Sizes {
  readonly features: number
  readonly outputs: number
}

/**
 * A first layer through which alone the data enters: z = M θ₀ for a linear M of the data and for parameters θ₀ that nothing
 * else uses. Then θ₀ moves along Mᵀu for signals u, and z along M Mᵀu, which is a product with one matrix of inner products of
 * samples: z can be followed instead of θ₀.
 */
export interface FirstLayer {
  readonly name: string
  /** Of θ₀. */
  readonly parameters: ReadonlyArray<string>
  /** z. Shape  parameters in their order, inputs [N, D] → [H, N] */
  readonly values: (g: Builder, parameters: ReadonlyArray<Node>, inputs: Node) => Node
  /** K, with M Mᵀu = u K. Shape  [N, D] → [N, N] */
  readonly gram: (g: Builder, inputs: Node) => Node
  /** The outputs for every sample. Shape  parameters in their order, z [H, N] → [C, N] */
  readonly rest: (g: Builder, parameters: ReadonlyArray<Node>, values: Node) => Node
}

export interface Network {
  readonly parameters: ReadonlyArray<ParameterSpec>
  /**
   * The outputs for every sample. Activations are [features, samples], with the data as right operand of its product: the
   * layout in which every large product has its fast form.
   *
   * Shape  parameters in their order, inputs [N, D] → [C, N]
   */
  readonly forward: (g: Builder, parameters: ReadonlyArray<Node>, inputs: Node) => Node
  /** Where `forward` is `rest` of `values`. */
  readonly first?: FirstLayer
}

/**
 * The entry of a table that a name stands for.
 *
 * Errors  UnknownChoice
 */
export const choose = <T>(choice: string, table: Readonly<Record<string, T>>, name: string): T => {
  if (!Object.hasOwn(table, name)) throw new UnknownChoice({ choice, name, known: Object.keys(table) })
  return table[name]!
}
