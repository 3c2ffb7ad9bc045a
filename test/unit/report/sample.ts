/**
 * Realistic data for the report's tests: a real sweep of the two-coordinate diagonal network, and a network sweep
 * drawn from the shapes such a sweep has (flat up to η_c, then S on 2/η and a growing norm). Deterministic.
 */
import { createHash } from "node:crypto"
import type { FlowSummary, LossPoint, Outcome, RunRow, SharpnessPoint } from "../../../src/report/types.ts"

export const keyOf = (name: string): string => createHash("sha256").update(name).digest("hex")

const random = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export const networkFlow: FlowSummary = {
  outcome: "Converged",
  threshold: 0.01,
  initialSharpness: 9.41,
  maximalSharpness: 38.7,
  finalSharpness: 36.2,
  criticalRate: 2 / 38.7,
  finalL1: 9412.6,
  finalL2Squared: 214.31,
  trainLoss: 0.01,
  testLoss: 0.03127,
  testAccuracy: 0.9423,
  time: 412.5,
  steps: 15_964,
  key: keyOf("network-flow")
}

const networkRun = (ratio: number, noise: () => number): RunRow => {
  const flow = networkFlow
  const learningRate = ratio * flow.criticalRate
  const beyond = Math.max(0, ratio - 1.06)
  const outcome: Outcome =
    ratio > 2.35
      ? "Diverged"
      : ratio > 1.95
        ? "Exhausted"
        : ratio > 1.8
          ? "Unstable"
          : ratio < 0.06
            ? "Exhausted"
            : "Converged"
  const wobble = (size: number) => 1 + size * (noise() - 0.5)
  const gone = outcome === "Diverged"
  const sharpness = gone
    ? null
    : (outcome === "Unstable" ? 1.35 : 1) *
      Math.min(flow.finalSharpness * wobble(0.012), (1.985 * wobble(0.02)) / learningRate)
  const l1 = gone ? null : flow.finalL1 * (1 + 0.42 * beyond + 0.001 * noise())
  const testLoss = gone
    ? null
    : (0.0313 - 0.0062 * Math.min(beyond, 0.35) * 2 + 0.02 * Math.max(0, beyond - 0.3) ** 2) * wobble(0.01)
  return {
    model: "mnist-mlp",
    ratio,
    flowOutcome: "Converged",
    learningRate,
    outcome,
    steps: gone ? 14 : outcome === "Exhausted" ? 100_000 : Math.round(412.5 / learningRate),
    sharpness,
    residual: gone ? null : 3.1e-4 * wobble(0.5),
    sharpnessLow: gone ? null : -0.31 * wobble(0.2),
    residualLow: gone ? null : 0.02,
    products: gone ? 0 : 20 + Math.round(20 * noise()),
    eigenvalues: gone ? null : "Converged",
    stability: sharpness === null ? null : sharpness * learningRate,
    stableBelow: 2,
    l1,
    l2Squared: gone ? null : flow.finalL2Squared * (1 + 0.55 * beyond),
    trainLoss: gone ? null : outcome === "Exhausted" ? 0.0142 : 0.00998,
    testLoss,
    trainAccuracy: gone ? null : 0.9871 + 0.001 * noise(),
    testAccuracy: testLoss === null ? null : 0.9423 + 2.1 * (0.0313 - testLoss),
    key: keyOf(`network-${ratio}`)
  }
}

const geometric = (from: number, to: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => Number((from * (to / from) ** (i / (count - 1))).toPrecision(4)))

const networkRatios = [
  ...geometric(0.05, 0.8, 9),
  0.85,
  0.9,
  0.95,
  1,
  1.05,
  1.1,
  1.15,
  1.2,
  1.3,
  1.4,
  1.55,
  1.7,
  1.9,
  2.1,
  2.5
]

export const networkRuns: ReadonlyArray<RunRow> = (() => {
  const noise = random(7)
  return networkRatios.map((ratio) => networkRun(ratio, noise))
})()

/** Gradient descent on ½(⟨w⊙w, x⟩ − y)², x = (2, 1), y = 1, as in the theory of one data point. */
const descendDiagonal = (learningRate: number, limit = 20_000) => {
  let [a, b] = [0.05, 0.05]
  let below = 0
  let step = 0
  for (; step < limit; step++) {
    const residual = 2 * a * a + b * b - 1
    below = 0.5 * residual * residual < 1e-10 ? below + 1 : 0
    if (below > 0 || !(Math.abs(residual) < 1e6)) break
    a -= learningRate * 2 * residual * 2 * a
    b -= learningRate * 2 * residual * b
  }
  return { a, b, step, residual: 2 * a * a + b * b - 1, converged: below > 0 }
}

const targets = [0.25, 0.5] as const // β*

const measureDiagonal = ({ a, b, residual }: { a: number; b: number; residual: number }) => {
  // 4(x⊙w)(x⊙w)ᵀ + 2r·diag(x), a symmetric 2 × 2 matrix
  const [p, q, r] = [16 * a * a + 4 * residual, 8 * a * b, 4 * b * b + 2 * residual]
  const gap = Math.hypot((p - r) / 2, q)
  const error = (a * a - targets[0]) ** 2 + (b * b - targets[1]) ** 2
  return { high: (p + r) / 2 + gap, low: (p + r) / 2 - gap, l1: Math.abs(a) + Math.abs(b), l2: a * a + b * b, error }
}

const diagonalEnd = measureDiagonal(descendDiagonal(0.002))

export const diagonalFlow: FlowSummary = {
  outcome: "Converged",
  threshold: 1e-10,
  initialSharpness: 3.95,
  maximalSharpness: diagonalEnd.high,
  finalSharpness: diagonalEnd.high,
  criticalRate: 2 / diagonalEnd.high,
  finalL1: diagonalEnd.l1,
  finalL2Squared: diagonalEnd.l2,
  trainLoss: 1e-10,
  testLoss: diagonalEnd.error / 4,
  testAccuracy: null,
  time: 3.2,
  steps: 184,
  key: keyOf("diagonal-flow")
}

export const diagonalRuns: ReadonlyArray<RunRow> = [
  ...[
    0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.35, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 1.95,
    2.05
  ]
].map((ratio): RunRow => {
  const learningRate = ratio * diagonalFlow.criticalRate
  const end = descendDiagonal(learningRate, 150_000)
  const finite = Math.abs(end.residual) < 1e6
  const measured = measureDiagonal(end)
  const stability = measured.high * learningRate
  const outcome = !finite ? "Diverged" : !end.converged ? "Exhausted" : stability > 3 ? "Unstable" : "Converged"
  return {
    model: "diagonal",
    ratio,
    flowOutcome: "Converged",
    learningRate,
    outcome,
    steps: end.step,
    sharpness: finite ? measured.high : null,
    residual: finite ? 1.2e-12 : null,
    sharpnessLow: finite ? measured.low : null,
    residualLow: finite ? 1.2e-12 : null,
    products: finite ? 2 : 0,
    eigenvalues: finite ? "Converged" : null,
    stability: finite ? stability : null,
    stableBelow: 2,
    l1: finite ? measured.l1 : null,
    l2Squared: finite ? measured.l2 : null,
    trainLoss: finite ? 0.5 * end.residual ** 2 : null,
    testLoss: finite ? measured.error / 4 : null,
    trainAccuracy: null,
    testAccuracy: null,
    key: keyOf(`diagonal-${ratio}`)
  }
})

const curve = (ratio: number) => {
  const noise = random(Math.round(100 * ratio))
  const learningRate = ratio * networkFlow.criticalRate
  const steps = Math.round(412.5 / learningRate)
  const key = keyOf(`network-${ratio}`)
  const losses: Array<LossPoint> = []
  const sharpnesses: Array<SharpnessPoint> = []
  for (let step = 0; step <= steps; step++) {
    const time = step * learningRate
    const free = 9.41 + 29.3 * (1 - Math.exp(-time / 60)) - 2.5 * (time / 412.5)
    const edge = free > 2 / learningRate
    const smooth = 0.44 * Math.exp(-time / 9) + 0.055 * Math.exp(-time / 240)
    const loss = smooth * (edge ? 1 + 0.35 * (noise() - 0.3) : 1)
    losses.push({ ratio, flowOutcome: "Converged", learningRate, stableBelow: 2, step, loss, key })
    if (step % Math.max(1, Math.round(steps / 60)) === 0) {
      const sharpness = edge ? (2 / learningRate) * (1 + 0.05 * (noise() - 0.4)) : free
      sharpnesses.push({
        ratio,
        flowOutcome: "Converged",
        learningRate,
        stableBelow: 2,
        step,
        sharpness,
        eigenvalue: "Converged",
        key
      })
    }
  }
  return { losses, sharpnesses }
}

const curves = [0.5, 0.9, 1.2, 1.55].map(curve)

export const lossPoints: ReadonlyArray<LossPoint> = curves.flatMap(({ losses }) => losses)
export const sharpnessPoints: ReadonlyArray<SharpnessPoint> = curves.flatMap(({ sharpnesses }) => sharpnesses)
