/** What the tests of both flows follow: a quadratic, whose flow is known, and a small diagonal network. */
import * as Effect from "effect/Effect"
import { l1 } from "../../src/norms/norms.ts"
import * as network from "./diagonalNetwork.ts"
import { quadraticGradient } from "./regression.ts"

/** ½ Σ λᵢ wᵢ², whose flow is wᵢ exp(−λᵢ t). */
export const quadratic = (...curvatures: ReadonlyArray<number>) => ({
  gradient: quadraticGradient(...curvatures),
  sharpness: () => Effect.succeed(Math.max(...curvatures)),
  l1,
  start: Float64Array.from(curvatures, () => 1),
  threshold: 1e-8,
  measureEvery: 5,
  maxSteps: 10_000
})

export const toy = {
  gradient: network.gradient,
  sharpness: network.sharpness,
  l1,
  start: network.start,
  threshold: 1e-10,
  measureEvery: 3,
  maxSteps: 10_000
}
