/**
 * `brink why`: the reason why a stage will run, or why it ran when it was made, field by field: the difference of two
 * stored actions.
 */

import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Journal from "../pipeline/Journal.ts"
import type { Entry } from "../pipeline/Plan.ts"
import * as Reason from "../pipeline/Reason.ts"
import type { Result } from "../pipeline/Result.ts"
import { currentPipeline, entriesAt } from "./addressed.ts"
import { address, device, json, pipelineFlag, project, set } from "./flags.ts"
import type { Project } from "./Project.ts"
import { prepare } from "./prepare.ts"
import { withStore } from "./services.ts"
import { shortKey } from "./words.ts"

/** The changes of a reason, one a line; all of them. */
const lines = (reason: Reason.Reason): ReadonlyArray<string> => {
  switch (reason._tag) {
    case "Changed":
      return [
        ...reason.changes.map(Reason.formatChange),
        ...reason.files.map((file) => `  ${file} says something else`)
      ]
    case "NeverMade":
      return reason.like === undefined
        ? ["never made, nor any other of its stage"]
        : [`never made; the nearest is ${reason.like.address}:`, ...reason.like.changes.map(Reason.formatChange)]
    default:
      return [Reason.format(reason)]
  }
}

const print = (address: string, state: Entry["state"], rest: object) =>
  Console.log(JSON.stringify({ v: 1, address, state, ...rest }))

const tellPending = ({ address, state }: Entry, reason: Reason.Reason, asJson: boolean) =>
  asJson
    ? print(address, state, { reason })
    : Console.log(
        [`${address} ${state === "run" ? "will" : "may"} run:`, ...lines(reason).map((line) => `  ${line}`)].join("\n")
      )

/** Why a result was made, from the journal of the run that made it; nothing where that journal is gone. */
const startOf = (project_: Project, { run, key }: Result) =>
  Effect.map(Journal.events(project_.store, run), (events) =>
    events.flatMap((event) => (event.type === "action-started" && event.key === key ? [event] : []))
  )

const tellMade = Effect.fnUntraced(function* (
  project_: Project,
  { address, state }: Entry,
  result: Result,
  asJson: boolean
) {
  const started = (yield* startOf(project_, result))[0]
  if (asJson) return yield* print(address, state, { last: started === undefined ? null : { run: result.run, started } })
  yield* Console.log(`${address} is up to date: ${shortKey(result.key)}, made by run ${result.run}`)
  if (started === undefined) return
  yield* Console.log(["  it ran because:", ...lines(started.reason).map((line) => `    ${line}`)].join("\n"))
})

const tell = (project_: Project, entry: Entry, asJson: boolean) =>
  entry.reason === undefined
    ? tellMade(project_, entry, entry.result!, asJson)
    : tellPending(entry, entry.reason, asJson)

export const why = Command.make(
  "why",
  { address, pipeline: pipelineFlag, set, device, json },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const name = yield* currentPipeline(project_, options.pipeline)
        const { plan } = yield* prepare(project_, {
          pipeline: name,
          settings: options.set,
          only: [],
          force: [],
          device: options.device
        })
        for (const entry of yield* entriesAt(plan, options.address)) yield* tell(project_, entry, options.json)
      })
    )
  })
).pipe(
  Command.withDescription(
    "Tells why a stage will run, or why it ran when it was made: every field that differs, old → new"
  ),
  Command.withExamples([{ command: "brink why descend@ratio=1.2", description: "Of the pipeline that ran last" }])
)
