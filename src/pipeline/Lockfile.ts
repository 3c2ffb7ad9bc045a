/**
 * What an installed package is: its version and integrity, and those of everything it depends on, from package-lock.json.
 * Knows nothing of stages.
 */
import { canonical, sha256 } from "./canonical.ts"

interface Entry {
  readonly version?: string
  readonly integrity?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, Entry>>
}

/** `effect/Schema` → `effect`, `@scope/name/part` → `@scope/name` */
export const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

/** Where Node finds `name` when the package at `from` imports it. */
const resolve = (lock: Lockfile, from: string, name: string): string | undefined => {
  for (let folder = from; ; ) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (path in lock.packages) return path
    if (folder === "") return undefined
    const outer = folder.lastIndexOf("/node_modules/")
    folder = outer < 0 ? "" : folder.slice(0, outer)
  }
}

/** The identity of a package: its version, and a digest over itself and all that it depends on; `undefined` if it is not locked. */
export const identityOf = (lock: Lockfile, name: string): string | undefined => {
  const first = resolve(lock, "", name)
  if (first === undefined) return undefined
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const entry = lock.packages[path]!
    for (const dependency of Object.keys({
      ...entry.dependencies,
      ...entry.optionalDependencies,
      ...entry.peerDependencies
    })) {
      const found = resolve(lock, path, dependency)
      if (found !== undefined) visit(found)
    }
  }
  visit(first)
  const closure = [...seen]
    .sort()
    .map((path) => [path, lock.packages[path]!.version ?? "", lock.packages[path]!.integrity ?? ""])
  return `${lock.packages[first]!.version} ${sha256(canonical(closure)).slice(0, 16)}`
}
