/**
 * SciPy's `eigsh` as a peer: a Python process that asks for products with the operator that is measured here. Knows nothing of
 * what the operator is.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

type Product = (v: Float64Array) => Promise<Float64Array>

export interface Found {
  readonly value: number
  readonly vector: Float64Array
  readonly products: number
}

export interface Eigsh {
  readonly version: string
  /** The largest eigenvalue, from a random start or the given one. */
  readonly largest: (multiply: Product, start?: Float64Array) => Promise<Found>
  readonly close: () => void
}

const script = fileURLToPath(new URL("peers/lanczos.py", import.meta.url))

/** The peer, or nothing where Python has no SciPy. */
export const openEigsh = (dimension: number, tolerance: number): Eigsh | undefined => {
  const probe = spawnSync("python3", ["-c", "import scipy; print(scipy.__version__)"], { encoding: "utf8" })
  if (probe.status !== 0) return undefined
  const child = spawn("python3", [script, `${dimension}`, `${tolerance}`])
  const read = reader(child)
  const bytesOf = (v: Float64Array) => Buffer.from(v.buffer, v.byteOffset, v.byteLength)
  const vectorOf = (bytes: Buffer) => {
    const out = new Float64Array(dimension)
    bytesOf(out).set(bytes)
    return out
  }
  return {
    version: `SciPy ${probe.stdout.trim()}`,
    largest: async (multiply, start) => {
      child.stdin.write(start === undefined ? "r" : Buffer.concat([Buffer.from("v"), bytesOf(start)]))
      while (true) {
        const kind = (await read(1)).toString()
        if (kind === "a") {
          const numbers = await read(16)
          const [value, products] = [numbers.readDoubleLE(0), numbers.readDoubleLE(8)]
          return { value, products, vector: vectorOf(await read(8 * dimension)) }
        }
        child.stdin.write(bytesOf(await multiply(vectorOf(await read(8 * dimension)))))
      }
    },
    close: () => {
      child.stdin.end("q")
    }
  }
}

/** Reads exactly so many bytes of what a process writes; fails where it ends first. */
const reader = (child: ChildProcessWithoutNullStreams) => {
  let chunks: Array<Buffer> = []
  let size = 0
  let problem = ""
  let ended = false
  let wake = () => {}
  child.stdout.on("data", (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    wake()
  })
  child.stderr.on("data", (chunk: Buffer) => {
    problem += chunk.toString()
  })
  child.on("close", () => {
    ended = true
    wake()
  })
  return async (count: number): Promise<Buffer> => {
    while (size < count) {
      if (ended) throw new Error(`the Python process ended: ${problem}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    const all = Buffer.concat(chunks)
    chunks = [all.subarray(count)]
    size -= count
    return all.subarray(0, count)
  }
}
