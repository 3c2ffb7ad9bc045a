/**
 * `brink logs`: what the worker of an action wrote.
 */
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { matches } from "../pipeline/Address.ts"
import { Disk } from "../pipeline/Disk.ts"
import { UnknownAddress } from "../pipeline/Errors.ts"
import * as Journal from "../pipeline/Journal.ts"
import { nearestNames } from "../pipeline/nearestNames.ts"
import { runNamed } from "../pipeline/RunDiff.ts"
import { address, planned, project } from "./flags.ts"
import { withStore } from "./services.ts"

interface Wanted {
  readonly address: string
  readonly run: Option.Option<string>
  readonly pipeline: Option.Option<string>
}

/** The runs to look in, newest first. */
const runsOf = (store: string, { run, pipeline }: Wanted) =>
  Effect.gen(function* () {
    const runs = Option.isSome(run) ? [yield* runNamed(store, run.value)] : yield* Journal.runs(store)
    if (Option.isNone(pipeline)) return runs
    return yield* Effect.filter(runs, (each) =>
      Effect.map(Journal.recordOf(store, each), (record) => record?.pipeline === pipeline.value)
    )
  })

/** Where it was looked, for whoever finds nothing. */
const whereOf = (store: string, { run, pipeline }: Wanted): string => {
  const runs = Option.match(run, { onNone: () => `any run of ${join(store, "runs")}`, onSome: (one) => `run ${one}` })
  return Option.match(pipeline, { onNone: () => runs, onSome: (one) => `${runs} that is of ${one}` })
}

const print = Effect.fnUntraced(function* (store: string, wanted: Wanted) {
  const disk = yield* Disk
  const known = new Set<string>()
  for (const run of yield* runsOf(store, wanted)) {
    const started = (yield* Journal.events(store, run)).flatMap((event) =>
      event.type === "action-started" ? [event] : []
    )
    for (const event of started) known.add(event.address)
    const found = started.filter((event) => matches(wanted.address, event.address))
    for (const event of found) {
      const bytes = yield* disk.read(Journal.logPath(store, run, event.key))
      const text = bytes === undefined ? "(it wrote nothing)" : new TextDecoder().decode(bytes).trimEnd()
      yield* Console.log(`== ${event.address} in ${run}\n${text}`)
    }
    if (found.length > 0) return
  }
  const near = nearestNames(wanted.address, [...known])
  return yield* new UnknownAddress({ address: wanted.address, where: whereOf(store, wanted), near })
})

export const logs = Command.make(
  "logs",
  {
    address,
    run: Flag.String("run").pipe(
      Flag.withDescription("Of that run: its name, the first or last digits of it, last, last~1"),
      Flag.optional
    ),
    pipeline: planned.pipeline.pipe(Flag.withDescription("Of the runs of this pipeline; of any if left out"))
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(project_, print(project_.store, options))
  })
).pipe(
  Command.withDescription("Prints the log of an action, of the newest run in which it was executed"),
  Command.withExamples([
    { command: "brink logs descend@ratio=1.2", description: "What the worker of one cell wrote" },
    { command: "brink logs descend@ratio=1.2 --run last~1", description: "In the run before the last" }
  ])
)
