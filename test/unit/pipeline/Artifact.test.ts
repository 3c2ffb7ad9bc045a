/** Artifacts: what is put in comes out, equal values have equal digests, and what does not fit is refused. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Artifact from "../../../src/pipeline/Artifact.ts"
import { canonical } from "../../../src/pipeline/canonical.ts"
import { bytesOf, textOf } from "../../fault/samples.ts"

const text = Artifact.file<string>("txt", { encode: bytesOf, decode: textOf })
const Descent = Artifact.make("Descent", {
  steps: Schema.Int,
  loss: Schema.NullOr(Schema.Number),
  points: Schema.Array(Schema.Struct({ at: Schema.Finite })),
  log: text,
  graphs: Artifact.folder
})
type Value = Artifact.Value<typeof Descent>

const sample: Value = {
  steps: 3,
  loss: 0.5,
  points: [{ at: 0.1 }, { at: 2 }],
  log: "a log: ä",
  graphs: { "step.onnx": bytesOf("step"), "deep/gradient.onnx": bytesOf("gradient"), empty: new Uint8Array() }
}

const encoded = (value: unknown) => Artifact.encode(Descent, value)
const decoded = ({ manifest, blobs }: Artifact.Encoded, as: Artifact.Any = Descent) =>
  Artifact.decode(as, manifest, ({ digest }) => Effect.succeed(blobs.get(digest)!))

describe("an artifact", () => {
  it.effect("comes back as it was, with its files named by field and ending", () =>
    Effect.gen(function* () {
      const one = yield* encoded(sample)
      assert.deepStrictEqual(yield* decoded(one), sample)
      const names = ["graphs/deep/gradient.onnx", "graphs/empty", "graphs/step.onnx", "log.txt"]
      assert.deepStrictEqual(Object.keys(one.manifest.files).sort(), names)
    })
  )

  it.effect("keeps numbers that JSON has no text for, and the sign of zero, since arithmetic gives them", () =>
    Effect.gen(function* () {
      for (const loss of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, 5e-324, -0]) {
        const back = (yield* Effect.flatMap(encoded({ ...sample, loss }), (one) => decoded(one))) as Value
        assert.isTrue(Object.is(back.loss, loss), String(loss))
      }
    })
  )

  it.effect("has one text for equal values, and another for others", () =>
    Effect.gen(function* () {
      const { graphs, log, ...rest } = sample
      const reordered = { graphs: Object.fromEntries(Object.entries(graphs).reverse()), log, ...rest }
      const same = yield* encoded(reordered)
      const first = yield* encoded(sample)
      assert.strictEqual(canonical(same.manifest), canonical(first.manifest))
      assert.strictEqual(JSON.stringify(first.manifest), canonical(first.manifest), "made is written as found")
      for (const change of [{ steps: 4 }, { log: "another" }, { graphs: { "step.onnx": bytesOf("step2") } }]) {
        const other = yield* encoded({ ...sample, ...change })
        assert.notStrictEqual(canonical(other.manifest), canonical(first.manifest))
      }
    })
  )

  it.effect("keeps equal files once", () =>
    Effect.gen(function* () {
      const { blobs, manifest } = yield* encoded({ ...sample, graphs: { a: bytesOf("x"), b: bytesOf("x") }, log: "x" })
      assert.strictEqual(blobs.size, 1)
      assert.strictEqual(Object.keys(manifest.files).length, 3)
    })
  )
})

describe("a value that does not fit", () => {
  const wrong: Readonly<Record<string, readonly [unknown, string]>> = {
    "a wrong field": [{ ...sample, steps: 1.5 }, "steps"],
    "a missing field": [{ ...sample, points: undefined }, "points"],
    "a part that its codec refuses": [{ ...sample, log: Symbol("s") }, "log"]
  }
  it.effect("is refused where a file would be larger than one can be", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(encoded({ ...sample, graphs: { "large.bin": new Uint8Array(2 ** 31) } }))
      assert.include(error.message, 'field "graphs": it has 2.0 GiB, and a file at most 2')
    })
  )

  it.effect("is told with what was got", () =>
    Effect.gen(function* () {
      const { graphs: _, ...partial } = sample
      for (const [value, said] of [
        [{ ...sample, steps: Number.NaN }, /field "steps": .*, got NaN$/],
        [partial, /field "graphs": there is none$/],
        [undefined, /schema: it is undefined, expected an object with the fields steps, loss, points, log, graphs$/]
      ] as const)
        assert.match((yield* Effect.flip(encoded(value))).message, said)
    })
  )

  for (const [what, [value, field]] of Object.entries(wrong)) {
    it.effect(`is refused with the field's name: ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(encoded(value))
        assert.strictEqual(error._tag, "ArtifactUnencodable")
        assert.match(
          error.message,
          new RegExp(`returned for artifact Descent does not fit its schema: field "${field}"`)
        )
      })
    )
  }
})

describe("stored bytes that do not fit", () => {
  it.effect("are refused where they are of another artifact", () =>
    Effect.gen(function* () {
      const one = yield* encoded(sample)
      const error = yield* Effect.flip(decoded(one, Artifact.make("Flow", Descent.fields)))
      assert.strictEqual(error._tag, "ArtifactUndecodable")
      assert.match(error.message, /^artifact Flow \([0-9a-f]{12}\) does not decode: it is a Descent\./)
    })
  )

  it.effect("are refused where a field is of another kind, or gone", () =>
    Effect.gen(function* () {
      const one = yield* encoded(sample)
      for (const changed of [
        { ...Descent.fields, steps: Schema.String },
        { ...Descent.fields, more: Schema.Int }
      ]) {
        const error = yield* Effect.flip(decoded(one, Artifact.make("Descent", changed)))
        assert.strictEqual(error._tag, "ArtifactUndecodable")
        assert.match(error.problem, /^field "(steps|more)"/)
      }
    })
  )

  it.effect("are refused where a part's own codec throws, or its file is gone", () =>
    Effect.gen(function* () {
      const strict = Artifact.file<string>("txt", {
        encode: bytesOf,
        decode: (bytes) => {
          if (bytes.byteLength === 0) throw new Error("nothing in it")
          return textOf(bytes)
        }
      })
      const one = yield* Artifact.encode(Artifact.make("A", {}), {})
      const error = yield* Effect.flip(decoded(one, Artifact.make("A", { log: strict })))
      assert.include(error.message, "nothing in it")
    })
  )
})

describe("the description of an artifact", () => {
  it("changes with its name, the names of its parts and their kinds", () => {
    const describe_ = (artifact: Artifact.Any): string => canonical(Artifact.describe(artifact))
    const all = [
      Artifact.make("A", { x: Schema.Int }),
      Artifact.make("B", { x: Schema.Int }),
      Artifact.make("A", { y: Schema.Int }),
      Artifact.make("A", { x: text }),
      Artifact.make("A", { x: Artifact.folder })
    ]
    assert.strictEqual(new Set(all.map(describe_)).size, all.length)
  })
})
