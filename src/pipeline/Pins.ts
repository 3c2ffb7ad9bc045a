/**
 * Names for what must be kept: `roots/<name>.json`, each with the digests and keys that it stands for. A collection never
 * takes what a pin names, nor what that was made from. Knows nothing of addresses.
 */
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import * as Effect from "effect/Effect"
import * as checkedJson from "./checkedJson.ts"
import { Disk, publish, replace } from "./Disk.ts"
import { PinInvalid, PinTaken, type StoreUnavailable } from "./Errors.ts"
import * as Layout from "./Layout.ts"
import { didYouMean, nearestNames } from "./nearestNames.ts"

export interface Pin {
  readonly name: string
  /** As it was asked for: an address, a key or a digest. */
  readonly of: string
  readonly keys: ReadonlyArray<string>
  /** The keys of everything that those were made from. */
  readonly behind: ReadonlyArray<string>
  readonly digests: ReadonlyArray<string>
  readonly who: string
  readonly at: number // ms since 1970
}

const ENDING = ".json"
const pathOf = (root: string, name: string): string => join(Layout.pinsFolder(root), `${name}${ENDING}`)

/** A name that can be a file's anywhere. */
const isName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)

const names = (root: string): Effect.Effect<ReadonlyArray<string>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found = yield* disk.list(Layout.pinsFolder(root))
    return found.flatMap((file) => (file.endsWith(ENDING) && isName(file) ? [file.slice(0, -ENDING.length)] : []))
  })

/**
 * All pins, by name.
 *
 * Errors  PinInvalid where one is damaged: what it kept is not known, so nothing may be taken
 */
export const all = (root: string): Effect.Effect<ReadonlyArray<Pin>, StoreUnavailable | PinInvalid, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found: Array<Pin> = []
    for (const name of [...(yield* names(root))].sort()) {
      const bytes = yield* disk.read(pathOf(root, name))
      if (bytes === undefined) continue
      const pin = checkedJson.decode<Partial<Pin>>(bytes)
      if (!Array.isArray(pin?.keys) || !Array.isArray(pin.behind) || !Array.isArray(pin.digests))
        return yield* new PinInvalid({
          name,
          problem: `${pathOf(root, name)} is damaged, so what it keeps is not known. Set it again with --replace, or remove the file.`
        })
      found.push({ ...(pin as Pin), name })
    }
    return found
  })

/** Sets a pin where there is none of that name; sets it all the same where it is to be replaced, or keeps the same. */
export const set = (
  root: string,
  pin: Pin,
  { replaces = false }: { readonly replaces?: boolean } = {}
): Effect.Effect<void, StoreUnavailable | PinInvalid | PinTaken, Disk> =>
  Effect.gen(function* () {
    const { name, of } = pin
    if (!isName(name))
      return yield* new PinInvalid({
        name,
        problem: "it names a file: expected letters, digits, dot, dash and underscore, a letter or digit first."
      })
    const bytes = new TextEncoder().encode(checkedJson.encode({ v: 1, ...pin }))
    if (!replaces && (yield* publish(pathOf(root, name), bytes))) return
    const held = replaces ? undefined : (yield* all(root)).find((other) => other.name === name)
    if (held !== undefined && !isDeepStrictEqual(held.keys, pin.keys))
      return yield* new PinTaken({ name, keeps: held.of, asked: of, results: held.keys.length, at: held.at })
    yield* replace(pathOf(root, name), bytes)
  })

/** Removes a pin; what it kept may be collected then. */
export const remove = (root: string, name: string): Effect.Effect<void, StoreUnavailable | PinInvalid, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const known = yield* names(root)
    if (!known.includes(name)) {
      const meant = didYouMean(nearestNames(name, known))
      return yield* new PinInvalid({ name, problem: `there is none of that name.${meant} \`brink pin\` lists all.` })
    }
    yield* disk.remove(pathOf(root, name))
  })
