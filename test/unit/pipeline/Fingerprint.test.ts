/** The identity of code: what changes it, what does not, and what has none. */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bundleStage } from "../../../src/pipeline/Fingerprint.ts"
import type { Lockfile } from "../../../src/pipeline/Lockfile.ts"
import { changedParts } from "../../../src/pipeline/parts.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"

const sources: Readonly<Record<string, string>> = {
  "stages/train.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { step } from "../src/step.ts"
import table from "../src/table.json" with { type: "json" }
import { Numbers } from "./artifacts.ts"
/** Trains. */
export const train = Stage.make("train", {
  takes: { rate: Schema.Finite },
  makes: Numbers,
  run: ({ rate }) => Effect.succeed({ values: [step(rate) * table.factor] })
})
`,
  "stages/artifacts.ts": `import * as Schema from "effect/Schema"
import * as Artifact from "brink/pipeline/Artifact"
export const Numbers = Artifact.make("Numbers", { values: Schema.Array(Schema.Finite) })
export const Other = Artifact.make("Other", { value: Schema.Int })
`,
  "src/step.ts": `import type { Unused } from "./types.ts"
import { half } from "./half.ts"
export const step = (rate: number): number => rate - half(rate)
export const unused = (u: Unused): Unused => u
`,
  "src/half.ts": "export const half = (x: number): number => x / 2\n",
  "src/types.ts": "export interface Unused { readonly x: number }\n",
  "src/table.json": '{ "factor": 3 }',
  "stages/other.ts": "export const other = 1\n"
}

const lock: Lockfile = {
  packages: {
    "node_modules/effect": { version: "4.1.0", integrity: "sha512-e", dependencies: { inner: "*" } },
    "node_modules/inner": { version: "1.0.0", integrity: "sha512-i" },
    "node_modules/brink": { version: "0.0.1", integrity: "sha512-b" },
    "node_modules/data": { version: "1.0.0", integrity: "sha512-d" }
  }
}

const bundled = (
  files: Readonly<Record<string, string>> = {},
  options: { readonly lock?: Lockfile; readonly declared?: ReadonlyArray<string> } = {}
) =>
  Effect.gen(function* () {
    const root = yield* temporaryFolder
    for (const [path, text] of Object.entries({ ...sources, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return yield* bundleStage(root, options.lock ?? lock, "train", options.declared ?? [])
  })

const edited = (path: string, from: string, to: string): Readonly<Record<string, string>> => {
  assert.include(sources[path]!, from)
  return { [path]: sources[path]!.replace(from, to) }
}

const identity = (...args: Parameters<typeof bundled>) => Effect.map(bundled(...args), ({ code }) => code.identity)

/** A helper with locals in several scopes, beside properties that are called as a minifier calls locals. */
const helperWith = ([
  a,
  b,
  c,
  d,
  e,
  f
]: ReadonlyArray<string>): string => `export const half = (${a}: number): number => {
  const ${b} = { e: ${a}, t: [${a}, 2 * ${a}], n: 3, r: { o: 4 } }
  let ${c} = 0
  outer: for (const ${d} of ${b}.t) {
    const ${e} = ({ e, n }: { e: number; n: number }): number => e * ${d} + n + ${c}
    ${c} += ${e}({ e: ${d}, n: ${c} }) - ${e}(${b})
    for (const [i, o] of [[${c}, ${d}]]) if (i! > o!) continue outer
  }
  try {
    return Math.sqrt(${c}) + ${c} + ${b}.r.o
  } catch (${f}) {
    throw new Error(String(${f}), { cause: ${f} })
  }
}
`

/** Six different words of one to twelve letters, drawn from the number. */
const drawnNames = (seed: number): ReadonlyArray<string> => {
  let state = seed + 1
  const draw = (below: number): number => {
    state = (state * 48271) % 2147483647
    return state % below
  }
  const names = new Set<string>()
  while (names.size < 6) {
    const word = Array.from({ length: 1 + draw(12) }, () => "abcRSTlmnopxyz"[draw(14)]).join("")
    if (!["e", "t", "n", "r", "o", "i"].includes(word)) names.add(word)
  }
  return [...names]
}

describe("the identity of a stage's code does not change with", () => {
  const same: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "the folder it lies in": {},
    "a comment": edited("stages/train.ts", "/** Trains. */", "// Trains, and how.\n"),
    formatting: edited("src/step.ts", "rate - half(rate)", "(rate  -  half( rate ))"),
    "a type": edited("src/step.ts", "(rate: number)", "(rate: number | 3)"),
    "the name of a local value": edited(
      "src/half.ts",
      "(x: number): number => x / 2",
      "(value: number): number => value / 2"
    ),
    "a helper it does not reach": edited("src/step.ts", "=> u", "=> ({ ...u })"),
    "the schema of another artifact": edited(
      "stages/artifacts.ts",
      '"Other", { value: Schema.Int }',
      '"Other", { value: Schema.Finite }'
    ),
    "another stage": { "stages/other.ts": "export const other = 2\n" },
    "another file": { "src/new.ts": "export const x = 1\n" }
  }
  for (const [what, files] of Object.entries(same)) {
    it.effect(what, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* identity(files), yield* identity())
      })
    )
  }

  it.effect("the names of its local values, however many, whatever letters occur in them", () =>
    Effect.gen(function* () {
      const helper = (seed: number) => ({ "src/half.ts": helperWith(drawnNames(seed)) })
      const first = yield* identity(helper(0))
      for (let seed = 1; seed < 40; seed++) {
        assert.strictEqual(yield* identity(helper(seed)), first, `seed ${seed}: ${drawnNames(seed)}`)
      }
    })
  )

  it.effect("a package that it does not import", () =>
    Effect.gen(function* () {
      const grown = { packages: { ...lock.packages, "node_modules/data": { version: "2.0.0" } } }
      assert.strictEqual(yield* identity({}, { lock: grown }), yield* identity())
    })
  )
})

describe("the identity of a stage's code changes with", () => {
  const other: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "its own code": edited("stages/train.ts", "step(rate) *", "step(rate) +"),
    "a helper of a helper": edited("src/half.ts", "x / 2", "x / 3"),
    "a JSON file that it imports": { "src/table.json": '{ "factor": 4 }' },
    "the schema of its artifact": edited(
      "stages/artifacts.ts",
      "Schema.Array(Schema.Finite)",
      "Schema.Array(Schema.Int)"
    ),
    "a statement at the top level of a file it reaches": {
      "src/half.ts": `${sources["src/half.ts"]}globalThis.x = 1\n`
    }
  }
  for (const [what, files] of Object.entries(other)) {
    it.effect(what, () =>
      Effect.gen(function* () {
        assert.notStrictEqual(yield* identity(files), yield* identity())
      })
    )
  }

  it.effect("which of its local values it uses, and what its properties are called", () =>
    Effect.gen(function* () {
      const helper = helperWith(["a", "b", "c", "d", "f", "g"])
      const before = yield* identity({ "src/half.ts": helper })
      for (const [from, to] of [
        ["Math.sqrt(c)", "Math.sqrt(a)"] as const,
        ["b.r.o", "b.n"] as const,
        ["i! > o!", "o! > i!"] as const
      ]) {
        assert.include(helper, from)
        assert.notStrictEqual(yield* identity({ "src/half.ts": helper.replace(from, to) }), before, to)
      }
    })
  )

  it.effect("a package that it imports, and what that depends on", () =>
    Effect.gen(function* () {
      for (const name of ["effect", "inner"]) {
        const path = `node_modules/${name}`
        const changed = { packages: { ...lock.packages, [path]: { ...lock.packages[path], integrity: "sha512-new" } } }
        assert.notStrictEqual(yield* identity({}, { lock: changed }), yield* identity(), name)
      }
    })
  )

  it.effect("a file of its project, in whatever folder, one that is called as the framework's too", () =>
    Effect.gen(function* () {
      const own = (body: string) => ({
        ...edited("stages/train.ts", "../src/step.ts", "../src/pipeline/step.ts"),
        "src/pipeline/step.ts": `export const step = (rate: number): number => ${body}\n`
      })
      assert.notStrictEqual(yield* identity(own("rate")), yield* identity(own("2 * rate")))
    })
  )

  it.effect("a package that it declares", () =>
    Effect.gen(function* () {
      assert.notStrictEqual(yield* identity({}, { declared: ["data"] }), yield* identity())
    })
  )
})

describe("the bundle of a stage", () => {
  it.effect("leaves out modules of Node, and follows imports whose module is named", () =>
    Effect.gen(function* () {
      const train = sources["stages/train.ts"]!.replace(
        "Effect.succeed({ values: [step(rate) * table.factor] })",
        `Effect.promise(async () => {
          const [{ half }, { constants }] = await Promise.all([import("../src/half.ts"), import(\`fs/promises\`)])
          return { values: [half(rate), constants.O_RDONLY, EOL.length] }
        })`
      )
      const { code, text } = yield* bundled({ "stages/train.ts": `import { EOL } from "os"\n${train}` })
      assert.deepStrictEqual(Object.keys(code.packages), ["effect"])
      assert.match(text, /from"os"/)
      assert.match(text, /import\("fs\/promises"\)/)
      assert.include(Object.keys(code.files), "src/half.ts")
      assert.notInclude(text, "../src/half.ts")
    })
  )

  it.effect("leaves out the framework by its name, also in the framework's own project", () =>
    Effect.gen(function* () {
      const { code, text } = yield* bundled({
        "package.json": '{ "name": "brink" }',
        ...edited("stages/train.ts", "brink/pipeline/Stage", "../src/pipeline/Stage.ts")
      })
      assert.include(text, '"brink/pipeline/Stage"')
      assert.strictEqual(code.identity, yield* identity())
    })
  )
})

describe("what is recorded of a stage's code", () => {
  it.effect("names the sources that are in it, and the packages", () =>
    Effect.gen(function* () {
      const { code, sources: read } = yield* bundled()
      assert.deepStrictEqual(Object.keys(code.files), [
        "src/half.ts",
        "src/step.ts",
        "src/table.json",
        "stages/artifacts.ts",
        "stages/train.ts"
      ])
      assert.deepStrictEqual(Object.keys(code.packages), ["effect"])
      assert.includeMembers(Object.keys(read), Object.keys(code.files))
    })
  )

  it.effect("says the same of a file whose comments changed", () =>
    Effect.gen(function* () {
      const [before, after] = [
        yield* bundled(),
        yield* bundled(edited("stages/train.ts", "/** Trains. */", "// Other."))
      ]
      assert.deepStrictEqual(after.code, before.code)
      assert.notStrictEqual(after.sources["stages/train.ts"], before.sources["stages/train.ts"])
    })
  )
})

describe("code without an identity", () => {
  const train = sources["stages/train.ts"]!
  const unreadable: Readonly<Record<string, readonly [string, RegExp]>> = {
    "that imports a file which is not there": [`import "./nowhere.ts"\n${train}`, /nowhere\.ts.*stages\/train\.ts:1/],
    "that does not parse": [`${train}const = 3`, /stages\/train\.ts:13\b/],
    "that imports a package which is not locked": [
      `import { x } from "absent/part"\n${train.replace("step(rate)", "step(x)")}`,
      /package "absent", which package-lock\.json does not hold/
    ],
    "that imports what only runs can tell": [
      train.replace("step(rate)", "step(rate) + import(process.argv[1])"),
      /import\(process\.argv\[1\]\) loads what only running it can tell.* \(stages\/train\.ts:11\)/
    ],
    "that imports one of several files": [
      train.replace("step(rate)", 'step(rate) + import("./" + rate + ".ts")'),
      /import\("\.\/" \+ rate \+ "\.ts"\) loads/
    ]
  }
  for (const [what, [text, message]] of Object.entries(unreadable)) {
    it.effect(`is refused: code ${what} (StageUnreadable)`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(bundled({ "stages/train.ts": text }))
        assert.strictEqual(error._tag, "StageUnreadable")
        assert.match(error.message, /^stage train has no readable code in stages\/train\.ts: /)
        assert.match(error.problem, message)
      })
    )
  }

  it.effect("is refused: a stage that has no file (StageUnreadable)", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const error = yield* Effect.flip(bundleStage(root, lock, "homeless", []))
      assert.strictEqual(error._tag, "StageUnreadable")
      assert.strictEqual(error.problem, "there is no such file.")
    })
  )
})

describe("a change of code is told by", () => {
  const told = (files: Readonly<Record<string, string>>, base: Readonly<Record<string, string>> = {}) =>
    Effect.gen(function* () {
      const [before, after] = [yield* bundled(base), yield* bundled({ ...base, ...files })]
      return changedParts(before.code, after.code)
    })
  const train = sources["stages/train.ts"]!

  const changes: Readonly<Record<string, readonly [Readonly<Record<string, string>>, ReadonlyArray<string>]>> = {
    "the function that changed, however deep": [edited("src/half.ts", "x / 2", "x / 3"), ["src/half.ts#half"]],
    "the stage itself": [edited("stages/train.ts", "step(rate) *", "step(rate) +"), ["stages/train.ts#train"]],
    "the schema of its artifact": [
      edited("stages/artifacts.ts", "Schema.Array(Schema.Finite)", "Schema.Array(Schema.Int)"),
      ["stages/artifacts.ts#Numbers"]
    ],
    "the JSON file": [{ "src/table.json": '{ "factor": 4 }' }, ["src/table.json"]],
    "what it reaches, not by what else changed in the same file": [
      { ...edited("src/step.ts", "=> u", "=> ({ ...u })"), ...edited("src/half.ts", "x / 2", "x / 3") },
      ["src/half.ts#half"]
    ],
    "a helper that is not exported, by its name": [
      { "src/half.ts": "const two = 3\nexport const half = (x: number): number => x / two\n" },
      ["src/half.ts#half", "src/half.ts#two"]
    ],
    "what runs when a file is loaded": [
      { "src/half.ts": `${sources["src/half.ts"]}globalThis.x = 1\n` },
      ["src/half.ts#(top level)"]
    ]
  }
  for (const [what, [files, expected]] of Object.entries(changes)) {
    it.effect(what, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* told(files), expected)
      })
    )
  }

  it.effect("what stands behind namespaces, names that are passed on, defaults and imports that run", () =>
    Effect.gen(function* () {
      const base = {
        "stages/train.ts": train
          .replace('import { step } from "../src/step.ts"', 'import * as all from "../src/all.ts"')
          .replace("step(rate) * table.factor", 'all.step(rate) * table.factor * (await import("../src/late.ts")).late')
          .replace("Effect.succeed({ values: [", "Effect.promise(async () => ({ values: [")
          .replace("] })\n})", "] }))\n})"),
        "src/all.ts":
          'export { step } from "./step.ts"\nexport * from "./more.ts"\nexport { default as other } from "./half2.ts"\n',
        "src/more.ts": "export const more = 1\n",
        "src/half2.ts": "export default (x: number) => x\n",
        "src/late.ts": "const { a, b: [c = 2] = [] } = { a: 1, b: [] as number[] }\nexport const late = a + c\n"
      }
      assert.deepStrictEqual(yield* told(edited("src/half.ts", "x / 2", "x / 3"), base), ["src/half.ts#half"])
      assert.deepStrictEqual(yield* told({ "src/late.ts": base["src/late.ts"].replace("c = 2", "c = 3") }, base), [
        "src/late.ts#a",
        "src/late.ts#c"
      ])
      const { code } = yield* bundled(base)
      assert.isUndefined(code.parts?.["src/more.ts"], "nothing of it is used")
    })
  )

  it.effect("the whole file where an earlier record does not know the parts", () =>
    Effect.gen(function* () {
      const [before, after] = [yield* bundled(), yield* bundled(edited("src/half.ts", "x / 2", "x / 3"))]
      const { parts: _, ...old } = before.code
      assert.deepStrictEqual(changedParts(old, after.code), ["src/half.ts"])
    })
  )
})
