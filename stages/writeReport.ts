/**
 * The page that shows it all, with every figure and table as files beside it. Everything on it bears the key of the action
 * that made it.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readScripts } from "../src/data/readScripts.ts"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { Provenance } from "../src/pipeline/Provenance.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { NamesRepeated } from "../src/report/Errors.ts"
import type { Figure as FigureSpec } from "../src/report/figures/theme.ts"
import { renderPage } from "../src/report/page.ts"
import type { Study } from "../src/report/types.ts"
import { Figure, Report, RunTable } from "./artifacts.ts"

const Setting = Schema.Struct({ name: Schema.String, value: Schema.String })

export const writeReport = Stage.make("writeReport", {
  takes: {
    title: Schema.String,
    subtitle: Schema.String,
    /** The first one leads. */
    tables: Artifact.many(RunTable),
    figures: Artifact.many(Figure),
    settings: Schema.Array(Setting)
  },
  makes: Report,
  provenance: true,
  packages: ["vega", "vega-embed", "vega-lite"],
  run: Effect.fn("writeReport")(function* ({ title, subtitle, tables, figures, settings }) {
    for (const [kind, names] of [
      ["figure", figures.map(({ name }) => name)],
      ["table", tables.map(({ model }) => model)]
    ] as const) {
      const name = names.find((each, i) => names.indexOf(each) < i)
      if (name !== undefined) return yield* new NamesRepeated({ kind, name })
    }
    const { keys } = yield* Provenance
    const studyOf = (table: (typeof tables)[number], i: number): Study => ({
      model: table.model,
      title: table.title,
      flow: table.flow,
      runs: table.rows,
      key: keys("tables")[i]!
    })
    const shown = figures.map(({ name, title: heading, caption, spec, image }, i) => ({
      id: name,
      title: heading,
      caption,
      figure: JSON.parse(spec) as FigureSpec,
      svg: image,
      key: keys("figures")[i]!
    }))
    const page = yield* Effect.promise(async () =>
      renderPage({
        title,
        subtitle,
        studies: tables.map(studyOf) as [Study, ...Array<Study>],
        figures: shown,
        settings,
        scripts: await readScripts()
      })
    )
    const utf8 = new TextEncoder()
    return {
      files: {
        "index.html": utf8.encode(page),
        ...Object.fromEntries(
          figures.flatMap(({ name, spec, image }) => [
            [`figures/${name}.svg`, utf8.encode(image)],
            [`figures/${name}.vl.json`, utf8.encode(spec)]
          ])
        ),
        ...Object.fromEntries(
          tables.flatMap(({ model, files }) =>
            Object.entries(files).map(([name, content]) => [`tables/${model}-${name}`, content])
          )
        )
      }
    }
  })
})
