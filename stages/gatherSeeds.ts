/**
 * Sweeps from several starts, or on several draws of the data, as one table: means with standard errors at every multiple of
 * the critical rate, and whether some rate in between generalises better than both ends.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { Provenance } from "../src/pipeline/Provenance.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { ratioColumns } from "../src/report/columns.ts"
import { toCsv } from "../src/report/csv.ts"
import { compare, flat, rowsOf } from "../src/report/seeds.ts"
import { RunTable, SeedTable } from "./artifacts.ts"

export const gatherSeeds = Stage.make("gatherSeeds", {
  takes: { title: Schema.String, tables: Artifact.many(RunTable) },
  makes: SeedTable,
  provenance: true,
  run: Effect.fn("gatherSeeds")(function* ({ title, tables }) {
    const { keys } = yield* Provenance
    const rows = rowsOf(tables)
    const csv = yield* Effect.promise(() => toCsv(ratioColumns, rows.map(flat)))
    return {
      title,
      rows,
      comparison: compare(tables) ?? null,
      tables: keys("tables"),
      files: { "seeds.csv": new TextEncoder().encode(csv) }
    }
  })
})
