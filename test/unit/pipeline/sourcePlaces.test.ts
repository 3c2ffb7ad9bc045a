/** Traces of what a bundle threw, told in places of its sources. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bundle } from "../../../src/pipeline/bundle.ts"
import { sha256 } from "../../../src/pipeline/canonical.ts"
import { inSources } from "../../../src/pipeline/sourcePlaces.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"

const stage = `import { check } from "../src/check.ts"

interface Wanted {
  readonly rate: number
}

/** Runs. */
export const train = ({ rate }: Wanted): number => {
  const halves = [rate, rate / 2].map((each) => each + 1)
  return check(halves[0]!)
}
`
const helper = `const limits = { ...{ most: 3 } }

export const check = (value: number): number => {
  // Too much is too much.
  if (value > limits.most)
    throw new RangeError(\`\${value} is too much\`)
  return value
}
`

const thrownIn = Effect.gen(function* () {
  const root = yield* temporaryFolder
  for (const [path, text] of [
    ["stages/train.ts", stage],
    ["src/check.ts", helper]
  ] as const) {
    mkdirSync(join(root, path, ".."), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const { text } = yield* bundle(root, "train")
  const digest = sha256(text)
  const path = join(root, `${digest}.mjs`)
  writeFileSync(path, text)
  const { train } = yield* Effect.promise(() => import(pathToFileURL(path).href))
  const error = yield* Effect.flip(Effect.try({ try: () => train({ rate: 5 }), catch: (cause) => cause as Error }))
  return { root, code: { root, stage: "train", digest }, trace: error.stack! }
})

describe("a trace of what a bundle threw", () => {
  it.effect("names the lines of the sources, of the helper and of who called it", () =>
    Effect.gen(function* () {
      const { code, trace } = yield* thrownIn
      const told = yield* inSources(code, trace)
      assert.deepStrictEqual(told.first, { file: "src/check.ts", line: 6 })
      const [message, thrown, called] = told.trace.split("\n")
      assert.strictEqual(message, "RangeError: 6 is too much")
      assert.match(thrown!, /src\/check\.ts:6\)?$/)
      assert.match(called!, /stages\/train\.ts:10\)?$/)
      assert.notInclude(told.trace, code.digest)
    })
  )

  it.effect("is read at once, though a message quotes a million letters", () =>
    Effect.gen(function* () {
      const { code, trace } = yield* thrownIn
      const told = yield* inSources(code, trace.replace("6 is too much", "x".repeat(1_000_000)))
      assert.deepStrictEqual(told.first, { file: "src/check.ts", line: 6 })
    })
  )

  it.effect("stays as it was where the sources were changed, or it is of something else", () =>
    Effect.gen(function* () {
      const { root, code, trace } = yield* thrownIn
      const elsewhere = "Error: no\n    at file:///elsewhere.mjs:1:2"
      assert.deepStrictEqual(yield* inSources(code, elsewhere), { trace: elsewhere, first: undefined })
      writeFileSync(join(root, "src/check.ts"), helper.replace("most: 3", "most: 4"))
      assert.deepStrictEqual(yield* inSources(code, trace), { trace, first: undefined })
      writeFileSync(join(root, "src/check.ts"), "no { JavaScript")
      assert.deepStrictEqual(yield* inSources(code, trace), { trace, first: undefined })
    })
  )
})
