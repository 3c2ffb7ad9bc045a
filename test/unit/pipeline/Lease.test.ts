/** Leases: notes of living processes, and of no others. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as Disk from "../../../src/pipeline/Disk.ts"
import * as Lease from "../../../src/pipeline/Lease.ts"
import { yieldingDisk } from "../../fault/failingDisk.ts"
import { copyOf, posix, systemOn } from "../../fault/posix.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"

const about = { key: "k".repeat(64), address: "train@seed=1", run: "r1" }

/** Another process that lives until the scope closes, and the ticks at which it was born. */
const otherProcess = Effect.acquireRelease(
  Effect.promise(async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] })
    await once(child, "spawn")
    return child
  }),
  (child) => Effect.promise(() => end(child))
)

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, "close")
  child.kill("SIGKILL")
  await closed
}

const bornAt = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!
}

const leaseOf = (child: ChildProcess, changes: Partial<Lease.Lease> = {}): Lease.Lease => ({
  ...about,
  host: hostname(),
  pid: child.pid!,
  born: bornAt(child.pid!),
  since: 0,
  ...changes
})

/** Lays a lease into the store as its holder does; with another text where one is given. */
const place = (root: string, { key, ...rest }: Lease.Lease, text = JSON.stringify(rest)): void => {
  mkdirSync(join(root, "leases"), { recursive: true })
  rmSync(join(root, "leases", key), { force: true })
  symlinkSync(text, join(root, "leases", key))
}

const names = (root: string): ReadonlyArray<string> => readdirSync(join(root, "leases"))

describe("a lease", () => {
  it.effect("is there while its scope is open, names its process, and is gone after", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* Effect.scoped(
        Effect.gen(function* () {
          assert.isTrue(yield* Lease.hold(root, about))
          const [lease, ...more] = yield* Lease.live(root)
          assert.deepStrictEqual(
            { ...lease, born: "" },
            { ...about, host: hostname(), pid: process.pid, born: "", since: 0 }
          )
          assert.isEmpty(more)
          assert.strictEqual(lease!.born, bornAt(process.pid))
        })
      )
      assert.deepStrictEqual(names(root), [])
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("of another living process is respected, for its key only, and passes on when that ends", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const child = yield* otherProcess
      place(root, leaseOf(child))
      assert.isFalse(yield* Lease.hold(root, about))
      assert.isTrue(yield* Lease.hold(root, { ...about, key: "other" }))
      yield* Effect.promise(() => end(child))
      assert.isTrue(yield* Lease.hold(root, about))
      assert.deepStrictEqual(
        (yield* Lease.live(root)).map(({ pid }) => pid),
        [process.pid, process.pid]
      )
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("goes to one of many that ask at once, also where they take it from one that is gone", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const child = yield* otherProcess
      const lease = leaseOf(child)
      yield* Effect.promise(() => end(child))
      const ask = (pid: number) =>
        Effect.provideService(Lease.hold(root, about), Lease.Self, {
          host: hostname(),
          pid,
          born: "",
          sees: (other) => other < 10
        })
      for (const before of [undefined, lease]) {
        if (before !== undefined) place(root, before)
        const got = yield* Effect.scoped(Effect.forEach([1, 2, 3, 4], ask, { concurrency: "unbounded" }))
        assert.deepStrictEqual(got.filter((each) => each).length, 1)
        assert.deepStrictEqual(names(root), [])
      }
    }).pipe(Effect.provide(yieldingDisk))
  )

  it.effect("of a dead process is not live, and is removed", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const child = yield* otherProcess
      place(root, leaseOf(child))
      assert.strictEqual((yield* Lease.live(root)).length, 1)
      yield* Effect.promise(() => end(child))
      assert.deepStrictEqual(yield* Lease.live(root), [])
      assert.deepStrictEqual(names(root), [])
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("whose process number was given to another process is not live", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      place(root, leaseOf(yield* otherProcess, { born: "1" }))
      assert.deepStrictEqual(yield* Lease.live(root), [])
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("of another host is live while it is renewed, and for two minutes after", () =>
    Effect.gen(function* () {
      const disk = posix()
      const onDisk = Effect.provide(Layer.succeed(Disk.Disk)(Disk.over(systemOn(disk))))
      systemOn(disk).mkdirSync("/store")
      const elsewhere = { host: "elsewhere", pid: 7, born: "1", sees: () => false }
      const pass = (seconds: number) =>
        Effect.andThen(TestClock.adjust(`${seconds} seconds`), () => {
          disk.clock.now += 1000 * seconds
          return Effect.yieldNow
        })
      const holding = yield* Effect.forkChild(
        Effect.scoped(
          Effect.andThen(Effect.provideService(Lease.hold("/store", about), Lease.Self, elsewhere), Effect.never)
        ).pipe(onDisk)
      )
      const isFree = Effect.scoped(Lease.hold("/store", about)).pipe(onDisk)
      for (let minute = 0; minute < 5; minute++) {
        for (let part = 0; part < 6; part++) yield* pass(10)
        assert.isFalse(yield* isFree, `after ${minute} minutes`)
        assert.deepStrictEqual(
          (yield* onDisk(Lease.live("/store"))).map(({ host, address }) => [host, address]),
          [["elsewhere", about.address]]
        )
      }
      // Its host loses power: the lease stays as it was.
      const left = copyOf(disk)
      yield* Fiber.interrupt(holding)
      const afterwards = Effect.provide(Layer.succeed(Disk.Disk)(Disk.over(systemOn(left))))
      left.clock.now += 90_000
      assert.isFalse(yield* Effect.scoped(Lease.hold("/store", about)).pipe(afterwards))
      left.clock.now += 60_000
      assert.isTrue(yield* Effect.scoped(Lease.hold("/store", about)).pipe(afterwards))
    })
  )

  it.effect("that says anything else counts for nothing, and stops nobody", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const child = yield* otherProcess
      const { key: _key, ...rest } = leaseOf(child)
      const text = JSON.stringify(rest)
      const cut = Array.from({ length: text.length - 1 }, (_, i) => text.slice(0, i + 1))
      for (const foreign of [...cut, "null", "3", "[]", "{}"]) {
        place(root, leaseOf(child), foreign)
        assert.isTrue(yield* Effect.scoped(Lease.hold(root, about)), foreign)
        place(root, leaseOf(child), foreign)
        assert.deepStrictEqual(yield* Lease.live(root), [], foreign)
      }
      writeFileSync(join(root, "leases", about.key), "a file")
      assert.isTrue(yield* Effect.scoped(Lease.hold(root, about)))
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("of a very long address is held all the same", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      assert.isTrue(yield* Lease.hold(root, { ...about, address: "x".repeat(10_000) }))
      assert.strictEqual((yield* Lease.live(root)).length, 1)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("is not found in a store that does not exist", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      assert.deepStrictEqual(yield* Lease.live(join(root, "nowhere")), [])
    }).pipe(Effect.provide(Disk.layer))
  )
})
