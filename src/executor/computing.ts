/**
 * How a process that computes is started, so that memory costs it little. Knows nothing of what it computes.
 */

/** Fresh memory costs more than arithmetic where every large block is mapped anew: glibc is told to keep it. */
const GLIBC = "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296"

/**
 * V8 marks its whole heap after every 64 MB of tensors, on threads of its own that take the processor from the next worker: a
 * seventh of the time of Hessian-vector products. Counted against a limit of this many MB, they are freed by the collections of
 * young objects, at the price of 120 MB.
 */
const HEAP = 256

/** The memory settings of the environment, where the user has none. */
export const computingEnvironment = (given: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  process.platform === "linux" && given["GLIBC_TUNABLES"] === undefined ? { ...given, GLIBC_TUNABLES: GLIBC } : given

/** Of Node 24 alone: another may refuse to start with flags that it does not know. */
export const computingFlags: ReadonlyArray<string> = process.version.startsWith("v24.")
  ? ["--external-memory-accounted-in-global-limit", `--initial-old-space-size=${HEAP}`]
  : []
