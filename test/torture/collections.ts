/**
 * The schedules of `test/property/collection.test.ts`, as many as are asked for.
 *
 *   node test/torture/collections.ts [schedules] [first seed]
 */
import * as Effect from "effect/Effect"
import { schedule } from "../fault/collecting.ts"

const [schedulesText = "1000", firstText = "0"] = process.argv.slice(2)
const [schedules, first] = [Number(schedulesText), Number(firstText)]
const say = (text: string): void => void process.stdout.write(`${text}\n`)

const total = { collections: 0, taken: 0, ran: 0, failed: 0 }
for (let seed = first; seed < first + schedules; seed++) {
  const { problems, collections, taken, ran } = await Effect.runPromise(schedule(seed))
  total.collections += collections
  total.taken += taken
  total.ran += ran
  if (problems.length > 0) total.failed++
  for (const problem of problems) say(`seed ${seed}: ${problem}`)
}
say(
  `${schedules} schedules from seed ${first}: ${total.failed} failed; ${total.collections} collections took ${total.taken} things beside ${total.ran} actions`
)
process.exitCode = total.failed === 0 ? 0 : 1
