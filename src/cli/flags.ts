/**
 * The flags and arguments that several verbs share, each with the words of its help.
 */
import { availableParallelism, totalmem } from "node:os"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { open, type Project } from "./Project.ts"

export const pipeline = Argument.String("pipeline").pipe(
  Argument.withDescription("Name of a file in pipelines/, without .ts")
)

export const targets = Argument.String("target").pipe(
  Argument.withDescription("Target names or addresses (descend@ratio=1.2; * matches anything); everything if left out"),
  Argument.variadic()
)

export const address = Argument.String("address").pipe(
  Argument.withDescription("An address, such as descend@ratio=1.2, or a stage's name")
)

export const set = Flag.KeyValuePair("set").pipe(
  Flag.withAlias("S"),
  Flag.withDescription(
    "Sets a parameter of the pipeline: train=500; an axis of its sweep: ratio=0.5,1,2 or 'ratio=geometric(0.1,8,20)'; adds to an axis: ratio+=3; repeat it for several"
  ),
  Flag.optional,
  Flag.map(Option.getOrElse((): Record<string, string> => ({})))
)

/** Those on which stages compute; a key that names another would tell something untrue. */
export const DEVICES = ["cpu", "cuda", "webgpu"] as const

export const device = Flag.Literals("device", DEVICES).pipe(
  Flag.withDescription("Device for the stages whose numbers depend on one"),
  Flag.withDefault("cpu")
)

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Prints JSON for other programs, one value a line"),
  Flag.withDefault(false)
)

export const force = Flag.String("force").pipe(
  Flag.withAlias("f"),
  Flag.withDescription(
    "Runs what matches the address even if it is up to date; where something else comes out than before, that holds; repeat it for several"
  ),
  Flag.atLeast(0)
)

/** A flag that takes a whole number, at least so large. */
export const wholeNumber = (name: string, least: number): Flag.Flag<number> =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value >= least,
      () => `a whole number, ${least} or more`
    )
  )

export const jobs = wholeNumber("jobs", 1).pipe(
  Flag.withAlias("j"),
  Flag.withDescription("How many actions run side by side; one a core if left out"),
  Flag.withDefault(availableParallelism())
)

export const megabytes = wholeNumber("memory", 1).pipe(
  Flag.withDescription("Megabytes that actions share, as far as their stages say what they need"),
  Flag.withDefault(Math.floor(totalmem() / 2 ** 20))
)

/** The program itself, with what holds for every verb. */
export const root = Command.make("brink").pipe(
  Command.withSharedFlags({
    store: Flag.String("store").pipe(
      Flag.withDescription("Folder of the store; artifacts/ of the project if left out"),
      Flag.optional
    )
  }),
  Command.withDescription(
    "Runs experiments as pipelines of cached stages: only what is not made yet runs, and what was interrupted goes on where it was."
  )
)

/** The project that this invocation works in. */
export const project: Effect.Effect<Project, never, Command.CommandContext<"brink">> = Effect.map(root, ({ store }) =>
  open(Option.getOrUndefined(store))
)

/** The pipeline that is meant. */
export const pipelineFlag = (description: string) =>
  Flag.String("pipeline").pipe(Flag.withAlias("p"), Flag.withDescription(description), Flag.optional)

/** A run, by what `runNamed` knows it. */
export const runFlag = (what: string) =>
  Flag.String("run").pipe(
    Flag.withDescription(`${what}: its name, the first or last digits of it, last, last~1`),
    Flag.optional
  )

/** What those verbs take that read an address in a plan. */
export const planned = {
  pipeline: pipelineFlag("Which pipeline; the one that ran last if left out"),
  set,
  device
}

export const dryRun = (description: string): Flag.Flag<boolean> =>
  Flag.Boolean("dry-run").pipe(Flag.withAlias("n"), Flag.withDescription(description), Flag.withDefault(false))
