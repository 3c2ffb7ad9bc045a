/**
 * Results made once more and compared, for `brink verify --rerun`: which can be, which are drawn, and how it went.
 */
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Local from "../executor/Local.ts"
import { matches } from "../pipeline/Address.ts"
import { Disk } from "../pipeline/Disk.ts"
import { UnknownAddress } from "../pipeline/Errors.ts"
import * as Journal from "../pipeline/Journal.ts"
import * as Layout from "../pipeline/Layout.ts"
import * as Lineage from "../pipeline/Lineage.ts"
import { nearestNames } from "../pipeline/nearestNames.ts"
import * as Reason from "../pipeline/Reason.ts"
import * as Rerun from "../pipeline/Rerun.ts"
import * as Store from "../pipeline/Store.ts"
import type { Project } from "./Project.ts"
import { codeProblems } from "./rerunnable.ts"
import type { Part } from "./units.ts"
import { count, duration, shortKey } from "./words.ts"

export interface AuditOptions {
  readonly part: Part
  readonly seed: string
  readonly jobs: number
  readonly addresses: ReadonlyArray<string>
  readonly json: boolean
}

const verdictJson = (verdict: Rerun.Verdict) => {
  const { result } = verdict.candidate
  const first = { digest: result.output.digest, host: result.host, platform: result.platform, run: result.run }
  const about = { v: 1, type: "rerun", address: result.address, key: result.key, verdict: verdict._tag.toLowerCase() }
  if (verdict._tag === "Same") return { ...about, first }
  if (verdict._tag === "Failed")
    return { ...about, first, error: { tag: verdict.error._tag, message: verdict.error.message } }
  const { output, host, platform } = verdict.second
  return { ...about, first, second: { digest: output.digest, host, platform }, changes: verdict.changes }
}

/** How many differing fields of one result are shown. */
const MOST_CHANGES = 20

const verdictLines = (verdict: Rerun.Verdict): ReadonlyArray<string> => {
  const { result } = verdict.candidate
  if (verdict._tag === "Same") return [`same     ${result.address}   ${duration(verdict.milliseconds)}`]
  if (verdict._tag === "Failed") return [`FAILED   ${result.address}   ${verdict.error.message.split("\n")[0]}`]
  const { second, changes } = verdict
  return [
    `DIFFERS  ${result.address}   ${shortKey(result.key)}`,
    `         first:  ${shortKey(result.output.digest)}  ${Rerun.placeOf(result)}  ${result.run}`,
    `         second: ${shortKey(second.output.digest)}  ${Rerun.placeOf(second)}  kept beside the first`,
    ...changes.slice(0, MOST_CHANGES).map((change) => `         ${Reason.formatChange(change)}`),
    ...(changes.length > MOST_CHANGES ? [`         and ${changes.length - MOST_CHANGES} more`] : [])
  ]
}

/** The results that are asked for, those first that can be made again. */
const candidates = (project_: Project, index: Lineage.Index, { part, seed, addresses }: AuditOptions) =>
  Effect.gen(function* () {
    const all = [...index.made.values()].map(({ result }) => result)
    for (const pattern of addresses)
      if (!all.some(({ address }) => matches(pattern, address)))
        return yield* new UnknownAddress({
          address: pattern,
          where: `the records of ${project_.store}`,
          near: nearestNames(pattern, [...new Set(all.map(({ address }) => address))])
        })
    const asked = all.filter(
      ({ address }) => addresses.length === 0 || addresses.some((each) => matches(each, address))
    )
    const problemOf = yield* codeProblems(project_)
    const able: Array<Rerun.Candidate> = []
    const refused: Array<Rerun.Refused> = []
    for (const { key } of asked) {
      const found = yield* Rerun.candidate(index, key, problemOf)
      if ("because" in found) refused.push(found)
      else able.push(found)
    }
    return { chosen: Rerun.sample(able, ({ result }) => result.key, seed, part.of(able.length)), able, refused }
  })

const tellRefused = (refused: ReadonlyArray<Rerun.Refused>) =>
  Effect.gen(function* () {
    const reasons = new Map<string, number>()
    for (const { because } of refused) reasons.set(because, (reasons.get(because) ?? 0) + 1)
    for (const [because, amount] of reasons)
      yield* Console.error(`${count(amount, "result")} cannot be made again: ${because}`)
  })

/** Makes a sample of results again in a store of their own, which is removed in the end; `true` if all came out the same. */
export const audit = (project_: Project, options: AuditOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const disk = yield* Disk
      const store = yield* Store.Store
      const index = yield* Lineage.load(store.root)
      const { chosen, able, refused } = yield* candidates(project_, index, options)
      yield* tellRefused(refused)
      yield* Console.error(
        `making ${chosen.length} of ${count(able.length, "result")} again, drawn by --seed ${options.seed}`
      )
      const now = yield* Clock.currentTimeMillis
      const run = Journal.newRunId(now, String(process.pid))
      const root = join(Layout.scratchFolder(store.root), run)
      yield* Effect.addFinalizer(() => Effect.ignore(disk.removeTree(root)))
      const executor = Local.layer({
        root: project_.root,
        brink: project_.brink,
        checkpointMilliseconds: Number.MAX_SAFE_INTEGER,
        graceMilliseconds: 5_000
      })
      const scratch = executor.pipe(
        Layer.provideMerge(Layer.mergeAll(Store.layer(root), Journal.layer(root, run))),
        Layer.provide(Layer.succeed(Disk)(disk))
      )
      const verdicts = yield* Effect.forEach(
        chosen,
        (candidate) =>
          Effect.tap(Rerun.rerun(store, candidate, run), (verdict) =>
            options.json
              ? Console.log(JSON.stringify(verdictJson(verdict)))
              : Console.log(verdictLines(verdict).join("\n"))
          ),
        { concurrency: options.jobs }
      ).pipe(Effect.provide(scratch))
      const amount = (tag: Rerun.Verdict["_tag"]) => verdicts.filter(({ _tag }) => _tag === tag).length
      const told = { same: amount("Same"), different: amount("Different"), failed: amount("Failed") }
      if (options.json)
        yield* Console.log(
          JSON.stringify({ v: 1, type: "audited", seed: options.seed, ...told, refused: refused.length })
        )
      else
        yield* Console.log(
          `${count(chosen.length, "result")} made again: ${told.same} the same, ${told.different} different, ${told.failed} failed`
        )
      return told.different + told.failed === 0
    })
  )
