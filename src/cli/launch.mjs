/**
 * Starts brink once more with another Node and is as good as it: signals are passed on, and it ends as that one ends. A
 * terminal tells both of them of Ctrl-C; so what is passed on goes another way than signals do, and `main.ts` counts each
 * only once. Knows nothing of what runs.
 */
import { spawn } from "node:child_process"

/** Those after which a run stops in order. */
const ASKING = ["SIGINT", "SIGTERM"]

/** Ends this process as the other one ended. */
const endAs = (code, signal) => {
  if (signal === null) process.exit(code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

export const launch = (node, args) => {
  const child = spawn(node, args, { stdio: ["inherit", "inherit", "inherit", "ipc"] })
  for (const signal of ASKING)
    process.on(signal, () => {
      if (child.connected) child.send({ passedOn: signal }, () => undefined)
      else child.kill(signal)
    })
  process.on("SIGHUP", () => child.kill("SIGHUP"))
  child.on("error", (cause) => {
    process.stderr.write(`brink: ${node} cannot be started: ${cause.message}\n`)
    process.exit(5)
  })
  child.on("exit", endAs)
}
