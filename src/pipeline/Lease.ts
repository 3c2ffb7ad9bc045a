/**
 * Advisory notes of who works on what, so that two controllers do not do the same work, and so that `status` can tell what
 * runs. They decide nothing: results are content-addressed, and a lease whose process is gone counts for nothing.
 */
import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Disk } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import { parseJson } from "./parseJson.ts"

export interface Lease {
  readonly key: string
  readonly address: string
  readonly run: string
  readonly host: string
  readonly pid: number
  /** When the process started, in ticks of its host: a reused pid is another process. */
  readonly born: string
  readonly since: number
}

const folder = (root: string): string => join(root, "leases")

/** Field 22 of /proc/<pid>/stat; empty where the system has no such file. */
const bornAt = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
  } catch {
    return ""
  }
}

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** Only processes of this host can be seen; a lease of another host is taken for gone, which wastes work at worst. */
export const isLive = (lease: Lease): boolean =>
  lease.host === hostname() && exists(lease.pid) && bornAt(lease.pid) === lease.born

/** All leases whose process is alive; those of dead ones are removed. */
export const live = (root: string): Effect.Effect<ReadonlyArray<Lease>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found: Array<Lease> = []
    for (const name of yield* disk.list(folder(root))) {
      if (name.startsWith(".tmp")) continue
      const path = join(folder(root), name)
      const bytes = yield* disk.read(path)
      if (bytes === undefined) continue
      const lease = parseJson<Lease>(bytes)
      if (lease !== undefined && isLive(lease)) found.push(lease)
      else if (lease === undefined || lease.host === hostname()) yield* disk.remove(path)
    }
    return found
  })

/**
 * Holds a lease on a key until the scope closes; `false` where another live process holds one, or where two tried at once
 * and should try again, each after another time.
 */
export const hold = (
  root: string,
  about: { readonly key: string; readonly address: string; readonly run: string }
): Effect.Effect<boolean, StoreUnavailable, Disk | Scope.Scope> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const isFree = Effect.map(live(root), (leases) =>
      leases.every((lease) => lease.key !== about.key || (lease.pid === process.pid && lease.host === hostname()))
    )
    if (!(yield* isFree)) return false
    const path = join(folder(root), `${about.key}.${hostname()}.${process.pid}`)
    const lease: Lease = {
      ...about,
      host: hostname(),
      pid: process.pid,
      born: bornAt(process.pid),
      since: yield* Clock.currentTimeMillis
    }
    yield* Effect.acquireRelease(disk.note(path, new TextEncoder().encode(JSON.stringify(lease))), () =>
      Effect.ignore(disk.remove(path))
    )
    // Of two that begin at once, at least one sees the other here.
    if (yield* isFree) return true
    yield* disk.remove(path)
    return false
  })
