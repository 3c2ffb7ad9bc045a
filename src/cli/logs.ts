/**
 * `brink logs`: what the worker of an action wrote.
 */
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { matches } from "../pipeline/Address.ts"
import { Disk } from "../pipeline/Disk.ts"
import { UnknownAddress, UnknownPipeline } from "../pipeline/Errors.ts"
import * as Journal from "../pipeline/Journal.ts"
import { nearestNames } from "../pipeline/nearestNames.ts"
import { runNamed } from "../pipeline/RunDiff.ts"
import { address, pipelineFlag, project, runFlag } from "./flags.ts"
import { pipelineNames } from "./Project.ts"
import { withStore } from "./services.ts"

export const logs = Command.make(
  "logs",
  {
    address,
    pipeline: pipelineFlag("Which pipeline; the one of the newest run that executed it if left out"),
    run: runFlag("In that run")
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const disk = yield* Disk
        const { store } = project_
        const pipeline = Option.getOrUndefined(options.pipeline)
        const runs = Option.isSome(options.run)
          ? [yield* runNamed(store, options.run.value)]
          : yield* Journal.runs(store)
        const known = new Set<string>()
        const pipelines = new Set(pipelineNames(project_))
        for (const run of runs) {
          const happened = yield* Journal.events(store, run)
          const of = happened.find((event) => event.type === "run-started")?.pipeline
          if (of !== undefined) pipelines.add(of)
          if (pipeline !== undefined && of !== pipeline) continue
          const started = happened.flatMap((event) => (event.type === "action-started" ? [event] : []))
          for (const event of started) known.add(event.address)
          const found = started.filter((event) => matches(options.address, event.address))
          for (const event of found) {
            const bytes = yield* disk.read(Journal.logPath(store, run, event.key))
            const text = bytes === undefined ? "(it wrote nothing)" : new TextDecoder().decode(bytes).trimEnd()
            yield* Console.log(`== ${event.address} in ${run}\n${text}`)
          }
          if (found.length > 0) return
        }
        if (pipeline !== undefined && !pipelines.has(pipeline)) {
          const near = nearestNames(pipeline, [...pipelines])
          return yield* new UnknownPipeline({ name: pipeline, folder: "pipelines", known: [...pipelines], near })
        }
        const of = pipeline === undefined ? "" : ` of ${pipeline}`
        yield* new UnknownAddress({
          address: options.address,
          where: Option.isSome(options.run) ? `run ${runs[0]}${of}` : `any run${of} in ${join(store, "runs")}`,
          near: nearestNames(options.address, [...known])
        })
      })
    )
  })
).pipe(
  Command.withDescription("Prints the log of an action, of the newest run in which it was executed"),
  Command.withExamples([
    { command: "brink logs descend@ratio=1.2", description: "What the worker of one cell wrote" },
    { command: "brink logs descend -p limits", description: "Of another pipeline than ran last" },
    { command: "brink logs descend --run last~1", description: "In the run before the last" }
  ])
)
