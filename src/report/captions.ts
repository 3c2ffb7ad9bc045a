/**
 * What each figure is called and how it is read. Says how to read, never what to find: findings are computed.
 */
import { formatFixed, formatNumber, formatPercent, formatWithError } from "./format.ts"
import type { Spread } from "./spread.ts"
import type { Comparison } from "./types.ts"

export interface Caption {
  readonly title: string
  readonly caption: string
}

const marks =
  "Filled circles are converged runs, joined where neighbours converged; hollow marks are runs that did not converge. A diverged run has no value: it stands on the upper edge."

export const againstLearningRateCaption: Caption = {
  title: "Sharpness and norm against the learning rate",
  caption: `Sharpness S, in loss per squared parameter, and norm ‖θ‖₁ where training stopped, against the learning rate η. The axis of the norm does not begin at zero. Dashed: where gradient flow from the same start ends. Green: the sharpness above which descent is unstable, 2/η for plain gradient descent. Verticals: the rates at which 2/η meets the flow's sharpness at its start (S₀), its maximum (which defines the critical rate) and its end. ${marks}`
}

export const tradeOffCaption: Caption = {
  title: "The trade-off between norm and sharpness",
  caption:
    "Each point is the end of one run, coloured by its learning rate; rates well below the critical one share the darkest colour, since they end at one place. The line follows converged runs in the order of their rates. The cross is where gradient flow ends."
}

export const testLossCaption: Caption = {
  title: "Test loss and accuracy against the learning rate",
  caption: `The ring marks the converged run of least test loss. One run a rate, all from one start: nothing here tells how far other starts would differ. ${marks}`
}

export const trainingCurvesCaption: Caption = {
  title: "Training at several learning rates",
  caption:
    "Training loss, and sharpness at the steps where it was measured (dots), with the sharpness up to which each run is stable, 2/η for plain gradient descent, dashed in its colour; one far above the panel is left out. Long curves of the loss are thinned: of every stretch of steps the lowest and the highest value are drawn. Select a rate in the legend to follow it."
}

/** The same, where the search for a sharpness was cut off. */
export const withOpenPoints = (caption: Caption): Caption => ({
  ...caption,
  caption: `${caption.caption} At hollow points the search for the sharpness ended before it was settled: a larger eigenvalue may have been missed, or rounding is coarser than the tolerance.`
})

/** The same, where searches started near what the ones before had found. */
export const withWarmSearches = (caption: Caption): Caption => ({
  ...caption,
  caption: `${caption.caption} Each search for a sharpness started from the one before: an eigenvalue larger by less than half may have been missed.`
})

export const diagonalPanelCaption: Caption = {
  title: "The diagonal network",
  caption: `The network ⟨w ⊙ w, x⟩, with β = w ⊙ w, where training stopped, against the learning rate in units of the critical one. Only the axes of sharpness and error begin at zero. Dashed: where gradient flow ends; vertical: the critical rate. Unstable runs met the loss threshold by accident, at a minimum too sharp to stay at. ${marks}`
}

const placeWords = {
  between: "a rate in between generalises better than both ends",
  smallest: "no rate generalises better than the smallest, and the largest does worse",
  largest: "rates above the smallest generalise better, and none better than the largest",
  unclear: "neither end is clearly worse than what is in between"
} as const

/** What the logarithm of a quotient of losses says: `4.9 % higher (ln −0.05 ± 0.02)`. */
const gain = ({ mean, error }: Spread): string =>
  `${formatPercent(Math.abs(1 - Math.exp(-mean)))} ${mean < 0 ? "higher" : "lower"} (ln ${formatWithError(mean, error)})`

/** With what the sweeps show together. */
export const overSeedsCaption = (comparison: Comparison | undefined): Caption => {
  const found =
    comparison === undefined
      ? "Fewer than three sweeps, or fewer than three rates at which all of them converged: whether a rate in between is best is not judged."
      : `Of the rates from ${formatFixed(comparison.smallest)} to ${formatFixed(comparison.largest)} × critical, at which every sweep converged: ${placeWords[comparison.place]} (97.5 % certain). At the rate that is best for the other sweeps a sweep's test loss is ${gain(comparison.overSmallest)} than at the smallest rate, and ${gain(comparison.overLargest)} than at the largest. By its own test loss alone each sweep is best at ${comparison.best.map((ratio) => formatNumber(ratio)).join(", ")}.`
  return {
    title: "Over starts and draws",
    caption: `Thin lines: one sweep each, over its converged runs. Points: their mean, with one standard error; hollow where not every sweep converged, so that the mean is over fewer of them. Norms are in units of what each sweep's gradient flow ends at. ${found}`
  }
}
