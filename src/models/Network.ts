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

export interface Network {
  readonly parameters: ReadonlyArray<ParameterSpec>
  /**
   * The outputs for every sample. Activations are [features, samples], with the data as right operand of its product: the
   * layout in which every large product has its fast form.
   *
   * Shape  parameters in their order, inputs [N, D] → [C, N]
   */
  readonly forward: (g: Builder, parameters: ReadonlyArray<Node>, inputs: Node) => Node
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
