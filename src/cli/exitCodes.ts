/**
 * How the program ends, for scripts that call it.
 */
import * as Effect from "effect/Effect"

export const ExitCode = {
  done: 0,
  /** At least one action failed. */
  failed: 1,
  /** The command or the pipeline is wrong. */
  usage: 2,
  /** `plan --check`: something is not up to date. */
  stale: 3,
  /** Stored bytes are not what they should be. */
  integrity: 4,
  /** The store cannot be used, or something is not installed. */
  environment: 5,
  /** Finished, but something that collects did without what failed, as its quorum allows. */
  partial: 6,
  internal: 70
} as const

/** What each code means, for the reference. */
export const meanings: Readonly<Record<keyof typeof ExitCode, string>> = {
  done: "everything that was asked for is done",
  failed: "at least one action failed, with `--keep-going` too",
  usage: "the command or the pipeline is wrong",
  stale: "`plan --check`: something is not up to date",
  integrity: "stored bytes are not what they should be, or a result does not come out the same again",
  environment: "the store or standard output cannot be written, or something is not installed",
  partial: "finished, but something that collects did without what failed, as its quorum allows",
  internal: "a bug in brink"
}

const byTag: Readonly<Record<string, number>> = {
  UnknownPipeline: ExitCode.usage,
  PipelineInvalid: ExitCode.usage,
  ParameterInvalid: ExitCode.usage,
  ArgumentInvalid: ExitCode.usage,
  FileMissing: ExitCode.usage,
  SweepInvalid: ExitCode.usage,
  UnknownAddress: ExitCode.usage,
  UnknownRun: ExitCode.usage,
  StageUnreadable: ExitCode.usage,
  NotCanonical: ExitCode.usage,
  NotFound: ExitCode.usage,
  AddressesUnused: ExitCode.usage,
  PinInvalid: ExitCode.usage,
  PinTaken: ExitCode.usage,
  NothingToAccept: ExitCode.usage,
  NothingToInvalidate: ExitCode.usage,
  OutputUnwritable: ExitCode.usage,
  RecordUnknown: ExitCode.environment,
  ArtifactMissing: ExitCode.integrity,
  ArtifactCorrupt: ExitCode.integrity,
  StoreUnavailable: ExitCode.environment,
  StageFailed: ExitCode.failed,
  WorkerDied: ExitCode.failed,
  TimedOut: ExitCode.failed
}

/** The code of a tagged error; `undefined` where it is not one that people can act on. */
export const exitCodeOf = (error: unknown): number | undefined =>
  typeof error === "object" && error !== null && "_tag" in error
    ? byTag[String((error as { readonly _tag: unknown })._tag)]
    : undefined

/** Lets the program end with a code once everything is closed. */
export const exitWith = (code: number): Effect.Effect<void> =>
  Effect.sync(() => {
    process.exitCode = code
  })
