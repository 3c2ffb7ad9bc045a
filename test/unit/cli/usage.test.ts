/** What is said to somebody who called the program wrongly: one line for what is wrong, one for where to read on. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as TestConsole from "effect/testing/TestConsole"
import { detachNumbers } from "../../../src/cli/argv.ts"
import { set, wholeNumber } from "../../../src/cli/flags.ts"
import * as Usage from "../../../src/cli/usage.ts"

const draw = Command.make("draw", {
  what: Argument.String("what"),
  jobs: wholeNumber("jobs", 1).pipe(Flag.withAlias("j"), Flag.withDefault(1)),
  grace: wholeNumber("grace", 0).pipe(Flag.withDefault(30)),
  format: Flag.Literals("format", ["svg", "dot"]).pipe(Flag.withDefault("svg")),
  set
})
const program = Command.make("brink").pipe(Command.withSubcommands([draw]))

/** What is printed when the arguments are typed. */
const printed = (typed: string) =>
  Effect.gen(function* () {
    yield* Command.runWith(program, { version: "1" })(detachNumbers(typed.split(" "))).pipe(
      Effect.ignore,
      Effect.provide([NodeServices.layer, Usage.layer])
    )
    const [stdout, stderr] = [yield* TestConsole.logLines, yield* TestConsole.errorLines]
    return { stdout: stdout.join("\n"), stderr: stderr.join("\n") }
  })

describe("a wrong call", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["draw it --bogus", "there is no flag --bogus."],
    ["draw it --forma dot", "there is no flag --forma. Did you mean --format?"],
    ["draw", "the argument <what> is missing."],
    ["draw one two three", "too many arguments: two three."],
    ["draw it -j 0", '--jobs: expected a whole number, 1 or more, got "0".'],
    ["draw it -j-1", '--jobs: expected a whole number, 1 or more, got "-1".'],
    ["draw it -j", "--jobs: expected integer, got nothing."],
    ["draw it --jobs 1.5", '--jobs: expected an integer, got "1.5".'],
    ["draw it --grace -1", '--grace: expected a whole number, 0 or more, got "-1".'],
    ["draw it --set size", '--set: expected key=value, got "size".'],
    ["draw it --set size=", '--set: expected key=value, with something on both sides, got "size=".'],
    ["draw it --set =3", '--set: expected key=value, with something on both sides, got "=3".'],
    ["draw it --set", "--set: expected key=value, got nothing."],
    ["draw it --format png", '--format: expected "svg" | "dot", got "png".']
  ]
  for (const [typed, says] of cases) {
    it.effect(`"brink ${typed}" is told: ${says}`, () =>
      Effect.gen(function* () {
        const { stdout, stderr } = yield* printed(typed)
        assert.strictEqual(stderr, `brink: ${says}\nSee brink draw --help.`)
        assert.strictEqual(stdout, "")
      })
    )
  }

  it.effect("of a command that does not exist is told of near ones", () =>
    Effect.gen(function* () {
      const { stderr } = yield* printed("drew it")
      assert.include(stderr, 'brink: there is no command "drew". Did you mean draw?\n')
      assert.include(stderr, "See brink --help.")
    })
  )

  it.effect("has a line for each thing that is wrong", () =>
    Effect.gen(function* () {
      const { stderr } = yield* printed("draw it --one --two")
      assert.strictEqual(
        stderr,
        "brink: there is no flag --one.\nbrink: there is no flag --two.\nSee brink draw --help."
      )
    })
  )
})

describe("help that is asked for", () => {
  it.effect("is printed whole, to standard output", () =>
    Effect.gen(function* () {
      const { stdout, stderr } = yield* printed("draw --help")
      assert.include(stdout, "--jobs")
      assert.strictEqual(stderr, "")
    })
  )
})
