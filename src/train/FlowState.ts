/**
 * What has to be kept of a gradient flow to go on with it: numbers and typed arrays. A state is never changed after it
 * was handed out.
 */
import type { FloatArray } from "../tensor/Tensor.ts"

export interface FlowState {
  /** Steps made. */
  readonly step: number
  /** Flow time t. */
  readonly time: number
  /** Weights at t, in float64 whatever the model's dtype: small steps would be lost in float32. Shape [p] */
  readonly theta: Float64Array
  /** The last measured sharpness. */
  readonly sharpness: number
  /** L at the start. */
  readonly initialLoss: number
  /** The smallest loss of all steps up to this one. */
  readonly lowestLoss: number
  /** Measured points, one row after the other: time, step, loss, sharpness, ‖w‖₁. Shape [n · 5] */
  readonly points: Float64Array
}

/** A place on the flow at which the sharpness was measured. */
export interface FlowPoint {
  readonly time: number
  readonly step: number
  readonly loss: number
  readonly sharpness: number
  /** ‖w‖₁ */
  readonly l1: number
}

export const startingFlow = (start: FloatArray, loss: number): FlowState => ({
  step: 0,
  time: 0,
  theta: new Float64Array(start),
  sharpness: 0,
  initialLoss: loss,
  lowestLoss: loss,
  points: new Float64Array()
})

const columns = 5

export const rowOf = ({ time, step, loss, sharpness, l1 }: FlowPoint): ReadonlyArray<number> => [
  time,
  step,
  loss,
  sharpness,
  l1
]

export const pointsOf = (rows: Float64Array): ReadonlyArray<FlowPoint> =>
  Array.from({ length: rows.length / columns }, (_, i) => {
    const [time, step, loss, sharpness, l1] = rows.subarray(i * columns, (i + 1) * columns)
    return { time: time!, step: step!, loss: loss!, sharpness: sharpness!, l1: l1! }
  })

export const lastPointOf = (rows: Float64Array): FlowPoint | undefined =>
  pointsOf(rows.subarray(Math.max(0, rows.length - columns)))[0]
