/**
 * What can be wrong about the results that a table or a figure is made of.
 */
import * as Schema from "effect/Schema"

/** Runs whose critical rate is another than that of the flow they are compared with. */
export class RunsMixed extends Schema.TaggedError<RunsMixed>()("RunsMixed", {
  title: Schema.String,
  ratio: Schema.Finite,
  criticalRate: Schema.Finite,
  expected: Schema.Finite
}) {
  override get message(): string {
    return `table "${this.title}": the run at ratio ${this.ratio} has the critical rate ${this.criticalRate}, expected that of the table's flow, ${this.expected}. It is from another start, model or data: make one table for each flow, and join them by gatherSeeds and drawSeeds.`
  }
}

/** Two figures or tables of a report that would be one file. */
export class NamesRepeated extends Schema.TaggedError<NamesRepeated>()("NamesRepeated", {
  kind: Schema.Literals(["figure", "table"]),
  name: Schema.String
}) {
  override get message(): string {
    const remedy =
      this.kind === "figure"
        ? "Leave one of them out, or write two reports."
        : "Give each table a model name of its own."
    return `report: two ${this.kind}s are called "${this.name}", and one file would take the place of the other. ${remedy}`
  }
}
