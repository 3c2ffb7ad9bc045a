/**
 * A project whose stage `trouble` does what its parameter says: throw, fail, exit, kill itself, wait. Beside it a stage that
 * does not depend on it, and behind it one that does.
 */
import { type ChildProcess, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { squares } from "../support/project.ts"

export const trouble: Readonly<Record<string, string>> = {
  "stages/artifacts.ts": `${squares["stages/artifacts.ts"]}export const Large = Artifact.make("Large", {
  size: Schema.Int,
  bytes: Artifact.file("bin", { encode: (value) => value, decode: (value) => value })
})
`,
  "stages/draw.ts": squares["stages/draw.ts"]!,
  "stages/sum.ts": squares["stages/sum.ts"]!,
  "stages/square.ts": squares["stages/square.ts"]!,
  "stages/helpers.ts": squares["stages/helpers.ts"]!,
  "stages/fill.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Large } from "./artifacts.ts"
/** As many bytes as it is told. */
export const fill = Stage.make("fill", {
  takes: { size: Schema.Int },
  makes: Large,
  run: ({ size }) => Effect.succeed({ size, bytes: new Uint8Array(size).fill(7) })
})
`,
  "stages/weigh.ts": `import * as Effect from "effect/Effect"
import * as Stage from "brink/pipeline/Stage"
import { Large, Numbers } from "./artifacts.ts"
/** The sum of the bytes. */
export const weigh = Stage.make("weigh", {
  takes: { large: Large },
  makes: Numbers,
  run: ({ large }) => Effect.succeed({ values: [large.bytes.reduce((a, b) => a + b, 0)] })
})
`,
  "stages/trouble.ts": `import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Numbers } from "./artifacts.ts"
class Broken extends Schema.TaggedError<Broken>()("Broken", { what: Schema.String }) {
  override get message(): string {
    return \`the \${this.what} is broken\`
  }
}
export const trouble = Stage.make("trouble", {
  takes: { numbers: Numbers, mode: Schema.String },
  makes: Numbers,
  run: Effect.fn("trouble")(function*({ numbers, mode }) {
    process.stdout.write(\`trouble with \${mode}\\n\`)
    if (mode === "mimic") return yield* Effect.fail(Object.assign(new Error("its own"), { _tag: "ArtifactMissing" }))
    if (mode === "bigint") return yield* Effect.fail(Object.assign(new Error("too big"), { amount: 10n }))
    if (mode.startsWith("loud")) {
      for (let i = 0; i < 3000; i++) process.stdout.write(\`line \${i} \${"x".repeat(100)}\\n\`)
      process.stdout.write(\`the end of \${mode}\\n\`)
    }
    if (mode.endsWith("fail")) return yield* new Broken({ what: "pump" })
    if (mode === "throw") throw new TypeError("thrown in plain code")
    if (mode === "kill") process.kill(process.pid, "SIGKILL")
    if (mode === "exit") process.exit(9)
    if (mode === "wrong") return { values: ["not a number"] as never }
    if (mode === "wait") while (!existsSync("go")) yield* Effect.sleep("20 millis")
    if (mode === "deaf") for (;;) if (existsSync("go")) break
    return numbers
  })
})
`,
  "pipelines/trouble.ts": `import * as Schema from "effect/Schema"
import * as Pipeline from "brink/pipeline/Pipeline"
import { draw } from "../stages/draw.ts"
import { fill } from "../stages/fill.ts"
import { square } from "../stages/square.ts"
import { sum } from "../stages/sum.ts"
import { trouble } from "../stages/trouble.ts"
import { weigh } from "../stages/weigh.ts"
export default Pipeline.make("trouble", {
  params: { mode: Schema.String, size: Schema.Int },
  defaults: { mode: "none", size: 6000 },
  build: ({ mode, size }) => {
    const numbers = draw({ seed: 1 })
    const first = trouble({ numbers, mode })
    return { total: sum({ squares: [first] }), aside: square({ numbers, power: 2 }), weight: weigh({ large: fill({ size }) }) }
  }
})
`
}

/** Every file below a folder. */
export const filesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : []
  )

/** A file system of so many kilobytes in memory; `undefined` where none can be mounted. */
export const mountedFolder = (path: string, kilobytes: number) => {
  mkdirSync(path, { recursive: true })
  const mount = (options: string): boolean =>
    spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]).status === 0
  if (!mount(`size=${kilobytes}k`)) return undefined
  return {
    path,
    remount: (options: string): boolean => mount(`remount,${options}`),
    remove: () => spawnSync("umount", [path]).status
  }
}

/** What a process prints until a line holds the text, or until it ends. */
export const outputUntil = (child: ChildProcess, text: string): Promise<string> =>
  new Promise((resolve) => {
    let seen = ""
    child.stderr!.on("data", (chunk: Buffer) => {
      seen += chunk.toString()
      if (seen.includes(text)) resolve(seen)
    })
    child.once("close", () => resolve(seen))
  })

/** How a process ends: its exit code, or the signal that ended it. */
export const ended = async (child: ChildProcess): Promise<number | NodeJS.Signals> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close")
  return child.exitCode ?? child.signalCode!
}

/** Changes a file of the store, which is read-only; `undefined` removes it. */
export const overwrite = (path: string, bytes: Uint8Array | undefined): void => {
  rmSync(path)
  if (bytes !== undefined) writeFileSync(path, bytes)
}

/** The processes that a process has started; only Linux tells. */
export const childrenOf = (pid: number): ReadonlyArray<number> =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number)

const isThere = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]![0] !== "Z"
  } catch {
    return false
  }
}

/** Waits for a condition; `false` if it does not come about. */
export const until = async (condition: () => boolean, milliseconds = 30_000): Promise<boolean> => {
  const limit = performance.now() + milliseconds
  while (!condition()) {
    if (performance.now() > limit) return false
    await setTimeout(10)
  }
  return true
}

/** Waits until none of the processes is there any more. */
export const gone = (pids: ReadonlyArray<number>, milliseconds?: number): Promise<boolean> =>
  until(() => !pids.some(isThere), milliseconds)

/** Ends processes as a crash does, those that are still there. */
export const end = (pids: ReadonlyArray<number>): void => {
  for (const pid of pids.filter(isThere)) process.kill(pid, "SIGKILL")
}
