/**
 * Of the states that a run could go on from, the one that saves it most. Knows nothing of what is in them.
 */

/** The state with the most steps, the first of equal ones; `undefined` where there is none. */
export const furthest = <S extends { readonly step: number }>(states: ReadonlyArray<S>): S | undefined =>
  states.reduce<S | undefined>((best, next) => (best !== undefined && best.step >= next.step ? best : next), undefined)
