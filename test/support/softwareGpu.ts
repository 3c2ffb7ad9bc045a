/**
 * A GPU in software, SwiftShader, as Debian's chromium ships it: the environment in which a process finds it, and programs run
 * in such an environment.
 */
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname } from "node:path"
import { repository } from "./project.ts"

const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"

export const driverIsMissing = !existsSync(driver)

/** A title that says why nothing is tested where there is no driver. */
export const titled = (title: string): string =>
  driverIsMissing ? `${title} (skipped: no ${driver}; install it with: apt-get install chromium)` : title

export const withDriver = { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: dirname(driver) }

/** Also where the machine has a GPU: the loader of drivers looks nowhere else. */
export const withoutDriver = { VK_DRIVER_FILES: "/nowhere/no_driver.json" }

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A program of the repository, by its path in it, in this environment and folder. */
export const runNode = (
  environment: Readonly<Record<string, string>>,
  [program, ...args]: readonly [string, ...ReadonlyArray<string>],
  folder = repository
): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1", TERM: "dumb", ...environment }
    const options = { cwd: folder, env, maxBuffer: 1 << 26, timeout: 100_000, killSignal: "SIGKILL" } as const
    execFile(process.execPath, [`${repository}/${program}`, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
