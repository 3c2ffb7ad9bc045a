/**
 * A store with one of every kind of file in it, each of which is cut at any byte or has any bit flipped: what is found then
 * was put there, and a run brings back the rest.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Journal from "../../src/pipeline/Journal.ts"
import * as Store from "../../src/pipeline/Store.ts"
import { filesOf } from "./posix.ts"
import { calmly, inspect, makeSimulation, ROOT, rerun, runOnce, saveStates, trialOf, type World } from "./simulation.ts"

/** Kind → the files of the kind that are harmed. */
const kinds: Readonly<Record<string, RegExp>> = {
  record: /\/ac\//,
  segment: /\/index\//,
  object: /\/cas\//,
  checkpoint: /\/ckpt\//,
  "record of a run": /\/run\.json$/,
  "file of events": /\/events\./
}
export type Kind = keyof typeof kinds
export const everyKind: ReadonlyArray<Kind> = Object.keys(kinds)

export interface Harm {
  readonly path: string
  readonly about: string
  readonly bytes: Uint8Array
}

/** What the journals say before anything is harmed. */
interface Told {
  readonly events: ReadonlyMap<string, ReadonlyArray<Journal.Recorded>>
  readonly records: ReadonlyMap<string, Journal.RunRecord>
}

const tell = Effect.gen(function* () {
  const events = new Map<string, ReadonlyArray<Journal.Recorded>>()
  const records = new Map<string, Journal.RunRecord>()
  for (const run of yield* Journal.runs(ROOT)) {
    events.set(run, yield* Journal.events(ROOT, run))
    records.set(run, (yield* Journal.recordOf(ROOT, run))!)
  }
  return { events, records } satisfies Told
})

export const makeSubject = Effect.gen(function* () {
  const world = makeSimulation(3)
  const told = yield* Effect.gen(function* () {
    yield* runOnce(world, "1")
    yield* (yield* Store.Store).pack
    yield* runOnce(world, "2")
    yield* saveStates(world, "f".repeat(64), 1, 2)
    return yield* tell
  }).pipe(Effect.provide(calmly(world)))
  return { world, told }
})
export interface Subject {
  readonly world: World
  readonly told: Told
}

/** Every `step`-th harm of a kind: cut off at each byte, and each byte with one bit flipped. */
export const harmsOf = ({ world }: Subject, kind: Kind, step: number): ReadonlyArray<Harm> => {
  const all = [...filesOf(world.disk)].filter(([path]) => kinds[kind]!.test(path))
  const harms = all.slice(0, 2).flatMap(([path, { bytes }]) =>
    Array.from({ length: bytes.byteLength }, (_, at): ReadonlyArray<Harm> => {
      const bit = (at * 5 + 3) % 8
      return [
        { path, bytes: bytes.slice(0, at), about: `${path} cut at ${at}` },
        { path, bytes: bytes.with(at, bytes[at]! ^ (1 << bit)), about: `${path} with bit ${bit} of byte ${at} flipped` }
      ]
    }).flat()
  )
  return harms.filter((_, index) => index % step === 0)
}

const harmed = ({ world }: Subject, { path, bytes }: Harm): World => {
  const trial = trialOf(world)
  const file = filesOf(trial.disk).get(path)!
  file.bytes = bytes
  return trial
}

/** Whatever the journals still say was said. */
const checkTold = ({ told }: Subject) =>
  Effect.gen(function* () {
    for (const [run, events] of told.events) {
      for (const event of yield* Journal.events(ROOT, run)) assert.deepInclude(events, event)
      const record = yield* Journal.recordOf(ROOT, run)
      const before = told.records.get(run)!
      if (record === undefined) continue
      assert.deepStrictEqual([record.run, record.pipeline], [run, before.pipeline])
      for (const [address, key] of Object.entries(record.made)) assert.strictEqual(key, before.made[address], address)
      assert.includeMembers([...before.executed], [...record.executed])
    }
    yield* Journal.history(ROOT, "p")
  })

/** Looks at everything with one file harmed; with `heal`, runs on it too. */
export const checkHarm = (subject: Subject, harm: Harm, heal: boolean) =>
  Effect.gen(function* () {
    const trial = harmed(subject, harm)
    yield* Effect.andThen(inspect(trial, true), checkTold(subject)).pipe(Effect.provide(calmly(trial)))
    if (!heal) return
    const again = harmed(subject, harm)
    yield* Effect.provide(rerun(again, true), calmly(again))
  }).pipe(
    Effect.catchDefect((defect) =>
      Effect.die(
        defect instanceof Error ? Object.assign(defect, { message: `${harm.about}: ${defect.message}` }) : defect
      )
    )
  )
