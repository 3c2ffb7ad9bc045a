/**
 * Folders that are there when something is written into them, and whose names are on disk. A folder may have been made by a
 * process that was killed before its name was durable: so whoever uses one for the first time makes sure of that itself.
 */
import { dirname, join } from "node:path"
import { codeOf, type Status, type System } from "./System.ts"

/** What there is under a path; `undefined` where there is nothing. */
export const statusOf = (system: System, path: string): Status | undefined => {
  try {
    return system.statSync(path)
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return undefined
    throw cause
  }
}

/** Makes what was written to a file durable, or the names in a folder. */
export const sync = (system: System, path: string): void => {
  const descriptor = system.openSync(path, "r")
  try {
    system.fsyncSync(descriptor)
  } finally {
    system.closeSync(descriptor)
  }
}

/**
 * Makes a folder; `false` where the name is taken. Node's own recursive `mkdir` hides why it cannot, and never ends where the system tells of a folder that neither is there
 * nor can be made, as in /proc.
 */
const make = (system: System, path: string): boolean => {
  try {
    system.mkdirSync(path)
    return true
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false
    throw cause
  }
}

export interface Folders {
  /** Does what needs a folder, once more if the folder was removed meanwhile. */
  readonly within: <A>(folder: string, run: () => A) => A
  /** Another has to make sure of this folder before it is used again. */
  readonly forget: (folder: string) => void
}

export const folders = (system: System): Folders => {
  const durable = new Set<string>()

  /**
   * One look at the folder above tells of all its folders, and one call makes all of their names durable. A client of a
   * shared disk may take a folder that is gone for one that is there: `anew` does not ask.
   */
  const makeSure = (path: string, anew: boolean): void => {
    const above = dirname(path)
    if (durable.has(path) || above === path) return
    let made = false
    if (anew || statusOf(system, path)?.isDirectory() !== true) {
      makeSure(above, anew)
      made = make(system, path)
    }
    try {
      const names = system.readdirSync(above)
      sync(system, above)
      for (const name of names) durable.add(join(above, name))
    } catch (cause) {
      // A folder that others made in one that is closed to this process.
      if (made || !["EACCES", "EPERM"].includes(codeOf(cause))) throw cause
    }
    durable.add(path)
  }

  const forget = (path: string): void => {
    durable.delete(path)
    if (dirname(path) !== path) forget(dirname(path))
  }

  return {
    within: (folder, run) => {
      makeSure(folder, false)
      try {
        return run()
      } catch (cause) {
        if (codeOf(cause) !== "ENOENT" && codeOf(cause) !== "ESTALE") throw cause
        forget(folder)
        makeSure(folder, true)
        return run()
      }
    },
    forget
  }
}
