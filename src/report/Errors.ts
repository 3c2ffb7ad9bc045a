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
