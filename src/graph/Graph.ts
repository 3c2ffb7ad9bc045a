/**
 * A computation with names: what it is given and what it makes. Immutable. Knows nothing of ONNX.
 */
import type { Node } from "./Node.ts"

export interface Graph {
  readonly name: string
  /** Nodes of op `input`, in the order in which they are given; every one that an output depends on is listed. */
  readonly inputs: ReadonlyArray<Node>
  readonly outputs: Readonly<Record<string, Node>>
}
