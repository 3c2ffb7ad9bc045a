/** Does something for many seeds, and says which of them failed. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as References from "effect/References"
import { say, verdict } from "./support.ts"

const MOST_SHOWN = 5

/** How many, and from which seed on, are the program's arguments. */
export const eachSeed = async (
  what: string,
  usually: number,
  run: (seed: number) => Effect.Effect<unknown, unknown>
): Promise<void> => {
  const [count = usually, first = 0] = process.argv.slice(2).map(Number)
  const begun = performance.now()
  const failed: Array<number> = []
  for (let seed = first; seed < first + count; seed++) {
    const exit = await Effect.runPromiseExit(Effect.provideService(run(seed), References.MinimumLogLevel, "None"))
    if (Exit.isFailure(exit) && failed.push(seed) <= MOST_SHOWN) say(`seed ${seed}: ${Cause.pretty(exit.cause)}`)
    if ((seed - first + 1) % 1000 === 0) say(`${seed - first + 1} ${what}, ${failed.length} failed`)
  }
  const seconds = (performance.now() - begun) / 1000
  say(
    `${count} ${what} from seed ${first}: ${failed.length} failed (${failed.slice(0, 20).join(", ")}), ${seconds.toFixed(0)} s`
  )
  verdict(failed.length === 0)
}
