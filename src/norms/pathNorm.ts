/**
 * The path norm of a fully connected network: over all paths from an input to an output, the product of the weights along it.
 * Unchanged when the weights into and out of a unit with a positively homogeneous activation are scaled by a and 1/a. Takes the
 * layers' matrices, knows no network.
 */
import type { Tensor } from "../tensor/Tensor.ts"
import { matrixOf } from "./matrixNorms.ts"

export interface PathLayer {
  /** PyTorch's layout, as all weights here. Shape [out, in] */
  readonly weight: Tensor
  /** Counted as the weights of paths that begin in a unit which is always 1. Shape [out] */
  readonly bias?: Tensor
}

/**
 * (Σ over paths of Π |w|^q)^(1/q), for the layers from the input to the output: one product of |W|^q after the other with
 * a vector of ones.
 *
 * Source  Neyshabur, Salakhutdinov, Srebro 2015 (arXiv 1506.02617), "Path-SGD"
 */
export const pathNorm = (layers: ReadonlyArray<PathLayer>, power: 1 | 2): number => {
  const raised = (value: number): number => (power === 1 ? Math.abs(value) : value * value)
  let reaching: Float64Array | undefined // Σ over the paths that reach a unit
  layers.forEach(({ weight, bias }, index) => {
    const { entries, rows, columns } = matrixOf(weight)
    const before: Float64Array = reaching ?? new Float64Array(columns).fill(1)
    if (before.length !== columns) {
      throw new TypeError(
        `layer ${index} has ${columns} inputs, expected ${before.length}: list layers from the input on`
      )
    }
    const offsets = bias === undefined ? undefined : matrixOf(bias).entries
    if (offsets !== undefined && offsets.length !== rows) {
      throw new TypeError(`the bias of layer ${index} has ${offsets.length} entries, expected ${rows}`)
    }
    reaching = Float64Array.from({ length: rows }, (_, i) => {
      let sum = offsets === undefined ? 0 : raised(offsets[i]!)
      for (let j = 0; j < columns; j++) sum += raised(entries[i * columns + j]!) * before[j]!
      return sum
    })
  })
  const total = (reaching ?? new Float64Array()).reduce((sum, value) => sum + value, 0)
  return power === 1 ? total : Math.sqrt(total)
}
