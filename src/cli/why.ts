/**
 * `brink why`: the reason why a stage will run, or why it ran last, field by field: the difference of two stored actions.
 */

import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Journal from "../pipeline/Journal.ts"
import type { Entry } from "../pipeline/Plan.ts"
import * as Reason from "../pipeline/Reason.ts"
import { Store } from "../pipeline/Store.ts"
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

/** The newest event of a start at an address, and the run it is from. */
const lastStart = (project_: Project, name: string) =>
  Effect.gen(function* () {
    for (const run of yield* Journal.runs(project_.store)) {
      const started = (yield* Journal.events(project_.store, run)).findLast(
        (event) => event.type === "action-started" && event.address === name
      )
      if (started?.type === "action-started") return Option.some({ run, started })
    }
    return Option.none()
  })

const tell = (project_: Project, entry: Entry, asJson: boolean) =>
  Effect.gen(function* () {
    if (entry.reason !== undefined) {
      if (asJson)
        return yield* Console.log(
          JSON.stringify({ v: 1, address: entry.address, state: entry.state, reason: entry.reason })
        )
      return yield* Console.log(
        [
          `${entry.address} ${entry.state === "run" ? "will run" : "may run"}:`,
          ...lines(entry.reason).map((line) => `  ${line}`)
        ].join("\n")
      )
    }
    const last = yield* lastStart(project_, entry.address)
    if (asJson)
      return yield* Console.log(
        JSON.stringify({ v: 1, address: entry.address, state: "hit", last: Option.getOrNull(last) })
      )
    const store = yield* Store
    const found = yield* store.find(entry.key!)
    const made = found._tag === "Hit" ? ` by run ${found.result.run}` : ""
    yield* Console.log(`${entry.address} is up to date: ${shortKey(entry.key!)}, made${made}`)
    if (Option.isSome(last)) {
      yield* Console.log(
        [
          `  it ran in ${last.value.run}, because:`,
          ...lines(last.value.started.reason).map((line) => `    ${line}`)
        ].join("\n")
      )
    }
  })

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
  Command.withDescription("Tells why a stage will run, or why it ran last: every field that differs, old → new"),
  Command.withExamples([{ command: "brink why descend@ratio=1.2", description: "Of the pipeline that ran last" }])
)
