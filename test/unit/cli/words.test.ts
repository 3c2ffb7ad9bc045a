/** Numbers, times and sizes as people read them. */
import { assert, describe, it } from "vitest"
import { bytes, columns, count, duration, number } from "../../../src/cli/words.ts"

describe("a duration", () => {
  const cases: ReadonlyArray<readonly [number, string]> = [
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [59_900, "59.9 s"],
    [60_000, "1 min 0 s"],
    [252_000, "4 min 12 s"],
    [3_600_000, "1 h 0 min"],
    [3_780_000, "1 h 3 min"]
  ]
  for (const [milliseconds, text] of cases)
    it(`of ${milliseconds} ms is ${text}`, () => assert.strictEqual(duration(milliseconds), text))

  it("never has sixty seconds in a minute, nor sixty minutes in an hour", () => {
    for (let milliseconds = 0; milliseconds < 8_000_000; milliseconds += 49) {
      assert.notMatch(duration(milliseconds), /\b60(\.0)? (s|min)\b|\b1000 ms/, String(milliseconds))
    }
  })
})

describe("a number", () => {
  const cases: ReadonlyArray<readonly [number, string]> = [
    [3, "3"],
    [0.123456, "0.1235"],
    [123.456, "123.5"],
    [1.23456e-7, "1.23e-7"],
    [1.5e9, "1.50e+9"],
    [-0.5, "-0.5000"],
    [0, "0"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"]
  ]
  for (const [value, text] of cases) it(`${value} is ${text}`, () => assert.strictEqual(number(value), text))
})

describe("a size and an amount", () => {
  it("have units that fit", () => {
    assert.deepStrictEqual([0, 1023, 2048, 5 * 1024 ** 2, 3 * 1024 ** 3].map(bytes), [
      "0 B",
      "1023 B",
      "2.0 kB",
      "5.0 MB",
      "3.0 GB"
    ])
    assert.deepStrictEqual(
      [0, 1, 1240].map((amount) => count(amount, "stage")),
      ["0 stages", "1 stage", "1,240 stages"]
    )
  })
})

describe("columns", () => {
  it("are as wide as their widest cell, and leave nothing behind the last", () => {
    assert.strictEqual(
      columns([
        ["a", "bcd", "e"],
        ["fgh", "i", ""]
      ]),
      "a    bcd  e\nfgh  i"
    )
    assert.strictEqual(columns([]), "")
  })
})
