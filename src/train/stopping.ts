/**
 * When a run of gradient descent ends: a pure state machine over the losses of its steps. Knows nothing of weights.
 */
import type { FloatArray } from "../tensor/Tensor.ts"

export interface StoppingRule {
  /** The run has converged when the loss stays at or below this. */
  readonly threshold: number
  /** How many consecutive steps it must stay there. */
  readonly patience: number
  /** The run has diverged when the loss exceeds this many times the initial one, or is not finite. */
  readonly divergence: number
}

/** What has been seen of a run. */
export interface Watch {
  /** Number of losses seen; the last one was that of step seen − 1. */
  readonly seen: number
  /** L at step 0. */
  readonly initial: number
  /** For how many steps up to the last seen one the loss has been at or below the threshold. */
  readonly held: number
  /** The first step at which it was. */
  readonly firstTouch: number | undefined
  readonly verdict: "Converged" | "Diverged" | undefined
}

export const nothingSeen: Watch = { seen: 0, initial: 0, held: 0, firstTouch: undefined, verdict: undefined }

/** The watch after further losses, in the order of their steps; with the first verdict it stops looking. */
export const observe = (watch: Watch, losses: FloatArray, rule: StoppingRule): Watch => {
  let { seen, initial, held, firstTouch, verdict } = watch
  for (const loss of losses) {
    if (verdict !== undefined) break
    if (seen === 0) initial = loss
    const touches = loss <= rule.threshold
    if (touches && firstTouch === undefined) firstTouch = seen
    held = touches ? held + 1 : 0
    seen++
    if (!Number.isFinite(loss) || loss > rule.divergence * initial) verdict = "Diverged"
    else if (held >= rule.patience) verdict = "Converged"
  }
  return { seen, initial, held, firstTouch, verdict }
}

/** The loss was at or below the threshold, and came back above it before the rule was met. */
export const leftAgain = ({ seen, held, firstTouch }: Watch): boolean =>
  firstTouch !== undefined && seen - firstTouch > held
