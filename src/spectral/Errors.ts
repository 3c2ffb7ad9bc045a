/**
 * What can be wrong about a computed spectrum or sharpness.
 */
import * as Schema from "effect/Schema"

/** Wanted eigenpairs were not found to the asked accuracy within the allowed products. */
export class LanczosNotConverged extends Schema.TaggedError<LanczosNotConverged>()("LanczosNotConverged", {
  products: Schema.Number,
  /** Eigenpairs that are missing or not accurate enough. */
  missing: Schema.Number,
  /** Largest ‖Hv − λv‖ of the reported pairs. */
  residual: Schema.Number,
  tolerance: Schema.Number
}) {
  override get message(): string {
    const what =
      this.missing === 0
        ? "no copy of a multiple eigenvalue could be ruled out, nor one further out"
        : `${this.missing} eigenpairs are open`
    return `lanczos: after ${this.products} products ${what}; expected a relative residual of at most ${this.tolerance}, got ‖Hv − λv‖ up to ${this.residual}. Allow more products or a larger tolerance.`
  }
}

/** The matrix gave NaN or ±Infinity for a finite vector. */
export class ProductNotFinite extends Schema.TaggedError<ProductNotFinite>()("ProductNotFinite", {
  /** Which product, counted from 1. */
  product: Schema.Number
}) {
  override get message(): string {
    return `curvature: product ${this.product} with the Hessian has an entry that is not finite, expected finite numbers. Either the weights have diverged, and the last finite ones can be measured; or the data hold what is no number.`
  }
}

/** The loss was NaN or ±Infinity at weights near those that are measured. */
export class LossNotFinite extends Schema.TaggedError<LossNotFinite>()("LossNotFinite", {
  /** What was measured. */
  measure: Schema.String,
  /** Which evaluation of the loss, counted from 1. */
  evaluation: Schema.Number
}) {
  override get message(): string {
    return `${this.measure}: the loss of evaluation ${this.evaluation} is not finite, expected a finite one. Measure in a smaller radius, or at weights that have not diverged.`
  }
}
