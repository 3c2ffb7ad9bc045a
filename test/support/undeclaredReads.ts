/**
 * Runs every stage of a pipeline once, one at a time in this process, with a file system that notes what is read, and prints
 * the files of the project that a stage read though its code does not tell of them: a key would not change with them. What is
 * imported is in the code, what a package brings must be declared. A program, since it changes Node's own modules:
 *
 *   node test/support/undeclaredReads.ts <pipeline> [name=value …]    in the project's folder
 */
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join, relative, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { execute } from "../../src/executor/execute.ts"
import { codesOf, currentDigests } from "../../src/pipeline/Codes.ts"
import * as Disk from "../../src/pipeline/Disk.ts"
import { StageFailed } from "../../src/pipeline/Errors.ts"
import { Executor, type Task } from "../../src/pipeline/Executor.ts"
import * as Journal from "../../src/pipeline/Journal.ts"
import type { Pipeline } from "../../src/pipeline/Pipeline.ts"
import { plan } from "../../src/pipeline/Plan.ts"
import * as ProjectFile from "../../src/pipeline/ProjectFile.ts"
import * as Runner from "../../src/pipeline/Runner.ts"
import * as Store from "../../src/pipeline/Store.ts"

/** A stage and what it read, from the project's folder or as the file of a package. */
export interface Read {
  readonly stage: string
  readonly path: string
}
export interface Traced {
  readonly stages: ReadonlyArray<string>
  readonly undeclared: ReadonlyArray<Read>
  readonly failed: ReadonlyArray<string>
}

const READING = ["readFile", "readFileSync", "open", "openSync", "createReadStream", "readdir", "readdirSync"] as const
const COPYING = ["opendir", "opendirSync", "copyFile", "copyFileSync", "cp", "cpSync"] as const
const PROMISED = ["readFile", "open", "readdir", "opendir", "copyFile", "cp"] as const

/** Modules that Node loads are in the code already. */
const isLoading = (): boolean => new Error().stack?.includes("node:internal/modules/") ?? false

const pathOf = (file: unknown): string | undefined =>
  typeof file === "string"
    ? resolve(file)
    : file instanceof URL
      ? fileURLToPath(file)
      : Buffer.isBuffer(file)
        ? resolve(file.toString())
        : undefined

/** From now on every read is noted. */
const traceReads = (note: (path: string) => void): void => {
  const trace = (owner: object, names: ReadonlyArray<string>): void => {
    const functions = owner as Record<string, (...given: ReadonlyArray<unknown>) => unknown>
    for (const name of names) {
      const original = functions[name]!
      functions[name] = (...given) => {
        const path = pathOf(given[0])
        if (path !== undefined && !isLoading()) note(path)
        return Reflect.apply(original, owner, given)
      }
    }
  }
  trace(fs, [...READING, ...COPYING])
  trace(fs.promises, PROMISED)
  syncBuiltinESMExports()
}

const [name, ...given] = process.argv.slice(2)
const root = fs.realpathSync(process.cwd())
const settings = Object.fromEntries(
  given.map((setting) => [setting.slice(0, setting.indexOf("=")), setting.slice(setting.indexOf("=") + 1)])
)
const folder = fs.mkdtempSync(join(tmpdir(), "brink-traced-"))
const store = join(folder, "store")

let running: Task | undefined
const stages = new Set<string>()
const undeclared = new Map<string, Read>()

/** What a read is called, if the code of the stage does not tell of it. */
const unknownTo = (task: Task, path: string): string | undefined => {
  const [, inPackage] = path.match(/^.*\/node_modules\/(.*)$/) ?? []
  if (inPackage !== undefined) {
    const owner = inPackage.split("/", inPackage.startsWith("@") ? 2 : 1).join("/")
    return Object.hasOwn(task.code.packages, owner) ? undefined : inPackage
  }
  const inside = relative(root, path)
  if (JSON.stringify(task.action.params).includes(`{"path":${JSON.stringify(inside)},"sha256":`)) return undefined
  return inside.startsWith("..") || inside === "" || inside.startsWith(".brink/") ? undefined : inside
}

traceReads((path) => {
  if (running === undefined) return
  const unknown = unknownTo(running, path)
  const { stage } = running.action
  if (unknown !== undefined) undeclared.set(`${stage} ${unknown}`, { stage, path: unknown })
})

const executor = Layer.effect(
  Executor,
  Effect.gen(function* () {
    const services = Layer.mergeAll(
      Layer.succeed(Store.Store)(yield* Store.Store),
      Layer.succeed(Disk.Disk)(yield* Disk.Disk)
    )
    return Executor.of({
      execute: (task) =>
        Effect.suspend(() => {
          running = task
          stages.add(task.action.stage)
          return execute(
            { task, root, store, checkpointMilliseconds: 0 },
            { report: () => undefined, stopping: () => false, saves: () => undefined }
          )
        }).pipe(
          Effect.ensuring(
            Effect.sync(() => {
              running = undefined
            })
          ),
          Effect.mapError(
            (cause) =>
              new StageFailed({ address: task.address, key: task.key, tag: "Error", detail: String(cause), log: "" })
          ),
          Effect.provide(services)
        )
    })
  })
)

const traced = Effect.gen(function* () {
  const module = yield* Effect.promise(
    () => import(pathToFileURL(join(root, "pipelines", `${name}.ts`)).href) as Promise<{ readonly default: Pipeline }>
  )
  const graph = yield* ProjectFile.resolve(module.default.blueprint(settings), currentDigests(root))
  const packages = new Map(graph.nodes.map((node) => [node.stage, node.packages]))
  const codes = yield* codesOf(root, packages, currentDigests(root))
  const history = Effect.succeed(new Map<string, string>())
  const planned = yield* plan(graph, { codes, device: "cpu", history, only: [], force: [] })
  const summary = yield* Runner.run(planned, {
    jobs: 1,
    megabytes: Number.POSITIVE_INFINITY,
    estimate: () => undefined,
    keepGoing: true,
    device: "cpu",
    history,
    observe: () => undefined,
    onProgress: () => undefined
  })
  return summary.failed.map(({ error }) => error.message)
}).pipe(
  Effect.provide(
    executor.pipe(
      Layer.provideMerge(Layer.mergeAll(Store.layer(store), Journal.layer(store, "traced"))),
      Layer.provideMerge(Disk.layer)
    )
  )
)

try {
  const failed = await Effect.runPromise(traced)
  const found: Traced = { stages: [...stages].sort(), undeclared: [...undeclared.values()], failed }
  process.stdout.write(`${JSON.stringify(found)}\n`)
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
