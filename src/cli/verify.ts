/**
 * `brink verify`: whether the store holds what its records say, and whether results come out the same when they are made
 * again. What is damaged is set aside, and heals with the next run.
 */
import { availableParallelism } from "node:os"
import { relative } from "node:path"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { isWhole } from "../executor/checkpoints.ts"
import { type Finding, type Verified, verify as verifyStore } from "../pipeline/Verification.ts"
import { audit } from "./audit.ts"
import { ExitCode, exitWith } from "./exitCodes.ts"
import { json, project, wholeNumber } from "./flags.ts"
import { withStore } from "./services.ts"
import { parsePart } from "./units.ts"
import { bytes, count, shortKey } from "./words.ts"

const findingLines = ({ kind, name, problem, addresses, aside }: Finding): ReadonlyArray<string> => [
  `DAMAGED  ${kind} ${shortKey(name)}: ${problem}`,
  ...(addresses.length === 0
    ? []
    : [
        `         of ${addresses.slice(0, 3).join(", ")}${addresses.length > 3 ? ` and ${addresses.length - 3} more` : ""}`
      ]),
  ...(aside === undefined ? [] : [`         set aside: ${relative(process.cwd(), aside)}`])
]

const printVerified = Effect.fnUntraced(function* (verified: Verified, all: boolean, asJson: boolean) {
  const { findings, ...counts } = verified
  if (asJson) {
    for (const finding of findings) yield* Console.log(JSON.stringify({ v: 1, type: "damaged", ...finding }))
    return yield* Console.log(JSON.stringify({ v: 1, type: "verified", all, ...counts, damaged: findings.length }))
  }
  for (const finding of findings) for (const line of findingLines(finding)) yield* Console.log(line)
  const what = `${count(counts.records, "record")}, ${count(counts.objects, "object")} of ${bytes(counts.bytes)}${all ? `, ${count(counts.checkpoints, "checkpoint")}` : ""}`
  yield* Console.log(
    findings.length === 0
      ? `${what}: ${all ? "every byte is" : "all sizes are"} as recorded`
      : `${what}: ${findings.length} damaged. What they belong to is made again by the next run that asks for it.`
  )
})

/** Addresses where nothing is to be made again: all of a store is looked at. */
export class AddressesUnused extends Schema.TaggedError<AddressesUnused>()("AddressesUnused", {
  addresses: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `verify looks at the whole store; addresses are for --rerun, got ${this.addresses.join(", ")} without it. To make these again: --rerun 100%.`
  }
}

export const verify = Command.make(
  "verify",
  {
    addresses: Argument.String("address").pipe(
      Argument.withDescription("Which results --rerun draws from, by the addresses they were made at; all if left out"),
      Argument.variadic()
    ),
    all: Flag.Boolean("all").pipe(
      Flag.withDescription("Reads and hashes every object, record and checkpoint; otherwise only sizes are looked at"),
      Flag.withDefault(false)
    ),
    rerun: Flag.String("rerun").pipe(
      Flag.withDescription("Makes a share (2%) or a number (5) of the results again and compares what comes out"),
      Flag.filterMap(parsePart, () => "a share such as 2%, or a whole number, 1 or more"),
      Flag.optional
    ),
    seed: Flag.String("seed").pipe(
      Flag.withDescription("Draws the same results again; another sample every time if left out"),
      Flag.optional
    ),
    jobs: wholeNumber("jobs", 1).pipe(
      Flag.withAlias("j"),
      Flag.withDescription("How many results are made again side by side; one a core if left out"),
      Flag.withDefault(availableParallelism())
    ),
    json
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    if (Option.isNone(options.rerun) && options.addresses.length > 0)
      return yield* new AddressesUnused({ addresses: options.addresses })
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const verified = yield* verifyStore(project_.store, { all: options.all, isWholeCheckpoint: isWhole })
        yield* printVerified(verified, options.all, options.json)
        if (verified.findings.length > 0) yield* exitWith(ExitCode.integrity)
        if (Option.isNone(options.rerun)) return
        const seed =
          Option.getOrElse(options.seed, () => undefined) ?? String((yield* Clock.currentTimeMillis) % 1_000_000)
        const same = yield* audit(project_, {
          part: options.rerun.value,
          seed,
          jobs: options.jobs,
          addresses: options.addresses,
          json: options.json
        })
        if (!same) yield* exitWith(ExitCode.integrity)
      })
    )
  })
).pipe(
  Command.withDescription(
    "Checks the store: sizes, with --all every byte; what is damaged is set aside and made again by the next run. With --rerun it makes results again and compares them; a second, different result is kept beside the first. Ends with 4 where anything is wrong."
  ),
  Command.withShortDescription("Checks the store, and whether results come out the same again"),
  Command.withExamples([
    { command: "brink verify --all", description: "Every byte of the store" },
    { command: "brink verify --rerun 2%", description: "A random sample of the results, made again" },
    { command: "brink verify --rerun 3 'descend@*' --seed 1", description: "Three trainings, the same ones every time" }
  ])
)
