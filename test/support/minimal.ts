/**
 * The study in a hundred lines, without the framework: the first page to read, and an oracle for the tests.
 *
 * A diagonal linear network f(x) = ⟨w ⊙ w, x⟩ is trained on fewer samples than it has weights, so many w fit the data.
 * Which one does gradient descent find? With a small learning rate η, one of small norm ‖w ⊙ w‖₁. But descent is stable
 * only while the sharpness S, the largest eigenvalue of the Hessian of the loss, stays below 2/η. So a large η forces a
 * flat solution, and pays for it with a larger norm: two biases in conflict, and η moves between them.
 * All derivatives are written by hand.
 */
export type Vector = ReadonlyArray<number>

export interface Problem {
  readonly inputs: ReadonlyArray<Vector> // x, one row per sample
  readonly targets: Vector // t
}

/** Two samples, five weights. */
export const problem: Problem = {
  inputs: [
    [1, 0.5, 0.3, 0.2, 0.1],
    [0.1, 0.6, -0.2, 0.3, 0.2]
  ],
  targets: [1, 0.5]
}

const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const times = (a: Vector, b: Vector): Vector => a.map((value, i) => value * b[i]!)
const norm = (a: Vector): number => Math.sqrt(dot(a, a))
/** Σ over samples of c_n x_n. */
const combine = ({ inputs }: Problem, coefficients: Vector): Vector =>
  inputs[0]!.map((_, i) => inputs.reduce((sum, x, n) => sum + coefficients[n]! * x[i]!, 0))

/** r_n = ⟨w ⊙ w, x_n⟩ − t_n */
const residuals = ({ inputs, targets }: Problem, w: Vector): Vector =>
  inputs.map((x, n) => dot(times(w, w), x) - targets[n]!)

/** L = ½ mean r² */
export const loss = (p: Problem, w: Vector): number => {
  const r = residuals(p, w)
  return (0.5 * dot(r, r)) / r.length
}

/** ∇L = mean 2 r (x ⊙ w) */
export const gradient = (p: Problem, w: Vector): Vector => {
  const r = residuals(p, w)
  return times(w, combine(p, r)).map((value) => (2 * value) / r.length)
}

/** (∇²L) v = mean 4 (x ⊙ w) ⟨x ⊙ w, v⟩ + 2 r (x ⊙ v) */
export const multiply = (p: Problem, w: Vector, v: Vector): Vector => {
  const r = residuals(p, w)
  const slopes = p.inputs.map((x) => 4 * dot(times(x, w), v))
  const [curved, bent] = [times(w, combine(p, slopes)), times(v, combine(p, r))]
  return curved.map((value, i) => (value + 2 * bent[i]!) / r.length)
}

/** S: the largest eigenvalue of ∇²L, by power iteration. Near a minimum it is also the largest in magnitude. */
export const sharpness = (p: Problem, w: Vector, iterations = 2000): number => {
  let v: Vector = w.map((_, i) => 1 + 0.1 * i)
  for (let i = 0; i < iterations; i++) {
    const product = multiply(p, w, v)
    v = product.map((value) => value / norm(product))
  }
  return dot(v, multiply(p, w, v))
}

export interface Result {
  readonly learningRate: number
  readonly steps: number
  readonly loss: number
  readonly norm: number // ‖w ⊙ w‖₁ = ‖w‖²
  readonly sharpness: number
}

/** w ← w − η ∇L(w) from w = scale, until L is below the threshold. */
export const descend = (p: Problem, learningRate: number, scale = 0.1, threshold = 1e-12, maxSteps = 1e6): Result => {
  let w: Vector = p.inputs[0]!.map(() => scale)
  let steps = 0
  for (; steps < maxSteps && loss(p, w) > threshold; steps++) {
    const slope = gradient(p, w)
    w = w.map((value, i) => value - learningRate * slope[i]!)
  }
  return { learningRate, steps, loss: loss(p, w), norm: dot(w, w), sharpness: sharpness(p, w) }
}

/** The study: a nearly continuous descent gives S, and with it the critical rate 2/S; then rates below and above it. */
export const study = (p: Problem, ratios: Vector): { readonly flow: Result; readonly runs: ReadonlyArray<Result> } => {
  const flow = descend(p, 0.01)
  return { flow, runs: ratios.map((ratio) => descend(p, (ratio * 2) / flow.sharpness)) }
}
