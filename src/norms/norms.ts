/**
 * Norms of parameters, over one flat vector or over named tensors as if they were one vector. Sums are kept in float64
 * with compensation, so that the order and the number of the parameters do not show. Knows nothing of layers.
 */
import { type FloatArray, floats, type Tensors } from "../tensor/Tensor.ts"

const isFlat = (of: FloatArray | Tensors): of is FloatArray => of instanceof Float32Array || of instanceof Float64Array

/** Σ term(value), by Neumaier's variant of Kahan summation. */
const sum = (of: FloatArray | Tensors, term: (value: number) => number): number => {
  let total = 0
  let lost = 0
  for (const array of isFlat(of) ? [of] : Object.values(of).map(floats)) {
    for (const value of array) {
      const added = term(value)
      const next = total + added
      lost += Math.abs(total) >= Math.abs(added) ? total - next + added : added - next + total
      total = next
    }
  }
  return Number.isFinite(total) ? total + lost : total // ∞ − ∞ in the compensation would hide an overflow as NaN
}

/** ‖w‖₁ = Σ |wᵢ| */
export const l1 = (of: FloatArray | Tensors): number => sum(of, Math.abs)

/** ‖w‖₂² = Σ wᵢ² */
export const squaredL2 = (of: FloatArray | Tensors): number => sum(of, (value) => value * value)
