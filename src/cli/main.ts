/**
 * What runs when somebody calls brink: the one place where an error becomes a message and an exit code.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { detachNumbers } from "./argv.ts"
import { ExitCode, exitCodeOf, exitWith } from "./exitCodes.ts"
import { watchOutput } from "./output.ts"
import { open, versionOf } from "./Project.ts"
import { program } from "./program.ts"
import { listen } from "./signals.ts"
import * as Usage from "./usage.ts"

/** What was wrong, for the person who reads it; bugs keep their stack. */
const explainFailure = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const error = Cause.squash(cause)
  const tag = typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : ""
  if (tag === "ShowHelp")
    return exitWith(
      (error as { readonly errors?: ReadonlyArray<unknown> }).errors?.length === 0 ? ExitCode.done : ExitCode.usage
    )
  const code = exitCodeOf(error)
  if (code !== undefined) return Effect.andThen(Console.error(`brink: ${(error as Error).message}`), exitWith(code))
  return Effect.andThen(
    Console.error(`brink: this is a bug, please report it.\n${Cause.pretty(cause)}`),
    exitWith(ExitCode.internal)
  )
}

/** The first signal stops in order; a second one does not wait. */
let stopped: number | undefined
listen({ SIGINT: 130, SIGTERM: 143 }, (code) => {
  if (stopped !== undefined) process.exit(code)
  stopped = code
  process.stderr.write("stopping: running stages save their state (again to stop at once)\n")
})

const lostOutput = watchOutput()

/** How the program ends; what was asked for and could not be printed is said, unless worse has happened. */
const exitCode = (): number => {
  const code = Number(process.exitCode ?? ExitCode.done)
  const lost = lostOutput()
  if (code !== ExitCode.done || lost === undefined) return code
  process.stderr.write(`brink: standard output cannot be written (${lost}), so what it holds is not whole.\n`)
  return ExitCode.environment
}

const teardown = (_exit: unknown, done: (code: number) => void): void => {
  if (stopped !== undefined) process.stderr.write("stopped: what was finished is kept; run again to go on\n")
  done(stopped ?? exitCode())
}

Command.runWith(program, { version: versionOf(open(undefined)) })(detachNumbers(process.argv.slice(2))).pipe(
  Effect.catchCause(explainFailure),
  Effect.provide([NodeServices.layer, Usage.layer]),
  (effect) => NodeRuntime.runMain(effect, { disableErrorReporting: true, teardown })
)
