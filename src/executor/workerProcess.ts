/**
 * A worker process as its controller sees it: how it is started, where its output goes, and what its end means. Knows
 * nothing of assignments and answers.
 */
import { type ChildProcess, fork } from "node:child_process"
import { appendFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { within } from "../pipeline/Disk.ts"
import { StoreUnavailable } from "../pipeline/Errors.ts"
import { codeOf } from "../pipeline/System.ts"
import { computingEnvironment, computingFlags } from "./computing.ts"
import { END_OF_OUTPUT } from "./Protocol.ts"

export interface Worker {
  readonly child: ChildProcess
  /** The end of what it wrote. */
  readonly tail: () => string
  /**
   * Sends its output to a file, until it marks the end on both of its streams; resolves then, with what went wrong if not
   * all of it could be written.
   */
  readonly writeTo: (log: string) => Promise<StoreUnavailable | undefined>
}

/** How many bytes at the end may be the beginning of a mark whose rest is still to come. */
const begunMark = (bytes: Buffer): number => {
  const from = bytes.lastIndexOf(END_OF_OUTPUT[0]!)
  return from >= 0 && END_OF_OUTPUT.startsWith(bytes.toString("latin1", from)) ? bytes.length - from : 0
}

const NEWLINE = 10
/** Of a longer line a part is passed on. */
const LONGEST_LINE = 65_536

/** How many bytes can be passed on: whole lines, between which another stream may be heard. */
const readyOf = (bytes: Buffer): number => {
  const lines = bytes.lastIndexOf(NEWLINE) + 1
  return bytes.length - lines > LONGEST_LINE ? bytes.length - begunMark(bytes) : lines
}

/** Passes on what a stream says, and tells of the marks in it. */
export const readMarked = (stream: NodeJS.ReadableStream, write: (bytes: Buffer) => void, onMark: () => void): void => {
  let pending: Buffer = Buffer.alloc(0)
  stream.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    for (let at = pending.indexOf(END_OF_OUTPUT); at >= 0; at = pending.indexOf(END_OF_OUTPUT)) {
      write(pending.subarray(0, at))
      pending = pending.subarray(at + END_OF_OUTPUT.length)
      onMark()
    }
    const ready = readyOf(pending)
    write(pending.subarray(0, ready))
    pending = pending.subarray(ready)
  })
  stream.on("end", () => write(pending))
}

/** Starts a worker in the folder of a project; `brink` is where brink itself lies. */
export const start = (root: string, brink: string): Worker => {
  const child = fork(join(brink, "src", "executor", "worker.ts"), [], {
    cwd: root,
    serialization: "advanced", // numbers that JSON has no text for arrive as they are
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: ["--disable-warning=ExperimentalWarning", ...computingFlags],
    env: {
      // What was compiled once, the framework too, is not compiled by every worker again.
      NODE_COMPILE_CACHE: join(brink, ".brink", "compiled"),
      ...computingEnvironment(process.env)
    }
  })
  let log: string | undefined
  let tail = ""
  let open = 0
  let lost: StoreUnavailable | undefined
  let ended = (): void => undefined
  const write = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    tail = (tail + bytes.toString()).slice(-2000)
    if (log === undefined) return
    const path = log
    // A stage goes on without its log: hours of work are worth more, and there may be space again when it ends.
    try {
      within(dirname(path), () => appendFileSync(path, bytes))
    } catch (cause) {
      lost ??= new StoreUnavailable({ operation: "append to", path, code: codeOf(cause) })
    }
  }
  const onMark = (): void => {
    if (--open === 0) ended()
  }
  // One that cannot be started, or has gone, is told of by its end.
  child.on("error", () => undefined)
  for (const stream of [child.stdout!, child.stderr!]) readMarked(stream, write, onMark)
  return {
    child,
    tail: () => tail,
    writeTo: (path) => {
      log = path
      tail = ""
      open = 2
      lost = undefined
      return new Promise((resolve) => {
        ended = () => resolve(lost)
      })
    }
  }
}

const CRASHES: ReadonlyArray<NodeJS.Signals | null> = ["SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT", "SIGFPE"]

/** How a process ended, and what that usually means. */
export const obituary = (
  worker: Worker,
  code: number | null,
  signal: NodeJS.Signals | null
): { readonly cause: string; readonly hint: string } => {
  if (worker.tail().includes("heap out of memory"))
    return {
      cause: "JavaScript heap out of memory",
      hint: "Make its inputs smaller, or give Node more with NODE_OPTIONS=--max-old-space-size."
    }
  if (signal === "SIGKILL")
    return {
      cause: "SIGKILL",
      hint: "The system kills what uses too much memory: see dmesg, run fewer at once (-j), or make it smaller."
    }
  if (CRASHES.includes(signal))
    return { cause: `${signal}, a crash of native code`, hint: "Its log holds what it last wrote." }
  return { cause: signal ?? `exit code ${code}`, hint: "Its log holds what it last wrote." }
}
