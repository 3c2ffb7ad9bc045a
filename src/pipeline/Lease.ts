/**
 * Advisory notes of who works on what, so that two controllers do not do the same work, and so that `status` can tell what
 * runs. They decide nothing: results are content-addressed, and a lease whose holder is gone counts for nothing, so nobody
 * ever has to remove one by hand.
 */
import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import { basename, dirname, join } from "node:path"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Claimed, Disk, timeOf } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import * as Layout from "./Layout.ts"
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

/** A process among those of its host. */
export interface Holder {
  readonly host: string
  readonly pid: number
  readonly born: string
  /** Whether a process of this host that was born then is there. */
  readonly sees: (pid: number, born: string) => boolean
}

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

/** Who this process is; a test says otherwise. */
export const Self: Context.Reference<Holder> = Context.Reference<Holder>("brink/pipeline/Lease/Self", {
  defaultValue: () => ({
    host: hostname(),
    pid: process.pid,
    born: bornAt(process.pid),
    sees: (pid, born) => exists(pid) && bornAt(pid) === born
  })
})

/** The holder of a lease says so every so often, for those on other hosts, who cannot see its process. */
const RENEWAL_SECONDS = 20
/** A lease from another host that was not renewed for so long is one whose holder is gone. Clients may see a minute late. */
const EXPIRY_MILLISECONDS = 120_000

/** What fits into a name's text beside the rest, on every file system. */
const LONGEST_ADDRESS = 1000

const isKey = (name: string): boolean => !name.startsWith(".")

const textOf = ({ key: _key, address, ...rest }: Lease): string =>
  JSON.stringify({ ...rest, address: address.slice(0, LONGEST_ADDRESS) })

const read = (key: string, { text }: Claimed): Lease | undefined => {
  const lease = parseJson<Omit<Lease, "key">>(text)
  return typeof lease?.pid === "number" && typeof lease.host === "string" ? { ...lease, key } : undefined
}

/** Whether the holder of a lease is there. */
const isLive = (root: string, lease: Lease, claimed: Claimed): Effect.Effect<boolean, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const { host, sees } = yield* Self
    if (lease.host === host) return sees(lease.pid, lease.born)
    return (yield* timeOf(Layout.leasesFolder(root))) - claimed.milliseconds < EXPIRY_MILLISECONDS
  })

/** All leases whose holder is there; those of others are removed. */
export const live = (root: string): Effect.Effect<ReadonlyArray<Lease>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found: Array<Lease> = []
    for (const name of (yield* disk.list(Layout.leasesFolder(root))).filter(isKey)) {
      const path = join(Layout.leasesFolder(root), name)
      const claimed = yield* disk.claimed(path)
      if (claimed === undefined) continue
      const lease = read(name, claimed)
      if (lease !== undefined && (yield* isLive(root, lease, claimed))) found.push(lease)
      else yield* disk.remove(path)
    }
    return found
  })

/** The lease of another process on a key, if there is one and its holder is there. */
export const holderOf = (root: string, key: string): Effect.Effect<Lease | undefined, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const { host, pid, born } = yield* Self
    const claimed = yield* disk.claimed(join(Layout.leasesFolder(root), key))
    const lease = claimed === undefined ? undefined : read(key, claimed)
    if (claimed === undefined || lease === undefined) return undefined
    if (lease.host === host && lease.pid === pid && lease.born === born) return undefined
    return (yield* isLive(root, lease, claimed)) ? lease : undefined
  })

/** Takes the lease away from a holder that is gone; whoever else has taken it meanwhile gets it back. */
const takeAway = (path: string, from: Claimed): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const { host, pid } = yield* Self
    const aside = join(dirname(path), `.gone.${basename(path)}.${host}.${pid}`)
    const moved = yield* Effect.exit(disk.rename(path, aside))
    const taken = moved._tag === "Success" ? yield* disk.claimed(aside) : undefined
    if (taken === undefined) return
    yield* disk.remove(aside)
    if (taken.text !== from.text) yield* disk.claim(path, taken.text)
  })

/** How often a lease may change hands while one asks for it. */
const MOST_TRIES = 8

/**
 * Holds a lease on a key until the scope closes; `false` where another holds one and is there.
 *
 * Errors  StoreUnavailable
 */
export const hold = (
  root: string,
  about: { readonly key: string; readonly address: string; readonly run: string }
): Effect.Effect<boolean, StoreUnavailable, Disk | Scope.Scope> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const { host, pid, born } = yield* Self
    const path = join(Layout.leasesFolder(root), about.key)
    const text = textOf({ ...about, host, pid, born, since: yield* Clock.currentTimeMillis })
    const ours = Effect.map(disk.claimed(path), (claimed) => claimed?.text === text)
    const release = Effect.flatMap(ours, (still) => (still ? disk.remove(path) : Effect.void)).pipe(Effect.ignore)
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const taken = yield* Effect.acquireRelease(disk.claim(path, text), (got) => (got ? release : Effect.void))
      if (taken) {
        const renew = Effect.flatMap(ours, (still) => (still ? disk.renew(path, text) : Effect.void))
        yield* Effect.ignore(renew).pipe(Effect.delay(`${RENEWAL_SECONDS} seconds`), Effect.forever, Effect.forkScoped)
        return true
      }
      const claimed = yield* disk.claimed(path)
      if (claimed === undefined) continue
      const holder = read(about.key, claimed)
      if (holder?.host === host && holder.pid === pid && holder.born === born) return true
      if (holder !== undefined && (yield* isLive(root, holder, claimed))) return false
      yield* takeAway(path, claimed)
    }
    return true
  })
