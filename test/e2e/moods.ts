/**
 * A project with stages that are no functions of what they take, each in another way, and one that is.
 */
import { squares } from "../support/project.ts"

/** Ways in which a stage can fail to be a function of what it takes. */
export const moods: Readonly<Record<string, string>> = {
  random: "Math.random()",
  time: "Date.now()",
  clock: "performance.now()",
  worker: "process.pid",
  bits: "crypto.getRandomValues(new Uint32Array(1))[0]!",
  order:
    "await Promise.race([1, 2].map(async (x) => { await new Promise((done) => setTimeout(done, Math.random() * 20)); return x + process.hrtime()[1] }))",
  zero: "Math.random() < 2 && process.hrtime()[1] % 1 === 0 ? -process.hrtime()[1] : 0"
}

const stageOf = (name: string, expression: string): string => `import * as Effect from "effect/Effect"
import * as Stage from "brink/pipeline/Stage"
import { Numbers, Mixed } from "./artifacts.ts"
export const ${name} = Stage.make("${name}", {
  takes: { numbers: Numbers },
  makes: Mixed,
  run: ({ numbers }) => Effect.promise(async () => {
    const value = ${expression}
    return { fixed: numbers.values.length, drawn: { value }, bytes: new TextEncoder().encode("always " + value) }
  })
})
`

const names = [...Object.keys(moods), "steady"]
export const moody: Readonly<Record<string, string>> = {
  ...squares,
  "stages/artifacts.ts": `${squares["stages/artifacts.ts"]}export const Mixed = Artifact.make("Mixed", {
  fixed: Schema.Int,
  drawn: Schema.Struct({ value: Schema.Finite }),
  bytes: Artifact.file("bin", { encode: (value: Uint8Array) => value, decode: (value) => value })
})
`,
  ...Object.fromEntries(names.map((name) => [`stages/${name}.ts`, stageOf(name, moods[name] ?? "3")])),
  "pipelines/moods.ts": `import * as Pipeline from "brink/pipeline/Pipeline"
import { draw } from "../stages/draw.ts"
${names.map((name) => `import { ${name} } from "../stages/${name}.ts"`).join("\n")}
export default Pipeline.make("moods", {
  params: {},
  defaults: {},
  build: () => {
    const numbers = draw({ seed: 1 })
    return { ${names.map((name) => `${name}: ${name}({ numbers })`).join(", ")} }
  }
})
`
}
