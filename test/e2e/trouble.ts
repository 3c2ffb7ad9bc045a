/**
 * A project whose stage `trouble` does what its parameter says: throw, fail, exit, kill itself, wait. Beside it a stage that
 * does not depend on it, and behind it one that does.
 */
import { squares } from "../support/project.ts"

export const trouble: Readonly<Record<string, string>> = {
  "stages/artifacts.ts": `${squares["stages/artifacts.ts"]}export const Large = Artifact.make("Large", {
  size: Schema.Int,
  bytes: Artifact.file("bin", { encode: (value) => value, decode: (value) => value })
})
`,
  "stages/draw.ts": squares["stages/draw.ts"]!,
  "stages/sum.ts": squares["stages/sum.ts"]!,
  "stages/square.ts": squares["stages/square.ts"]!,
  "stages/helpers.ts": squares["stages/helpers.ts"]!,
  "stages/fill.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Large } from "./artifacts.ts"
/** As many bytes as it is told. */
export const fill = Stage.make("fill", {
  takes: { size: Schema.Int },
  makes: Large,
  run: ({ size }) => Effect.succeed({ size, bytes: new Uint8Array(size).fill(7) })
})
`,
  "stages/weigh.ts": `import * as Effect from "effect/Effect"
import * as Stage from "brink/pipeline/Stage"
import { Large, Numbers } from "./artifacts.ts"
/** The sum of the bytes. */
export const weigh = Stage.make("weigh", {
  takes: { large: Large },
  makes: Numbers,
  run: ({ large }) => Effect.succeed({ values: [large.bytes.reduce((a, b) => a + b, 0)] })
})
`,
  "stages/trouble.ts": `import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Numbers } from "./artifacts.ts"
class Broken extends Schema.TaggedError<Broken>()("Broken", { what: Schema.String }) {
  override get message(): string {
    return \`the \${this.what} is broken\`
  }
}
export const trouble = Stage.make("trouble", {
  takes: { numbers: Numbers, mode: Schema.String },
  makes: Numbers,
  run: Effect.fn("trouble")(function*({ numbers, mode }) {
    process.stdout.write(\`trouble with \${mode}\\n\`)
    if (mode === "fail") return yield* new Broken({ what: "pump" })
    if (mode === "throw") throw new TypeError("thrown in plain code")
    if (mode === "kill") process.kill(process.pid, "SIGKILL")
    if (mode === "exit") process.exit(9)
    if (mode === "wrong") return { values: ["not a number"] as never }
    if (mode === "wait") while (!existsSync("go")) yield* Effect.sleep("20 millis")
    if (mode === "deaf") for (;;) if (existsSync("go")) break
    return numbers
  })
})
`,
  "pipelines/trouble.ts": `import * as Schema from "effect/Schema"
import * as Pipeline from "brink/pipeline/Pipeline"
import { draw } from "../stages/draw.ts"
import { fill } from "../stages/fill.ts"
import { square } from "../stages/square.ts"
import { sum } from "../stages/sum.ts"
import { trouble } from "../stages/trouble.ts"
import { weigh } from "../stages/weigh.ts"
export default Pipeline.make("trouble", {
  params: { mode: Schema.String, size: Schema.Int },
  defaults: { mode: "none", size: 6000 },
  build: ({ mode, size }) => {
    const numbers = draw({ seed: 1 })
    const first = trouble({ numbers, mode })
    return { total: sum({ squares: [first] }), aside: square({ numbers, power: 2 }), weight: weigh({ large: fill({ size }) }) }
  }
})
`
}
