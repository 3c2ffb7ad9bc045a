/**
 * A figure as it is kept: what it draws, how it looks without a browser, and how to read it. Knows no figure in particular.
 */
import * as Effect from "effect/Effect"
import type { Caption } from "./captions.ts"
import type { Figure } from "./figures/theme.ts"
import { renderSvg } from "./renderSvg.ts"

export interface Drawn extends Caption {
  /** Letters, digits and hyphens. */
  readonly name: string
  /** Vega-Lite, as JSON. */
  readonly spec: string
  /** SVG */
  readonly image: string
}

export const drawn = (name: string, caption: Caption, figure: Figure): Effect.Effect<Drawn> =>
  Effect.map(
    Effect.promise(() => renderSvg(figure)),
    (image) => ({ name, ...caption, spec: JSON.stringify(figure), image })
  )
