/**
 * What of the curvature at the weights where a run stopped is that of the loss, and what that of the network.
 */
import * as Effect from "effect/Effect"
import * as Numbers from "../src/pipeline/Numbers.ts"
import { warn } from "../src/pipeline/Progress.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { join } from "../src/runtime/flat.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { splitCurvature as splitOf } from "../src/spectral/gaussNewton.ts"
import type { Eigenpair } from "../src/spectral/lanczos.ts"
import { CurvatureSplit, Dataset, Descent, Model } from "./artifacts.ts"
import { layerOnDevice } from "./device.ts"

const numbersOf = ({ value, residual }: Eigenpair) => ({ value, residual })

export const splitCurvature = Stage.make("splitCurvature", {
  takes: {
    data: Dataset,
    model: Model,
    path: Descent,
    /** Relative, of the eigenvalues. */
    tolerance: Numbers.Positive,
    /** For each of three spectra. */
    maxProducts: Numbers.Count
  },
  makes: CurvatureSplit,
  device: true,
  layer: layerOnDevice,
  run: Effect.fn("splitCurvature")(function* ({ data, model, path, tolerance, maxProducts }) {
    const { dimension, linearize, gaussNewton } = yield* openObjective(
      model.graphs,
      model.parameters,
      model.dtype,
      data
    )
    const theta = join(path.weights, model.parameters, model.dtype)
    const { multiply } = yield* linearize(theta)
    const found = yield* splitOf({
      dimension,
      hessian: multiply,
      gaussNewton: gaussNewton(theta),
      tolerance,
      maxProducts
    })
    if (!found.converged) {
      const ends = Object.entries({
        "λmax(H)": found.hessian,
        "λmax(G)": found.gaussNewton,
        "λmax(R)": found.rest.high,
        "λmin(R)": found.rest.low
      })
      const open = ends.filter(([, { converged }]) => !converged)
      const which = open.map(([name, { value, residual }]) => `${name} = ${value} with the residual ${residual}`)
      const what = open.length === 0 ? "one further out may have been missed" : which.join(", ")
      const given = `in ${maxProducts} products for each spectrum, to ${tolerance}`
      yield* warn(`not all ends were settled ${given}: ${what}. Give them more, or a coarser tolerance`)
    }
    return {
      hessian: numbersOf(found.hessian),
      gaussNewton: numbersOf(found.gaussNewton),
      restHigh: numbersOf(found.rest.high),
      restLow: numbersOf(found.rest.low),
      alongGaussNewton: found.along.gaussNewton,
      alongRest: found.along.rest,
      tolerance,
      converged: found.converged,
      hessianProducts: found.products.hessian,
      gaussNewtonProducts: found.products.gaussNewton
    }
  }, Effect.scoped)
})
