/** Journals: readable whatever came of the process that wrote them. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as checkedJson from "../../../src/pipeline/checkedJson.ts"
import * as Disk from "../../../src/pipeline/Disk.ts"
import * as Journal from "../../../src/pipeline/Journal.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"

const started = (run: string, pipeline = "p"): Journal.Event => ({
  type: "run-started",
  run,
  pipeline,
  params: {},
  pid: 1,
  host: "here",
  command: "run p"
})
const finished = (address: string, key: string): Journal.Event => ({
  type: "action-finished",
  address,
  key,
  milliseconds: 1,
  resumed: false,
  output: "o"
})

/** Writes the events of a run, a second apart; it is killed unless a record is given. */
const write = (
  root: string,
  run: string,
  events: ReadonlyArray<Journal.Event>,
  record?: Omit<Journal.RunRecord, "run">
) =>
  Effect.gen(function* () {
    const journal = yield* Journal.Journal
    for (const event of events) {
      yield* TestClock.adjust("1 second")
      yield* journal.record(event)
    }
    if (record !== undefined) yield* journal.finish(record)
  }).pipe(Effect.provide(Journal.layer(root, run)))

const eventsFile = (root: string, run: string): string => {
  const folder = join(root, "runs", run)
  return join(folder, readdirSync(folder).find((name) => name.startsWith("events."))!)
}

describe("a journal", () => {
  it.effect("gives back what was recorded, in the order of time, with its version", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const all = [started("r1"), finished("a", "1"), finished("b", "2")]
      yield* write(root, "r1", all)
      const events = yield* Journal.events(root, "r1")
      assert.deepStrictEqual(
        events,
        all.map((event, i) => ({ v: Journal.EVENTS_VERSION, at: 1000 * (i + 1), ...event }))
      )
      assert.deepStrictEqual(yield* Journal.events(root, "none"), [])
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("of several processes is read as one, by time", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* write(root, "r1", [started("r1"), finished("a", "1")])
      const other = { v: 1, at: 1500, ...finished("between", "3") }
      writeFileSync(join(root, "runs", "r1", "events.other.7.ndjson"), `${checkedJson.encode(other)}\n`)
      const events = yield* Journal.events(root, "r1")
      assert.deepStrictEqual(
        events.map(({ at }) => at),
        [1000, 1500, 2000]
      )
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("cut at any byte never throws, and never tells of fewer events where more bytes are left", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* write(root, "r1", [started("r1"), finished("a", "1"), finished("ä@λ=1", "2")])
      const path = eventsFile(root, "r1")
      const whole = readFileSync(path)
      let most = 0
      for (let length = 0; length <= whole.byteLength; length++) {
        writeFileSync(path, whole.subarray(0, length))
        const { length: amount } = yield* Journal.events(root, "r1")
        assert.isAtLeast(amount, most, `at ${length} bytes`)
        most = amount
        const record = yield* Journal.recordOf(root, "r1")
        assert.strictEqual(Object.keys(record?.made ?? {}).length, Math.max(0, amount - 1))
      }
      assert.strictEqual(most, 3)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("goes on after a torn line, losing no more than that line and the next", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* write(root, "r1", [started("r1")])
      const path = eventsFile(root, "r1")
      writeFileSync(path, `${readFileSync(path, "utf8")}{"v":1,"at":2,"ty`)
      yield* write(root, "r1", [finished("a", "1"), finished("b", "2")])
      const events = yield* Journal.events(root, "r1")
      assert.deepStrictEqual(
        events.map(({ type }) => type),
        ["run-started", "action-finished"]
      )
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("with lines that are no events still tells the rest", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* write(root, "r1", [started("r1"), finished("a", "1")])
      const path = eventsFile(root, "r1")
      writeFileSync(path, `${readFileSync(path, "utf8")}null\n5\n"text"\n\u0000\u0000\n`)
      assert.strictEqual((yield* Journal.recordOf(root, "r1"))?.made["a"], "1")
    }).pipe(Effect.provide(Disk.layer))
  )
})

describe("the record of a run", () => {
  it.effect("that was killed is what its events tell", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* write(root, "r1", [started("r1", "mnist"), finished("a", "1"), finished("b", "2")])
      assert.deepStrictEqual(yield* Journal.recordOf(root, "r1"), {
        run: "r1",
        pipeline: "mnist",
        made: { a: "1", b: "2" },
        executed: ["a", "b"]
      })
      assert.isUndefined(yield* Journal.recordOf(root, "none"))
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("that ended is what it wrote in the end: hits too", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const record = { pipeline: "p", made: { hit: "0", a: "1" }, executed: ["a"] }
      yield* write(root, "r1", [started("r1"), finished("a", "1")], record)
      assert.deepStrictEqual(yield* Journal.recordOf(root, "r1"), { run: "r1", ...record })
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("cut at any byte falls back on its events", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* write(root, "r1", [started("r1"), finished("a", "1")], {
        pipeline: "p",
        made: { a: "1" },
        executed: ["a"]
      })
      const path = join(root, "runs", "r1", "run.json")
      const whole = readFileSync(path)
      for (let length = 0; length < whole.byteLength; length++) {
        writeFileSync(path, whole.subarray(0, length))
        assert.strictEqual((yield* Journal.recordOf(root, "r1"))?.made["a"], "1", `at ${length} bytes`)
      }
      for (const foreign of ["null", "3", "[]", "{}"]) {
        writeFileSync(path, foreign)
        assert.strictEqual((yield* Journal.recordOf(root, "r1"))?.made["a"], "1", foreign)
      }
    }).pipe(Effect.provide(Disk.layer))
  )
})

describe("history", () => {
  it.effect("is the newest key at each address, of one pipeline only", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const record = (made: Record<string, string>, pipeline = "p") => ({ pipeline, made, executed: [] })
      yield* write(root, "20250101T000000-a", [started("1")], record({ a: "old", b: "old" }))
      yield* write(root, "20250102T000000-a", [started("2", "other")], record({ a: "other", d: "its own" }, "other"))
      yield* write(root, "20250103T000000-a", [started("3"), finished("a", "killed")])
      yield* write(root, "20250104T000000-a", [started("4")], record({ c: "new" }))
      const found = yield* Journal.history(root, "p")
      assert.deepStrictEqual(Object.fromEntries(found), { a: "killed", b: "old", c: "new" })
      assert.strictEqual((yield* Journal.history(root)).get("d"), "its own", "of all pipelines, where none is named")
      assert.deepStrictEqual((yield* Journal.runs(root))[0], "20250104T000000-a")
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("is not lost when other pipelines run often", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* write(root, "20250101T000000-a", [started("1"), finished("a", "mine")])
      for (let i = 10; i < 50; i++) yield* write(root, `20250102T0000${i}-a`, [started("2", "other")])
      assert.strictEqual((yield* Journal.history(root, "p")).get("a"), "mine")
    }).pipe(Effect.provide(Disk.layer))
  )
})

describe("history of a pipeline that runs often", () => {
  it.effect("goes back over thirty runs of it, and no further", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      for (let i = 10; i < 45; i++)
        yield* write(root, `20250102T0000${i}-a`, [started("1"), finished(`cell ${i}`, "1")])
      const found = yield* Journal.history(root, "p")
      assert.strictEqual(found.size, 30)
      assert.isTrue(found.has("cell 44"))
      assert.isFalse(found.has("cell 14"))
    }).pipe(Effect.provide(Disk.layer))
  )
})

describe("the name of a run", () => {
  it("sorts by time", () => {
    const time = Date.UTC(2025, 0, 31, 23, 59, 59)
    assert.match(Journal.newRunId(time, "abc"), /^20250131T235959.*abc$/)
    assert.isBelow(Journal.newRunId(time, "z").localeCompare(Journal.newRunId(time + 1000, "a")), 0)
  })

  it("sorts by time within a second too, since small runs take less", () => {
    const time = Date.UTC(2025, 0, 31, 23, 59, 59)
    assert.isTrue(Journal.newRunId(time + 100, "z") < Journal.newRunId(time + 900, "a"))
  })
})
