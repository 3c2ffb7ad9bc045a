/**
 * A project whose pipeline is a sweep of as many trivial stages as a benchmark asks for. Knows nothing of what is timed.
 */
import { makeProject, type Project } from "../../test/support/project.ts"

/** `cells` numbers raised to a power each, summed in groups of a thousand, and the sums summed. */
export const sweepProject = (cells: number): Project =>
  makeProject({
    "stages/artifacts.ts": `import * as Schema from "effect/Schema"
import * as Artifact from "brink/pipeline/Artifact"
export const Value = Artifact.make("Value", { value: Schema.Finite })
`,
    "stages/draw.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Value } from "./artifacts.ts"
export const draw = Stage.make("draw", {
  takes: { seed: Schema.Int },
  makes: Value,
  run: ({ seed }) => Effect.succeed({ value: seed / 7 })
})
`,
    "stages/scale.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Value } from "./artifacts.ts"
export const scale = Stage.make("scale", {
  takes: { from: Value, factor: Schema.Int, offset: Schema.Int },
  makes: Value,
  run: ({ from, factor, offset }) => Effect.succeed({ value: from.value * factor + offset })
})
`,
    "stages/sum.ts": `import * as Effect from "effect/Effect"
import * as Artifact from "brink/pipeline/Artifact"
import * as Stage from "brink/pipeline/Stage"
import { Value } from "./artifacts.ts"
export const sum = Stage.make("sum", {
  takes: { values: Artifact.many(Value) },
  makes: Value,
  run: ({ values }) => Effect.succeed({ value: values.reduce((total, { value }) => total + value, 0) })
})
`,
    "pipelines/sweep.ts": `import * as Schema from "effect/Schema"
import * as Pipeline from "brink/pipeline/Pipeline"
import * as Sweep from "brink/pipeline/Sweep"
import { draw } from "../stages/draw.ts"
import { scale } from "../stages/scale.ts"
import { sum } from "../stages/sum.ts"
export default Pipeline.make("sweep", {
  params: { cells: Schema.Int, offset: Schema.Int },
  defaults: { cells: ${cells}, offset: 0 },
  build: ({ cells, offset }) => {
    const from = draw({ seed: 1 })
    const values = Sweep.range(cells).map((factor) => scale({ from, factor, offset: factor < 100 ? offset : 0 }))
    const sums = Sweep.range(Math.ceil(cells / 1000)).map((group) => sum({ values: values.slice(1000 * group, 1000 * (group + 1)) }))
    return { total: sum({ values: sums }) }
  }
})
`
  })
