/**
 * `brink diff`: two runs beside each other, in tables.
 */
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { matches } from "../pipeline/Address.ts"
import type { Json } from "../pipeline/canonical.ts"
import { UnknownAddress } from "../pipeline/Errors.ts"
import * as Reason from "../pipeline/Reason.ts"
import { diff as diffRuns, type Metric, type RunDiff, runNamed } from "../pipeline/RunDiff.ts"
import { json, project } from "./flags.ts"
import { withStore } from "./services.ts"
import { columns, count, number, shortKey } from "./words.ts"

/** How many rows of a table are shown unless all are asked for. */
const MOST_ROWS = 30

const shown = (value: Json | undefined): string =>
  value === undefined ? "absent" : typeof value === "number" ? number(value) : String(value)

/** `+12.5 %`, `× 31`, where that says something. */
const relation = ({ from, to }: Metric): string => {
  if (typeof from !== "number" || typeof to !== "number" || from === 0) return ""
  const ratio = to / from
  if (ratio <= 0 || !Number.isFinite(ratio)) return ""
  return ratio > 0.1 && ratio < 10
    ? `${ratio >= 1 ? "+" : ""}${((ratio - 1) * 100).toPrecision(3)} %`
    : `× ${number(ratio)}`
}

const table = (title: string, rows: ReadonlyArray<ReadonlyArray<string>>, most: number): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const lines = columns(rows.slice(0, most)).split("\n")
  const more = rows.length - most
  return [`${title}:`, ...lines.map((line) => `  ${line}`), ...(more > 0 ? [`  and ${more} more (--all)`] : []), ""]
}

const asText = (found: RunDiff, all: boolean): string => {
  const most = all ? Number.POSITIVE_INFINITY : MOST_ROWS
  const { a, b } = found
  const sections = [
    ...table(
      "parameters",
      found.params.map(({ path, from, to }) => [path, shown(from), "→", shown(to)]),
      most
    ),
    ...table(
      "code",
      found.code.map(({ stage, from, to, places }) => [stage, shortKey(from), "→", shortKey(to), places.join(", ")]),
      most
    ),
    ...table(
      "came",
      found.came.map((address) => [address]),
      most
    ),
    ...table(
      "went",
      found.went.map((address) => [address]),
      most
    ),
    ...table(
      "changed",
      found.changed.map(({ address, changes, codeChanged, sameValue }) => [
        address,
        sameValue ? "same value" : "other value",
        [...(codeChanged ? ["code"] : []), ...changes.map(Reason.formatChange)].join("; ")
      ]),
      most
    ),
    ...table(
      "outcomes",
      found.outcomes.map(({ address, from, to }) => [address, from, "→", to]),
      most
    ),
    ...table(
      "values",
      found.metrics.map((metric) => [
        metric.address,
        metric.path,
        shown(metric.from),
        "→",
        shown(metric.to),
        relation(metric)
      ]),
      most
    )
  ]
  return [
    columns([
      ["a", a.run, a.pipeline, new Date(a.at).toISOString()],
      ["b", b.run, b.pipeline, new Date(b.at).toISOString()]
    ]),
    "",
    ...sections,
    `${count(found.same, "stage")} the same, ${found.changed.length} changed, ${found.came.length} came, ${found.went.length} went`
  ].join("\n")
}

const sideJson = ({ run, pipeline, at, params }: RunDiff["a"]) => ({ run, pipeline, at, params })

export const diff = Command.make(
  "diff",
  {
    a: Argument.String("runA").pipe(
      Argument.withDescription("A run: its name, the first or last digits of it, last, or last~1 for the one before")
    ),
    b: Argument.String("runB").pipe(Argument.withDescription("The run to compare it with")),
    addresses: Argument.String("address").pipe(
      Argument.withDescription("Only what matches these addresses; everything if left out"),
      Argument.variadic()
    ),
    all: Flag.Boolean("all").pipe(
      Flag.withAlias("a"),
      Flag.withDescription(`Prints all rows of every table, not the first ${MOST_ROWS}`),
      Flag.withDefault(false)
    ),
    json
  },
  Effect.fnUntraced(function* (options) {
    const { store } = yield* project
    const wanted = (address: string): boolean =>
      options.addresses.length === 0 || options.addresses.some((pattern) => matches(pattern, address))
    yield* withStore(
      { store },
      Effect.gen(function* () {
        const [a, b] = [yield* runNamed(store, options.a), yield* runNamed(store, options.b)]
        const found = yield* diffRuns(a, b, wanted)
        const compared =
          found.same + found.changed.length + found.came.length + found.went.length + found.outcomes.length
        if (compared === 0 && options.addresses.length > 0)
          return yield* new UnknownAddress({ address: options.addresses.join(" "), where: `${a} and ${b}`, near: [] })
        yield* Console.log(
          options.json
            ? JSON.stringify({ v: 1, type: "diff", ...found, a: sideJson(found.a), b: sideJson(found.b) })
            : asText(found, options.all)
        )
      })
    )
  })
).pipe(
  Command.withDescription(
    "Compares two runs: parameters, code (by file and function), what came, went and changed, how it ended, and every number that came out different"
  ),
  Command.withShortDescription("Compares two runs: parameters, code, inputs, outcomes, numbers"),
  Command.withExamples([
    { command: "brink diff last~1 last", description: "What the newest run has different" },
    { command: "brink diff last~1 last 'measure@*' --json", description: "Of some addresses, for other programs" }
  ])
)
