/** One text for one value: RFC 8785, and what a key cannot hold. */
import { assert, describe, it } from "vitest"
import { canonical, sha256 } from "../../../src/pipeline/canonical.ts"
import { NotCanonical } from "../../../src/pipeline/Errors.ts"

const refusal = (value: unknown): NotCanonical => {
  try {
    canonical(value)
  } catch (cause) {
    assert.instanceOf(cause, NotCanonical)
    return cause
  }
  return assert.fail(`it was accepted: ${canonical(value)}`)
}

describe("canonical JSON", () => {
  it("writes numbers, escapes and literals as RFC 8785 does (its section 3.2.2)", () => {
    const value = {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false]
    }
    assert.strictEqual(
      canonical(value),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
  })

  it("sorts keys by UTF-16 code units, as RFC 8785 does (its section 3.2.3)", () => {
    const keys = ["\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6"]
    const text = canonical(Object.fromEntries(keys.map((key) => [key, 0])))
    assert.deepStrictEqual(Object.keys(JSON.parse(text)).slice(1), [
      "\r",
      "\u0080",
      "\u00f6",
      "\u20ac",
      "\ud83d\ude00",
      "\ufb33"
    ])
    assert.isTrue(text.startsWith('{"\\r":0,"1":0,'))
  })

  it("takes a field that is undefined for an absent one", () => {
    assert.strictEqual(canonical({ a: 1, b: undefined }), canonical({ a: 1 }))
  })

  it("does not care where a value lies in memory", () => {
    const shared = { x: 1 }
    assert.strictEqual(canonical([shared, shared]), canonical([{ x: 1 }, { x: 1 }]))
    assert.strictEqual(canonical(Object.create(null, { x: { value: 1, enumerable: true } })), '{"x":1}')
  })

  const refused: ReadonlyArray<readonly [string, unknown, string]> = [
    ["NaN", Number.NaN, "NaN"],
    ["Infinity", Number.POSITIVE_INFINITY, "Infinity"],
    ["−Infinity", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["−0", -0, "-0"],
    ["a function", () => 1, "function"],
    ["a symbol", Symbol("s"), "symbol"],
    ["a bigint", 1n, "bigint"],
    ["a date", new Date(0), "Date"],
    ["a map", new Map([["a", 1]]), "Map"],
    ["a typed array", Float64Array.of(1), "Float64Array"]
  ]
  for (const [name, value, got] of refused) {
    it(`refuses ${name} and says where it is`, () => {
      const error = refusal({ params: { list: [1, { rate: value }] } })
      assert.strictEqual(error.path, "params.list[1].rate")
      assert.strictEqual(error.got, got)
      assert.match(error.message, /^params\.list\[1\]\.rate is .*which a key cannot hold/)
      assert.strictEqual(refusal(value).path, "")
    })
  }

  it("refuses undefined where it cannot be left out: alone, in a list, in a hole of one", () => {
    assert.strictEqual(refusal(undefined).got, "undefined")
    assert.strictEqual(refusal({ list: [1, undefined] }).path, "list[1]")
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    assert.strictEqual(refusal({ list: [1, , 2] }).path, "list[1]")
  })
})

describe("SHA-256", () => {
  it("is that of FIPS 180-4", () => {
    assert.strictEqual(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  })

  it("reads its parts as one text", () => {
    assert.strictEqual(sha256("ab", new TextEncoder().encode("c")), sha256("abc"))
  })
})
