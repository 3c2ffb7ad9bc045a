/**
 * How far a loss has come from where it started to the threshold, on the logarithmic scale on which it falls evenly.
 */
export const lossFraction = (initial: number, loss: number, threshold: number): number =>
  initial <= threshold
    ? 1
    : loss > 0 && Number.isFinite(loss)
      ? Math.max(0, Math.min(1, Math.log(initial / loss) / Math.log(initial / threshold)))
      : 0
