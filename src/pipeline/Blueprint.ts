/**
 * A pipeline's graph as plain data: what the planner and the runner work on. They never see a ref, a schema or a value.
 */

import type { Conduct } from "./Conduct.ts"
import type { Json } from "./canonical.ts"

export interface BlueprintNode {
  readonly id: string
  readonly stage: string
  readonly params: { readonly [name: string]: Json }
  /** Ids of other nodes; an array where the stage takes several artifacts of a kind. */
  readonly inputs: { readonly [name: string]: string | ReadonlyArray<string> }
  readonly makes: Json
  readonly version: string | undefined
  readonly device: boolean
  readonly provenance: boolean
  readonly packages: ReadonlyArray<string>
  /** Parameters that are files of the project; absent where there are none. */
  readonly files?: ReadonlyArray<string>
  /** Argument → the fraction of its artifacts that must be there, where that is not all. */
  readonly quorums: { readonly [argument: string]: number }
  readonly conduct: Conduct
}

export interface Blueprint {
  readonly pipeline: string
  readonly params: { readonly [name: string]: Json }
  /** Target name → node id. */
  readonly targets: { readonly [name: string]: string }
  /** Axes that grow by what comes out: the target whose artifact says by what, and the most rounds. */
  readonly refine: ReadonlyArray<{ readonly axis: string; readonly by: string; readonly rounds: number }>
  /** Every node after the nodes it needs. */
  readonly nodes: ReadonlyArray<BlueprintNode>
  /** Node id → address. */
  readonly addresses: { readonly [id: string]: string }
  readonly digest: string
}

/** The ids of a node's inputs, in the order of their names. */
export const inputIds = (node: BlueprintNode): ReadonlyArray<string> => Object.values(node.inputs).flat()
