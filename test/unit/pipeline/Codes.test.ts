/** Code that is remembered between runs: believed only while every source is what it was. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { codesOf, currentDigests } from "../../../src/pipeline/Codes.ts"
import * as Disk from "../../../src/pipeline/Disk.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"

const write = (root: string, path: string, text: string): void => {
  mkdirSync(join(root, path, ".."), { recursive: true })
  writeFileSync(join(root, path), text)
}

const project = Effect.map(temporaryFolder, (root) => {
  write(root, "package-lock.json", '{"packages":{}}')
  write(root, "stages/helper.ts", "export const base = 2\n")
  for (const stage of ["one", "two"])
    write(
      root,
      `stages/${stage}.ts`,
      `import { base } from "./helper.ts"\nexport const ${stage} = base + "${stage}".length\n`
    )
  write(root, "stages/three.ts", "export const three = 3\n")
  return root
})

const codesFor = (root: string, ...stages: ReadonlyArray<string>) =>
  codesOf(root, new Map(stages.map((stage) => [stage, []])), currentDigests(root))

/** Stage → identity. */
const identities = (root: string) =>
  Effect.map(codesFor(root, "one", "two", "three"), (codes) =>
    Object.fromEntries([...codes].map(([stage, code]) => [stage, code.identity]))
  )

const memory = (root: string): string => join(root, ".brink", "codes.json")
const bundles = (root: string): string => join(root, ".brink", "bundles")

describe("remembered code", () => {
  it.effect("is that of the first time, and nothing is bundled again", () =>
    Effect.gen(function* () {
      const root = yield* project
      const first = yield* identities(root)
      const written = readFileSync(memory(root), "utf8")
      const inodes = () => readdirSync(bundles(root)).map((name) => statSync(join(bundles(root), name)).ino)
      const before = inodes()
      assert.deepStrictEqual(yield* identities(root), first)
      assert.deepStrictEqual(inodes(), before)
      assert.strictEqual(readFileSync(memory(root), "utf8"), written)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("is made anew for the stages that reach a changed file, and only what changed is other", () =>
    Effect.gen(function* () {
      const root = yield* project
      const first = yield* identities(root)
      write(root, "stages/helper.ts", "export const base = 3\n")
      const after = yield* identities(root)
      assert.notStrictEqual(after["one"], first["one"])
      assert.notStrictEqual(after["two"], first["two"])
      assert.strictEqual(after["three"], first["three"])
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("is made anew where a bundle is harmed", () =>
    Effect.gen(function* () {
      const root = yield* project
      const first = yield* identities(root)
      const texts = () => readdirSync(bundles(root)).map((name) => readFileSync(join(bundles(root), name), "utf8"))
      const before = texts()
      for (const name of readdirSync(bundles(root))) writeFileSync(join(bundles(root), name), "other text")
      assert.deepStrictEqual(yield* identities(root), first)
      assert.deepStrictEqual(texts(), before)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("is made anew where a bundle is gone", () =>
    Effect.gen(function* () {
      const root = yield* project
      const first = yield* identities(root)
      rmSync(bundles(root), { recursive: true })
      assert.deepStrictEqual(yield* identities(root), first)
      assert.strictEqual(readdirSync(bundles(root)).length, 3)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("that is cut at any byte, or something else, is made anew", () =>
    Effect.gen(function* () {
      const root = yield* project
      const first = yield* identities(root)
      const whole = readFileSync(memory(root))
      const lengths = Array.from({ length: 12 }, (_, i) => Math.floor((i * whole.byteLength) / 12))
      const others = [...lengths.map((length) => whole.subarray(0, length)), "null", "{}", "[]", "3"]
      for (const other of others) {
        writeFileSync(memory(root), other)
        assert.deepStrictEqual(yield* identities(root), first, String(other).slice(0, 20))
      }
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("of another protocol is made anew", () =>
    Effect.gen(function* () {
      const root = yield* project
      const first = yield* identities(root)
      const text = readFileSync(memory(root), "utf8")
      writeFileSync(memory(root), text.replaceAll(/"protocol":\d+/g, '"protocol":0').replaceAll("identity", "other"))
      assert.deepStrictEqual(yield* identities(root), first)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("is none where a stage has a name that every object has", () =>
    Effect.gen(function* () {
      const root = yield* project
      write(root, "stages/constructor.ts", "export const stage = 4\n")
      for (const _ of ["bundled", "remembered"]) {
        const codes = yield* codesFor(root, "constructor")
        assert.strictEqual(codes.get("constructor")!.stage, "constructor")
      }
    }).pipe(Effect.provide(Disk.layer))
  )

  for (const [what, text] of [
    ["is damaged", "<<<<<<< HEAD"],
    ["holds no packages", "{}"]
  ] as const) {
    it.effect(`is refused where the lockfile ${what} and a package is imported (StageUnreadable)`, () =>
      Effect.gen(function* () {
        const root = yield* project
        write(root, "package-lock.json", text)
        write(root, "stages/three.ts", 'import { x } from "absent"\nexport const three = x\n')
        const error = yield* Effect.flip(codesFor(root, "three"))
        assert.strictEqual(error._tag, "StageUnreadable")
        assert.include(error.message, '"absent", which package-lock.json does not hold')
      }).pipe(Effect.provide(Disk.layer))
    )
  }

  it.effect("of another lockfile is made anew", () =>
    Effect.gen(function* () {
      const root = yield* project
      yield* identities(root)
      const before = readFileSync(memory(root), "utf8")
      write(root, "package-lock.json", '{"packages":{"node_modules/x":{"version":"1.0.0"}}}')
      yield* identities(root)
      assert.notStrictEqual(JSON.parse(readFileSync(memory(root), "utf8")).lock, JSON.parse(before).lock)
    }).pipe(Effect.provide(Disk.layer))
  )
})
