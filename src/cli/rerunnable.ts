/**
 * Whether the code that made a result can be run again in this project as it is now: the same bundle, framework,
 * packages and files.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Action } from "../pipeline/Action.ts"
import { sha256 } from "../pipeline/canonical.ts"
import { Disk, remember } from "../pipeline/Disk.ts"
import { bundlePath, bundleStage, type Code, PROTOCOL } from "../pipeline/Fingerprint.ts"
import { identityOf, type Lockfile } from "../pipeline/Lockfile.ts"
import * as ProjectFile from "../pipeline/ProjectFile.ts"
import { parseJson } from "../pipeline/parseJson.ts"
import type { Project } from "./Project.ts"

/** What stands against it, if anything does; asked once for each bundle. */
export const codeProblems = ({ root, digestOf }: Project) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const { packages = {} } = parseJson<Partial<Lockfile>>(yield* disk.read(join(root, "package-lock.json"))) ?? {}
    const lock: Lockfile = { packages }
    const known = new Map<string, string | undefined>()

    /** The bundle of a stage as it is now, if it is the one that is wanted. */
    const bundleAgain = (code: Code) =>
      Effect.gen(function* () {
        const bundled = yield* Effect.option(bundleStage(root, lock, code.stage, Object.keys(code.packages)))
        if (bundled._tag === "None" || bundled.value.code.bundle !== code.bundle)
          return bundled._tag === "Some" && bundled.value.code.identity === code.identity
            ? "its code is gone: the stage says the same by now, with other names"
            : "its code is gone: the stage says something else by now"
        yield* remember(bundlePath(root, code.bundle), new TextEncoder().encode(bundled.value.text))
        return undefined
      })

    const look = (code: Code) =>
      Effect.gen(function* () {
        if (code.protocol !== PROTOCOL) return "the framework computes something else by now"
        const other = Object.entries(code.packages).find(([name, identity]) => identityOf(lock, name) !== identity)
        if (other !== undefined)
          return `package ${other[0]} was ${other[1].split(" ")[0]}, and is ${identityOf(lock, other[0])?.split(" ")[0] ?? "gone"}`
        const bundle = yield* disk.read(bundlePath(root, code.bundle))
        if (bundle !== undefined && sha256(bundle) === code.bundle) return undefined
        return yield* bundleAgain(code)
      }).pipe(Effect.provideService(Disk, disk))

    return (code: Code, { params }: Action) => {
      const altered = ProjectFile.alteredAmong(params, digestOf)
      if (altered !== undefined) return Effect.succeed(`${altered} is another file by now`)
      return known.has(code.bundle)
        ? Effect.succeed(known.get(code.bundle))
        : Effect.tap(look(code), (problem) => Effect.sync(() => known.set(code.bundle, problem)))
    }
  })
