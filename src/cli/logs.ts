/**
 * `brink logs`: what the worker of an action wrote.
 */
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { matches } from "../pipeline/Address.ts"
import { Disk } from "../pipeline/Disk.ts"
import { UnknownAddress } from "../pipeline/Errors.ts"
import * as Journal from "../pipeline/Journal.ts"
import { nearestNames } from "../pipeline/nearestNames.ts"
import { address, project } from "./flags.ts"
import { withStore } from "./services.ts"

export const logs = Command.make(
  "logs",
  { address },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const disk = yield* Disk
        const known = new Set<string>()
        for (const run of yield* Journal.runs(project_.store)) {
          const started = (yield* Journal.events(project_.store, run)).flatMap((event) =>
            event.type === "action-started" ? [event] : []
          )
          for (const event of started) known.add(event.address)
          const found = started.filter((event) => matches(options.address, event.address))
          for (const event of found) {
            const bytes = yield* disk.read(Journal.logPath(project_.store, run, event.key))
            const text = bytes === undefined ? "(it wrote nothing)" : new TextDecoder().decode(bytes).trimEnd()
            yield* Console.log(`== ${event.address} in ${run}\n${text}`)
          }
          if (found.length > 0) return
        }
        yield* new UnknownAddress({
          address: options.address,
          where: `any run of ${join(project_.store, "runs")}`,
          near: nearestNames(options.address, [...known])
        })
      })
    )
  })
).pipe(
  Command.withDescription("Prints the log of an action, of the newest run in which it was executed"),
  Command.withExamples([{ command: "brink logs descend@ratio=1.2", description: "What the worker of one cell wrote" }])
)
