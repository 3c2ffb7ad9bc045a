/**
 * PyTorch as a peer: a process of Debian's Python that holds the same network and times its own work, one thread. Knows nothing
 * of what is compared.
 */
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Time } from "./figures.ts"

/** Debian's, for which `python3-torch` is installed; another Python of the same name may come first on the path. */
const python = "/usr/bin/python3"

export interface TorchAnswer extends Time {
  /** What to compare with brink's. */
  readonly value: number
  /** Which of its forms the peer chose, by the name of the work, where it has several. */
  readonly format?: Readonly<Record<string, string>>
}

export interface Torch {
  readonly version: string
  /** The work of a command, repeated. */
  readonly ask: (command: string, times: number) => Promise<TorchAnswer>
  readonly close: () => void
}

/** OpenBLAS chooses its fastest kernels by itself: what the environment asks of it can halve the speed of the peer. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("OPENBLAS_")))

/** The version of PyTorch, or nothing where it is absent. */
const versionOf = (): string | undefined => {
  const probe = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" })
  return probe.status === 0 ? probe.stdout.trim() : undefined
}

export const torchIsAbsent = "PyTorch is absent (apt-get install python3-torch libopenblas0-pthread), not compared"

/**
 * The peer that runs a script of `peers/`, or nothing where there is no PyTorch. `arrays` are written where the script finds
 * them, as `name.f32`.
 */
export const openTorch = (
  script: string,
  settings: Readonly<Record<string, unknown>>,
  arrays: Readonly<Record<string, Float32Array>>
): Torch | undefined => {
  const version = versionOf()
  if (version === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), "brink-bench-"))
  for (const [name, array] of Object.entries(arrays)) writeFileSync(join(folder, `${name}.f32`), array)
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url))
  const child = spawn(python, [path, folder, JSON.stringify(settings)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: environment()
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    version: `PyTorch ${version}`,
    ask: async (command, times) => {
      child.stdin.write(`${command} ${times}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${script} ended at "${command}"`)
      return JSON.parse(value) as TorchAnswer
    },
    close: () => {
      child.stdin.end()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
