/** Collections: what they take and what they must not, and that a dry run counts what a real one takes. */
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as checkpoints from "../../src/executor/checkpoints.ts"
import type { Amount } from "../../src/pipeline/Amounts.ts"
import * as Artifact from "../../src/pipeline/Artifact.ts"
import { decide } from "../../src/pipeline/Collection.ts"
import { carryOut, foresee, survey } from "../../src/pipeline/Collector.ts"
import { sha256 } from "../../src/pipeline/canonical.ts"
import * as checkedJson from "../../src/pipeline/checkedJson.ts"
import { Disk, layer as diskLayer, within } from "../../src/pipeline/Disk.ts"
import * as Layout from "../../src/pipeline/Layout.ts"
import * as Lease from "../../src/pipeline/Lease.ts"
import * as Pins from "../../src/pipeline/Pins.ts"
import * as Record from "../../src/pipeline/Record.ts"
import * as Store from "../../src/pipeline/Store.ts"
import type { Behaviour } from "./fakeExecutor.ts"
import { memoryDisk } from "./memoryDisk.ts"
import { bytesOf, type Made, publishMade, sampleAction, sampleMade } from "./samples.ts"
import { temporaryFolder } from "./temporaryFolder.ts"
import { makeWorld, node, ROOT } from "./world.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

interface Options {
  readonly keepRuns?: number
  readonly grace?: number
  readonly keepBytes?: number
  readonly dryRun?: boolean
}

const collect = (root: string, options: Options = {}) =>
  Effect.gen(function* () {
    const graceMilliseconds = options.grace ?? DAY
    const looked = yield* survey(root, { keepRuns: options.keepRuns ?? 3 })
    const decision = decide(looked, { now: looked.now, graceMilliseconds, keepBytes: options.keepBytes })
    return options.dryRun ? foresee(root, looked, decision) : yield* carryOut(root, looked, decision)
  })

const bytesIn = (amounts: ReadonlyArray<Amount>): number => amounts.reduce((sum, { bytes }) => sum + bytes, 0)
const countOf = (amounts: ReadonlyArray<Amount>, kind: Amount["kind"]): number =>
  amounts.find((amount) => amount.kind === kind)!.count

const State = Artifact.make("State", { step: Schema.Int })

const well: Behaviour = ({ key }) => Effect.succeed(key)

/** A draw and a step over it, by seed. */
const graph = (seed: number) => {
  const data = node("draw", { seed })
  return [data, node("train", { ratio: 1 }, { data })]
}

const worldOfDays = () => {
  const disk = memoryDisk()
  const world = makeWorld({ disk })
  disk.clock.now = 100 * DAY
  const later = (milliseconds: number) =>
    Effect.sync(() => {
      disk.clock.now += milliseconds
    })
  const states = (seed: number) =>
    Effect.map(world.plan(graph(seed)), ({ entries }) => entries.map(({ state }) => state))
  return { disk, world, later, states, collect: (options?: Options) => world.within(collect(ROOT, options)) }
}

describe("a collection takes", () => {
  it.effect("what none of the last runs found or made, a grace period after it was made", () =>
    Effect.gen(function* () {
      const { world, later, states, collect } = worldOfDays()
      for (const seed of [1, 2, 3, 4]) yield* world.run(graph(seed), { behaviour: well })
      assert.strictEqual(bytesIn((yield* collect()).taken), 0, "nothing is old enough")
      yield* later(2 * DAY)
      const { taken } = yield* collect()
      assert.strictEqual(countOf(taken, "records"), 2)
      assert.strictEqual(countOf(taken, "objects"), 2)
      assert.strictEqual(countOf(taken, "runs"), 1)
      for (const seed of [2, 3, 4]) assert.deepStrictEqual(yield* states(seed), ["hit", "hit"], `seed ${seed}`)
      yield* collect()
      assert.deepStrictEqual(yield* states(1), ["run", "may run"])
      assert.strictEqual(bytesIn((yield* collect()).taken), 0)
    })
  )

  it.effect("nothing that is asked for before the next one: it comes back from the trash", () =>
    Effect.gen(function* () {
      const { world, later, collect } = worldOfDays()
      for (const seed of [1, 2]) yield* world.run(graph(seed), { behaviour: well })
      yield* later(2 * DAY)
      assert.isAbove(bytesIn((yield* collect({ keepRuns: 1 })).taken), 0)
      const { summary } = yield* world.run(graph(1), { behaviour: well })
      assert.deepStrictEqual([summary.ran, summary.cutOff], [0, 2])
      yield* collect({ keepRuns: 1 })
      const again = yield* world.run(graph(1), { behaviour: well })
      assert.deepStrictEqual([again.summary.ran, again.summary.hit], [0, 2])
    })
  )

  it.effect("nothing that was put again and waits for its record, however long the store has been open", () => {
    const disk = memoryDisk()
    return Effect.gen(function* () {
      const store = yield* Store.Store
      const bytes = bytesOf("what two actions make")
      yield* store.put(bytes)
      disk.clock.now += 2 * DAY
      yield* TestClock.adjust(2 * DAY)
      const blob = yield* store.put(bytes)
      yield* collect(ROOT)
      yield* collect(ROOT)
      assert.deepStrictEqual(yield* store.get(blob), bytes)
    }).pipe(Effect.provide(Store.layer(ROOT).pipe(Layer.provideMerge(disk.layer))))
  })

  it.effect("nothing that a pin names, nor what that was made from; removing the pin lets it go", () =>
    Effect.gen(function* () {
      const { world, later, states, collect } = worldOfDays()
      const { summary, plan } = yield* world.run(graph(1), { behaviour: well })
      const last = summary.results.get(plan.entries[1]!.node.id)!
      const pin = { name: "best", of: "train", keys: [last.key], behind: [], digests: [], who: "me", at: 0 }
      yield* world.within(Pins.set(ROOT, pin))
      yield* world.run(graph(2), { behaviour: well })
      yield* later(2 * DAY)
      yield* collect({ keepRuns: 1 })
      yield* collect({ keepRuns: 1 })
      assert.deepStrictEqual(yield* states(1), ["hit", "hit"])
      yield* world.within(Pins.remove(ROOT, "best"))
      yield* collect({ keepRuns: 1 })
      assert.deepStrictEqual(yield* states(1), ["run", "may run"])
    })
  )

  it.effect("nothing of a run that was killed after the last one that ended", () =>
    Effect.gen(function* () {
      const { disk, world, later, states, collect } = worldOfDays()
      for (const seed of [1, 2]) {
        const { events } = yield* world.run(graph(seed), { behaviour: well })
        const run = events.flatMap((event) => (event.type === "run-started" ? [event.run] : []))[0]!
        if (seed === 2) disk.files.delete(`${ROOT}/runs/${run}/run.json`)
      }
      yield* later(2 * DAY)
      yield* collect({ keepRuns: 1 })
      yield* collect({ keepRuns: 1 })
      for (const seed of [1, 2]) assert.deepStrictEqual(yield* states(seed), ["hit", "hit"], `seed ${seed}`)
    })
  )

  it.effect(
    "no checkpoint of an action that a kept run began and did not finish, however old; others when they are",
    () =>
      Effect.gen(function* () {
        const { world, later, collect } = worldOfDays()
        const behaviour: Behaviour = (task, report) =>
          task.action.stage === "draw" ? well(task, report) : Effect.interrupt
        yield* Effect.exit(world.run(graph(1), { behaviour }))
        const { entries } = yield* world.plan(graph(1))
        const key = entries[1]!.key!
        const [own, nobodys] = [key, sha256("nobody's")].map((each) => ({ root: ROOT, family: each, key: each }))
        yield* world.within(checkpoints.save(own!, State, { step: 7 }))
        yield* world.within(checkpoints.save(nobodys!, State, { step: 1 }))
        yield* later(30 * DAY)
        const { taken } = yield* collect()
        assert.strictEqual(countOf(taken, "checkpoints"), 1)
        yield* collect()
        assert.deepStrictEqual(yield* world.within(checkpoints.restore(own!, State)), [{ step: 7 }])
        assert.deepStrictEqual(yield* world.within(checkpoints.restore(nobodys!, State)), [])
      })
  )

  it.effect(
    "no last state of a kept result, from which a longer action starts; those of others, of actions that nothing extends and of nobody",
    () =>
      Effect.gen(function* () {
        const { disk, world, later, collect } = worldOfDays()
        const keyOfSeed = (seed: number) =>
          Effect.map(
            world.run(graph(seed), { behaviour: well }),
            ({ summary }) => [...summary.results.values()][1]!.key
          )
        const [old, kept] = [yield* keyOfSeed(1), yield* keyOfSeed(2)]
        const family = sha256("all of them")
        const save = (key: string, of: string, step: number) =>
          world.within(checkpoints.save({ root: ROOT, family: of, key }, State, { step }))
        yield* save(old, family, 1)
        yield* save(kept, family, 2)
        yield* save(sha256("never finished"), family, 3)
        yield* save(kept, kept, 4)
        disk.files.set(`${Layout.familyFolder(ROOT, family)}/of no known form`, bytesOf("?"))
        yield* later(2 * DAY)
        const within = yield* collect({ keepRuns: 1, keepBytes: 1e9, dryRun: true })
        assert.strictEqual(countOf(within.taken, "checkpoints"), 3, "a result that a budget keeps has its state too")
        assert.strictEqual(countOf((yield* collect({ keepRuns: 1 })).taken, "checkpoints"), 4)
        yield* collect({ keepRuns: 1 })
        const place = { root: ROOT, family, key: sha256("longer") }
        assert.deepStrictEqual(yield* world.within(checkpoints.restore(place, State)), [{ step: 2 }])
        assert.deepStrictEqual(
          [...disk.files.keys()].filter((path) => path.includes("/ckpt/")),
          [Layout.checkpointPath(ROOT, family, kept, 1)]
        )
      })
  )

  it.effect("nothing that somebody works on: leases of living processes, and renewed ones of other hosts", () =>
    Effect.gen(function* () {
      const { disk, world, later, collect } = worldOfDays()
      const [mine, theirs, gone] = ["mine", "theirs", "gone"].map((name) => sha256(name)) as [string, string, string]
      for (const key of [mine, theirs, gone])
        yield* world.within(checkpoints.save({ root: ROOT, family: key, key }, State, { step: 1 }))
      yield* later(3 * DAY)
      const lease = (key: string, host: string) =>
        world.within(
          Effect.flatMap(Disk, ({ claim }) =>
            claim(`${ROOT}/leases/${key}`, JSON.stringify({ address: "train", run: "r", host, pid: 1, born: "0" }))
          )
        )
      yield* lease(theirs, "elsewhere")
      yield* lease(gone, hostname())
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* world.within(Lease.hold(ROOT, { key: mine, address: "train", run: "r" }))
          const { taken } = yield* collect()
          assert.strictEqual(countOf(taken, "checkpoints"), 1)
        })
      )
      const left = [...disk.files.keys()].filter((path) => path.startsWith(`${ROOT}/ckpt/`))
      assert.deepStrictEqual(left.map((path) => path.split("/")[3]).sort(), [mine, theirs].sort())
    })
  )

  it.effect("what is left of a budget, least recently used first, and never what a root needs", () =>
    Effect.gen(function* () {
      const { world, later, states, collect } = worldOfDays()
      for (const seed of [1, 2, 3, 4, 5]) {
        yield* world.run(graph(seed), { behaviour: well })
        yield* later(HOUR)
      }
      yield* later(2 * DAY)
      const everything = { keepRuns: 1, keepBytes: 1e9 }
      assert.strictEqual(countOf((yield* collect({ ...everything, dryRun: true })).taken, "records"), 0)
      const kept = (keepBytes: number) =>
        Effect.map(collect({ keepRuns: 1, keepBytes, dryRun: true }), ({ taken }) => 10 - countOf(taken, "records"))
      let before = 0
      for (let budget = 0; budget < 20_000; budget += 500) {
        const now = yield* kept(budget)
        assert.isAtLeast(now, Math.max(2, before), `${budget} bytes`)
        before = now
      }
      assert.strictEqual(before, 10)
      let budget = 20_000
      while ((yield* kept(budget)) > 6) budget -= 100
      yield* collect({ keepRuns: 1, keepBytes: budget })
      assert.deepStrictEqual(yield* states(5), ["hit", "hit"])
      assert.deepStrictEqual(yield* states(4), ["hit", "hit"])
      assert.deepStrictEqual(yield* states(1), ["run", "may run"])
    })
  )

  it.effect("nothing where it cannot know what is needed (RecordUnknown, PinInvalid)", () =>
    Effect.gen(function* () {
      const { disk, world, collect } = worldOfDays()
      yield* world.run(graph(1), { behaviour: well })
      yield* world.within(
        Pins.set(ROOT, { name: "best", of: "x", keys: [], behind: [], digests: [], who: "me", at: 0 })
      )
      disk.files.set(`${ROOT}/roots/best.json`, bytesOf("torn {"))
      const damaged = yield* Effect.flip(collect())
      assert.strictEqual(damaged._tag, "PinInvalid")
      assert.match(damaged.message, /best\.json is damaged/)
      disk.files.delete(`${ROOT}/roots/best.json`)
      const { action, result } = sampleMade()
      const newer = { ...result, version: 2 } as unknown as Made["result"]
      disk.files.set(Layout.recordPath(ROOT, result.key), bytesOf(Record.encode(action, newer)))
      const unknown = yield* Effect.flip(collect())
      assert.strictEqual(unknown._tag, "RecordUnknown")
      assert.match(unknown.message, /newer brink/)
    })
  )

  it.effect("forgotten keys and merges segments, so that few files remain, and none comes back", () =>
    Effect.gen(function* () {
      const disk = memoryDisk()
      const world = makeWorld({ disk, packFrom: 4 })
      disk.clock.now = 100 * DAY
      const mades = Array.from({ length: 20 }, (_, i) =>
        sampleMade({ action: sampleAction({ params: { i } }), at: disk.clock.now })
      )
      const [first, second] = [mades[0]!.result.key, mades[1]!.result.key]
      for (let from = 0; from < 20; from += 5)
        yield* world.within(
          Effect.gen(function* () {
            const store = yield* Store.Store
            for (const made of mades.slice(from, from + 5)) yield* publishMade(made)
            yield* store.pack
          })
        )
      yield* world.within(Effect.flatMap(Store.Store, ({ forget }) => forget(first)))
      disk.clock.now += 2 * DAY
      yield* world.within(Effect.flatMap(Store.Store, ({ forget }) => forget(second)))
      const pin = {
        name: "all",
        of: "*",
        keys: mades.map(({ result }) => result.key),
        behind: [],
        digests: [],
        who: "me",
        at: 0
      }
      yield* world.within(Pins.set(ROOT, pin))
      yield* world.within(collect(ROOT))
      const names = [...disk.files.keys()]
      assert.strictEqual(names.filter((name) => name.startsWith(`${ROOT}/index/`)).length, 1)
      assert.deepStrictEqual(
        names.filter((name) => name.endsWith(".record")),
        [Layout.recordPath(ROOT, second)],
        "only the young one still says that it was forgotten"
      )
      yield* world.within(
        Effect.gen(function* () {
          const store = yield* Store.Store
          for (const { result } of mades)
            assert.strictEqual(
              (yield* store.find(result.key))._tag,
              [first, second].includes(result.key) ? "Miss" : "Hit"
            )
        })
      )
    })
  )
})

describe("on a disk", () => {
  const size = (path: string): number =>
    readdirSync(path, { recursive: true, withFileTypes: true }).reduce((sum, entry) => {
      const stat = statSync(join(entry.parentPath, entry.name))
      return sum + (stat.isFile() ? stat.size : 0)
    }, 0)

  it.effect("a dry run counts what a real one takes, to the byte, and what it leaves behind is that much smaller", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const write = (path: string, text: string): void => {
        within(dirname(join(root, path)), () => writeFileSync(join(root, path), text))
      }
      const store = yield* Store.Store.pipe(
        Effect.provide(Store.layer(root, { packFrom: 10 }).pipe(Layer.provide(diskLayer)))
      )
      const publish = (made: Made) => publishMade(made).pipe(Effect.provideService(Store.Store, store))
      for (let i = 0; i < 40; i++) {
        const action = sampleAction({ params: { i } })
        yield* publish(sampleMade({ action, weights: `weights ${i % 25}`, large: i % 2 === 0 }))
        if (i === 20 || i === 34) yield* store.pack
      }
      const kept = sampleMade({ action: sampleAction({ params: { kept: true } }), weights: "kept" })
      yield* publish(kept)
      const orphan = yield* store.put(bytesOf("nobody's"))
      write(`cas/sha256/${orphan.digest.slice(0, 2)}/.tmp.here.1.abc`, "half of an obj")
      write("runs/20200101T000000.000-aa/events.h.1.ndjson", '{"v":1,"at":1,"type":"run-started","pipeline":"p"}\n')
      write("runs/20200101T000000.000-aa/logs/k.log", "what it wrote")
      write(`ckpt/${sha256("x")}/${sha256("x")}.1`, "state")
      const empty = join(root, "ckpt", sha256("empty"))
      mkdirSync(empty)
      write(
        "runs/20210101T000000.000-bb/run.json",
        checkedJson.encode({ run: "bb", pipeline: "p", made: { a: kept.result.key } })
      )
      const age = (folder: string): void => {
        for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
          if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), 1000, 1000)
      }
      age(root)
      utimesSync(empty, 1000, 1000)
      const young = sampleMade({ action: sampleAction({ params: { young: true } }), weights: "young" })
      yield* publish(young)
      const options = { keepRuns: 1 }
      const foreseen = yield* collect(root, { ...options, dryRun: true })
      const before = size(root)
      const real = yield* collect(root, options)
      assert.deepStrictEqual(real.taken, foreseen.taken)
      assert.isFalse(existsSync(empty), "nothing is left of a family without states")
      for (const { kind, count } of real.taken) if (kind !== "divergent") assert.isAbove(count, 0, kind)
      assert.strictEqual(bytesIn(real.taken), before - (size(root) - size(join(root, "trash"))))
      const trashed = size(join(root, "trash"))
      const next = yield* collect(root, options)
      assert.strictEqual(next.deleted.bytes, trashed)
      assert.strictEqual(bytesIn(next.taken), 0)
      for (const { result } of [kept, young]) assert.strictEqual((yield* store.find(result.key))._tag, "Hit")
    }).pipe(Effect.provide(diskLayer))
  )
})
