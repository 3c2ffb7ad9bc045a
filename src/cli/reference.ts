/**
 * The reference of the command line as Markdown, from what every verb says of itself in its help.
 */
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import type { ArgDoc, FlagDoc, HelpDoc } from "effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ExitCode, meanings } from "./exitCodes.ts"
import { program } from "./program.ts"
import { columns } from "./words.ts"

/** The help of a command, as data. */
const helpOf = (path: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    let found: HelpDoc | undefined
    const presenter: CliOutput.Presenter = {
      present: (event) =>
        Effect.sync(() => {
          if (event._tag === "Help") found = event.helpDoc
        })
    }
    yield* Command.runWith(program, { version: "" })([...path, "--help"]).pipe(
      Effect.ignore,
      Effect.provide(CliOutput.layerPresenter(presenter))
    )
    return found!
  })

/** A cell of a table in one line. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ")

const described = (description: Option.Option<string>): string => cell(Option.getOrElse(description, () => ""))

const argumentRow = ({ name, description, required, variadic }: ArgDoc): string =>
  `| \`${required ? name : `[${name}]`}${variadic ? "…" : ""}\` | ${described(description)} |`

/** Of a flag that has choices, the description names them. */
const flagRow = ({ name, aliases, type, description }: FlagDoc): string => {
  const names = [...aliases, `--${name}`].map((each) => `\`${each}\``).join(", ")
  return `| ${names}${type === "boolean" || type.includes("|") ? "" : ` *${type}*`} | ${described(description)} |`
}

const table = (head: string, rows: ReadonlyArray<string>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : [`| ${head} | |`, "| --- | --- |", ...rows, ""]

const exampleBlock = (examples: NonNullable<HelpDoc["examples"]>): ReadonlyArray<string> => {
  if (examples.length === 0) return []
  const lines = columns(examples.map(({ command, description }) => [command, description ? `# ${description}` : ""]))
  return ["```sh", lines, "```", ""]
}

const section = (
  verb: string,
  { description, usage, args = [], flags, examples = [] }: HelpDoc
): ReadonlyArray<string> => [
  `## brink ${verb}`,
  "",
  description,
  "",
  "```sh",
  usage,
  "```",
  "",
  ...table("argument", args.map(argumentRow)),
  ...table("flag", flags.map(flagRow)),
  ...exampleBlock(examples)
]

/** The whole reference. */
export const reference = Effect.gen(function* () {
  const whole = yield* helpOf([])
  const verbs = (whole.subcommands ?? []).flatMap(({ commands }) => commands)
  const sections = yield* Effect.forEach(verbs, ({ name }) =>
    Effect.map(helpOf([name]), (help) => section(name, help).join("\n"))
  )
  const codes = Object.entries(ExitCode).map(
    ([name, code]) => `| ${code} | ${meanings[name as keyof typeof ExitCode]} |`
  )
  return [
    "# The command line",
    "",
    "Written by `npm run docs:cli` from what every verb says of itself: change it there.",
    "",
    whole.description,
    "",
    "Data goes to standard output, everything else to standard error. An **address** names a stage of a pipeline, such as",
    "`descend@ratio=1.2,seed=3`, its values in any order; a stage's name alone means all of its cells, `descend@seed=3,*` all of",
    "this seed, and `*` matches anything.",
    "",
    "| verb | |",
    "| --- | --- |",
    ...verbs.map(
      ({ name, shortDescription, description }) =>
        `| [\`${name}\`](#brink-${name}) | ${cell(shortDescription ?? description)} |`
    ),
    "",
    ...table("flags of every verb", [...whole.flags, ...(whole.globalFlags ?? [])].map(flagRow)),
    "| exit code | |",
    "| --- | --- |",
    ...codes,
    "| 128 + n | stopped by signal n, in order: 130 is Ctrl-C |",
    "",
    sections.join("\n").trimEnd(),
    ""
  ].join("\n")
})
