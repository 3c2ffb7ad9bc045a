/**
 * `brink gc`: takes what no run, pin or link needs any more out of the store, in two steps: into the trash, and with the next
 * collection away.
 */
import { relative } from "node:path"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Amount } from "../pipeline/Amounts.ts"
import { type Decision, decide } from "../pipeline/Collection.ts"
import { type Collected, carryOut, foresee, type Survey, survey } from "../pipeline/Collector.ts"
import { dryRun, json, project, wholeNumber } from "./flags.ts"
import { withStore } from "./services.ts"
import { parseBytes, parseDuration } from "./units.ts"
import { bytes, columns, count } from "./words.ts"

/** The least grace period while somebody works: longer than an action needs from its first file to its record. */
const LEAST_BESIDE_RUNS = 3_600_000

const exact = (size: number): string =>
  size < 1024 ? bytes(size) : `${size.toLocaleString("en-US")} B (${bytes(size)})`

const NAMES: Readonly<Record<Amount["kind"], string>> = {
  objects: "objects",
  records: "records",
  divergent: "second results",
  runs: "runs",
  logs: "logs",
  checkpoints: "checkpoints",
  temporary: "unfinished files"
}

const sum = (amounts: ReadonlyArray<Amount>): number => amounts.reduce((total, amount) => total + amount.bytes, 0)

const rootsLine = ({ roots }: Survey): string =>
  [
    count(roots.runs.size, "run"),
    count(roots.pins.length, "pin"),
    count(roots.live.size, "run").replace("run", "running run")
  ].join(", ")

const asText = (
  store: string,
  looked: Survey,
  decision: Decision,
  collected: Collected,
  tellsOnly: boolean
): string => {
  const folder = relative(process.cwd(), collected.folder) || store
  const rows = collected.taken.map((amount) => {
    const kept = decision.kept.find(({ kind }) => kind === amount.kind)!
    return [NAMES[amount.kind], `${kept.count}`, bytes(kept.bytes), `${amount.count}`, exact(amount.bytes)]
  })
  const taken = sum(collected.taken)
  return [
    columns([["", "stay", "", tellsOnly ? "would go" : "go", ""], ...rows]),
    `kept: ${rootsLine(looked)}, and what is younger than the grace period`,
    taken === 0
      ? "nothing to take"
      : `${tellsOnly ? "would take" : "took"} ${exact(taken)}${tellsOnly ? "" : ` into ${folder}; the next gc deletes it`}`,
    ...(collected.deleted.count === 0
      ? []
      : [`${tellsOnly ? "would delete" : "deleted"} ${exact(collected.deleted.bytes)} that an earlier gc took`])
  ].join("\n")
}

const asJson = (looked: Survey, decision: Decision, collected: Collected, tellsOnly: boolean) => ({
  v: 1,
  type: "gc",
  dryRun: tellsOnly,
  kept: decision.kept,
  taken: collected.taken,
  takenBytes: sum(collected.taken),
  deleted: collected.deleted,
  folder: collected.folder,
  roots: {
    runs: [...looked.roots.runs],
    pins: looked.roots.pins.map(({ name }) => name),
    live: [...looked.roots.live]
  }
})

export const gc = Command.make(
  "gc",
  {
    keepRuns: wholeNumber("keep-runs", 0).pipe(
      Flag.withDescription("Keeps what so many of the last runs of each pipeline found or made; 3 if left out"),
      Flag.withDefault(3)
    ),
    grace: Flag.String("grace").pipe(
      Flag.withDescription(
        "Takes nothing that is younger than this: 30min, 24h, 7d; 24h if left out, and at least 1h while something runs"
      ),
      Flag.filterMap(parseDuration, () => "a time such as 24h or 7d"),
      Flag.withDefault(24 * 3_600_000)
    ),
    keepBytes: Flag.String("keep-bytes").pipe(
      Flag.withDescription(
        "Takes results only until the store has this size (10GB, 500MiB): those used least recently first, and never what a run, pin or link needs"
      ),
      Flag.filterMap(parseBytes, () => "a size such as 10GB"),
      Flag.optional
    ),
    dryRun: dryRun("Counts what would be taken, to the byte, and takes nothing"),
    json
  },
  Effect.fnUntraced(function* (options) {
    const { store } = yield* project
    const keepBytes = Option.getOrUndefined(options.keepBytes)
    yield* withStore(
      { store },
      Effect.gen(function* () {
        const looked = yield* survey(store, { keepRuns: options.keepRuns })
        const graceMilliseconds = Math.max(options.grace, looked.roots.live.size > 0 ? LEAST_BESIDE_RUNS : 0)
        if (graceMilliseconds > options.grace)
          yield* Console.error(
            "something is running: what is younger than an hour stays, since it may be in the making"
          )
        const decision = decide(looked, { now: looked.now, graceMilliseconds, keepBytes })
        const collected = options.dryRun ? foresee(store, looked, decision) : yield* carryOut(store, looked, decision)
        if (options.json) return yield* Console.log(JSON.stringify(asJson(looked, decision, collected, options.dryRun)))
        yield* Console.log(asText(store, looked, decision, collected, options.dryRun))
        const stays = sum(decision.kept)
        if (keepBytes !== undefined && stays > keepBytes)
          yield* Console.error(
            `what must stay has ${exact(stays)}, more than ${exact(keepBytes)}: keep fewer runs, remove a pin, or shorten --grace`
          )
      })
    )
  })
).pipe(
  Command.withDescription(
    "Takes out of the store what no run, pin or link needs: first into its trash, where whoever misses it finds it, and with the next gc away. Runs may go on meanwhile."
  ),
  Command.withShortDescription("Takes out of the store what nothing needs any more"),
  Command.withExamples([
    { command: "brink gc --dry-run", description: "What would go, to the byte" },
    { command: "brink gc --keep-runs 1 --grace 1h", description: "Only what the last run of each pipeline needs" },
    { command: "brink gc --keep-bytes 10GB", description: "No more than is needed for a store of that size" }
  ])
)
