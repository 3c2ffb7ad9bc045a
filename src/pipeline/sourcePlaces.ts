/**
 * Where in the sources an error was thrown that names places of a bundle. The bundle is made once more for that, so it costs nothing
 * where nothing fails. Knows nothing of who shows it.
 */
import * as Effect from "effect/Effect"
import { bundle, type Place } from "./bundle.ts"
import { sha256 } from "./canonical.ts"

export interface Traced {
  /** The trace, with places of sources. */
  readonly trace: string
  /** The innermost of them; `undefined` where there is none. */
  readonly first: Place | undefined
}

/** A trace in which places of a stage's bundle become those of its sources; as it was where the sources say something else by now. */
export const inSources = (
  { root, stage, digest }: { readonly root: string; readonly stage: string; readonly digest: string },
  trace: string
): Effect.Effect<Traced> => {
  const places = new RegExp(`(?<![^\\s()])[^\\s()]*${digest}\\.mjs:(\\d+):(\\d+)`, "g")
  const asItWas = Effect.succeed<Traced>({ trace, first: undefined })
  if (trace.search(places) < 0) return asItWas
  return bundle(root, stage, { places: true }).pipe(
    Effect.flatMap(({ text, placeOf }) => {
      if (sha256(text) !== digest) return asItWas
      const found: Array<Place> = []
      const told = trace.replace(places, (spot, line: string, column: string) => {
        const place = placeOf(Number(line), Number(column) - 1)
        if (place === undefined) return spot
        found.push(place)
        return `${place.file}:${place.line}`
      })
      return Effect.succeed({ trace: told, first: found[0] })
    }),
    Effect.catchCause(() => asItWas)
  )
}
