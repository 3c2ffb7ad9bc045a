/**
 * What is said to somebody who called the program wrongly: what was wrong and where to read on, in two lines on standard
 * error. Help that was asked for is printed as always.
 */
import * as Console from "effect/Console"
import type { NonShowHelpErrors } from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { didYouMean } from "../pipeline/nearestNames.ts"

/** What is expected, without the words that the parser's own messages have around it. */
const bare = (expected: string): string =>
  expected.includes("must be non-empty")
    ? "key=value, with something on both sides"
    : expected.replace(/^.*Expected( format)?:? /, "").replace(/, got: .*$/, "")

/** One line for each: what · where · expected · got. */
const sentenceOf = (error: NonShowHelpErrors): string => {
  switch (error._tag) {
    case "UnrecognizedOption":
      return `there is no flag ${error.option}.${didYouMean(error.suggestions)}`
    case "UnknownSubcommand":
      return `there is no command "${error.subcommand}".${didYouMean(error.suggestions)}`
    case "MissingArgument":
      return `the argument <${error.argument}> is missing.`
    case "UnexpectedArgument":
      return `too many arguments: ${error.arguments.join(" ")}.`
    case "InvalidValue":
      return `${error.kind === "flag" ? "--" : ""}${error.option}: expected ${bare(error.expected)}, got ${error.value === "" ? "nothing" : `"${error.value}"`}.`
    default:
      return error.message
  }
}

const present = (event: CliOutput.Presenter.Event): Effect.Effect<void> =>
  event._tag === "InvalidInvocation"
    ? Console.error(
        [
          ...event.errors.map((error) => `brink: ${sentenceOf(error)}`),
          `See ${event.commandPath.join(" ")} --help.`
        ].join("\n")
      )
    : CliOutput.defaultPresenter.present(event)

/** Has wrong calls told of in short. */
export const layer: Layer.Layer<never> = CliOutput.layerPresenter({ present })
