/**
 * `brink graph`: the pipeline as a picture. Stages of one name are one box, with how many there are, unless asked otherwise.
 */
import { writeFileSync } from "node:fs"
import { extname } from "node:path"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Blueprint, inputIds } from "../pipeline/Blueprint.ts"
import { pipeline, project, set } from "./flags.ts"
import { blueprint } from "./Project.ts"
import { withStore } from "./services.ts"

/** A file that cannot be written where it was asked for. */
export class OutputUnwritable extends Schema.TaggedError<OutputUnwritable>()("OutputUnwritable", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `cannot write ${this.path} (${this.problem}). Give --output a file in a folder that is there and may be written to, and --format where its ending does not tell it.`
  }
}

const FORMATS = ["svg", "mermaid", "dot", "json"] as const
type Format = (typeof FORMATS)[number]

/** Ending of a file → what is written in it. */
const ENDINGS: Readonly<Record<string, Format>> = {
  ".svg": "svg",
  ".mmd": "mermaid",
  ".mermaid": "mermaid",
  ".md": "mermaid",
  ".txt": "mermaid",
  ".dot": "dot",
  ".gv": "dot",
  ".json": "json"
}

/** The format that was asked for, else the one that the file's name tells of. */
const formatOf = (
  asked: Option.Option<Format>,
  output: Option.Option<string>
): Effect.Effect<Format, OutputUnwritable> => {
  if (Option.isSome(asked)) return Effect.succeed(asked.value)
  if (Option.isNone(output)) return Effect.succeed("mermaid")
  const path = output.value
  const ending = extname(path).toLowerCase()
  const known = Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined
  if (known !== undefined) return Effect.succeed(known)
  const problem = `its ending is none of ${Object.keys(ENDINGS).join(", ")}, and --format is not given`
  return Effect.fail(new OutputUnwritable({ path, problem }))
}

interface Picture {
  readonly boxes: ReadonlyMap<string, string>
  readonly arrows: ReadonlySet<string>
}

/** Box id → label, and arrows `from>to`; an id is a stage, or a node where all are asked for. */
const pictureOf = (graph: Blueprint, expand: boolean): Picture => {
  const names = graph.addresses
  const boxOf = new Map(graph.nodes.map((node) => [node.id, expand ? names[node.id]! : node.stage]))
  const counts = new Map<string, number>()
  const arrows = new Set<string>()
  for (const node of graph.nodes) {
    const box = boxOf.get(node.id)!
    counts.set(box, (counts.get(box) ?? 0) + 1)
    for (const input of inputIds(node)) arrows.add(`${boxOf.get(input)}>${box}`)
  }
  const boxes = new Map([...counts].map(([box, count]) => [box, count === 1 ? box : `${box} × ${count}`]))
  for (const [target, id] of Object.entries(graph.targets)) {
    const name = `→ ${target}`
    boxes.set(name, name)
    arrows.add(`${boxOf.get(id)}>${name}`)
  }
  return { boxes, arrows }
}

const quote = (text: string): string => JSON.stringify(text)

const dot = ({ boxes, arrows }: Picture): string =>
  [
    "digraph {",
    '  rankdir=LR; bgcolor="transparent"; node [shape=box, style="rounded,filled", fillcolor="#eef3fa", color="#5b7fa6", fontname="Helvetica", fontsize=11]; edge [color="#8a97a6", arrowsize=0.7]',
    ...[...boxes].map(
      ([id, label]) =>
        `  ${quote(id)} [label=${quote(label)}${id.startsWith("→") ? ', shape=plaintext, style=""' : ""}]`
    ),
    ...[...arrows].map((arrow) => `  ${arrow.split(">").map(quote).join(" -> ")}`),
    "}"
  ].join("\n")

const mermaid = ({ boxes, arrows }: Picture): string => {
  const ids = new Map([...boxes.keys()].map((box, index) => [box, `n${index}`]))
  return [
    "flowchart LR",
    ...[...boxes].map(([box, label]) => `  ${ids.get(box)}[${quote(label)}]`),
    ...[...arrows].map(
      (arrow) =>
        `  ${arrow
          .split(">")
          .map((box) => ids.get(box))
          .join(" --> ")}`
    )
  ].join("\n")
}

const svg = (picture: Picture): Effect.Effect<string> =>
  Effect.promise(async () => {
    const { instance } = await import("@viz-js/viz")
    return (await instance()).renderString(dot(picture), { format: "svg", engine: "dot" })
  })

const write = (path: string, text: string): Effect.Effect<void, OutputUnwritable> =>
  Effect.try({
    try: () => writeFileSync(path, `${text}\n`),
    catch: (cause) => new OutputUnwritable({ path, problem: (cause as NodeJS.ErrnoException).code ?? String(cause) })
  })

export const graph = Command.make(
  "graph",
  {
    pipeline,
    set,
    format: Flag.Literals("format", FORMATS).pipe(
      Flag.withDescription(
        "What to write; by the ending of --output if left out (.svg, .mmd, .dot, .json), else mermaid"
      ),
      Flag.optional
    ),
    expand: Flag.Boolean("expand").pipe(
      Flag.withDescription("Draws every stage of a sweep, not one box for all"),
      Flag.withDefault(false)
    ),
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withDescription("File to write; standard output if left out"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    const format = yield* formatOf(options.format, options.output)
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const made = yield* blueprint(project_, options.pipeline, options.set)
        const picture = pictureOf(made, options.expand)
        const text =
          format === "svg"
            ? yield* svg(picture)
            : format === "dot"
              ? dot(picture)
              : format === "mermaid"
                ? mermaid(picture)
                : JSON.stringify(made)
        if (Option.isNone(options.output)) return yield* Console.log(text)
        yield* write(options.output.value, text)
      })
    )
  })
).pipe(
  Command.withDescription("Draws the pipeline: a box for each stage, or for each cell of a sweep with --expand"),
  Command.withExamples([{ command: "brink graph quickstart -o graph.svg", description: "A picture for a paper" }])
)
