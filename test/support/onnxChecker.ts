/**
 * ONNX's own checker of models, which is a package of Python: where it is, and what it says of a folder of files.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Debian's first: another python3 that comes first in the path does not see Debian's packages. */
const programs = ["/usr/bin/python3", "python3"]

const python = programs.find((program) => spawnSync(program, ["-c", "import onnx"], { timeout: 30_000 }).status === 0)

export const checkerIsMissing = python === undefined

/** A title that says why nothing is tested where there is no checker. */
export const titled = (title: string): string =>
  checkerIsMissing ? `${title} (skipped: no onnx for Python; install it with: apt-get install python3-onnx)` : title

export interface Verdict {
  /** Of the package. */
  readonly version: string
  readonly opset: number
  readonly checked: number
  /** `path: reason` */
  readonly failures: ReadonlyArray<string>
  /** Files that were checked in an older form, because the package knows no newer one. */
  readonly restated: number
}

/** Checks every `.onnx` file below a folder, in one process. */
export const checkModels = (folder: string): Verdict => {
  const program = fileURLToPath(new URL("check_models.py", import.meta.url))
  const { status, stdout, stderr } = spawnSync(python!, [program, folder], { encoding: "utf8", maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error(`check_models.py ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as Verdict
}
