/** Leases: notes of living processes, and of no others. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Disk from "../../../src/pipeline/Disk.ts"
import * as Lease from "../../../src/pipeline/Lease.ts"
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

const place = (root: string, lease: Lease.Lease): void => {
  mkdirSync(join(root, "leases"), { recursive: true })
  writeFileSync(join(root, "leases", `${lease.key}.${lease.host}.${lease.pid}`), JSON.stringify(lease))
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

  it.effect("of another living process is respected, for its key only", () =>
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

  it.effect("of a dead process is not live, and is removed", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const child = yield* otherProcess
      const lease = leaseOf(child)
      place(root, lease)
      yield* Effect.promise(() => end(child))
      assert.isFalse(Lease.isLive(lease))
      assert.deepStrictEqual(yield* Lease.live(root), [])
      assert.deepStrictEqual(names(root), [])
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("whose process number was given to another process is not live", () =>
    Effect.gen(function* () {
      const child = yield* otherProcess
      assert.isTrue(Lease.isLive(leaseOf(child)))
      assert.isFalse(Lease.isLive(leaseOf(child, { born: "1" })))
    })
  )

  it.effect("of another host stops nobody, and is left to its host", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const child = yield* otherProcess
      place(root, leaseOf(child, { host: "elsewhere" }))
      assert.isTrue(yield* Lease.hold(root, about))
      assert.strictEqual(names(root).length, 2)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("that is torn at any byte counts for nothing", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const child = yield* otherProcess
      const text = JSON.stringify(leaseOf(child))
      for (let length = 0; length < text.length; length++) {
        place(root, leaseOf(child))
        writeFileSync(join(root, "leases", names(root)[0]!), text.slice(0, length))
        assert.deepStrictEqual(yield* Lease.live(root), [], `at ${length} bytes`)
      }
      for (const foreign of ["null", "3", "[]", "{}"]) {
        place(root, leaseOf(child))
        writeFileSync(join(root, "leases", names(root)[0]!), foreign)
        assert.deepStrictEqual(yield* Lease.live(root), [], foreign)
      }
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("is not found in a store that does not exist", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      assert.deepStrictEqual(yield* Lease.live(join(root, "nowhere")), [])
    }).pipe(Effect.provide(Disk.layer))
  )
})
