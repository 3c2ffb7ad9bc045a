/** Numbers, times and sizes as people read them. */
import { assert, describe, it } from "vitest"
import { bytes, clip, columns, count, duration, number, shorten } from "../../../src/cli/words.ts"

describe("a duration", () => {
  const cases: ReadonlyArray<readonly [number, string]> = [
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [999.6, "1.0 s"],
    [59_900, "59.9 s"],
    [59_960, "1 min 0 s"],
    [60_000, "1 min 0 s"],
    [252_000, "4 min 12 s"],
    [3_599_600, "1 h 0 min"],
    [3_600_000, "1 h 0 min"],
    [3_780_000, "1 h 3 min"]
  ]
  for (const [milliseconds, text] of cases)
    it(`of ${milliseconds} ms is ${text}`, () => assert.strictEqual(duration(milliseconds), text))

  it("never has sixty seconds in a minute, nor sixty minutes in an hour", () => {
    const wrong: Array<number> = []
    for (let milliseconds = 0; milliseconds < 8_000_000; milliseconds += 49) {
      if (/\b60(\.0)? (s|min)\b|\b1000 ms/.test(duration(milliseconds))) wrong.push(milliseconds)
    }
    assert.deepStrictEqual(wrong, [])
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

  for (const value of [null, undefined, "0.5", {}])
    it(`that is none, ${JSON.stringify(value)}, is a question mark`, () => assert.strictEqual(number(value), "?"))
})

describe("a size and an amount", () => {
  it("have units that fit", () => {
    const sizes = [0, 1023, 2048, 1024 ** 2 - 1, 5 * 1024 ** 2, 3 * 1024 ** 3, 2 * 1024 ** 4, 5000 * 1024 ** 4]
    assert.deepStrictEqual(sizes.map(bytes), [
      "0 B",
      "1023 B",
      "2.0 kB",
      "1.0 MB",
      "5.0 MB",
      "3.0 GB",
      "2.0 TB",
      "5000.0 TB"
    ])
    assert.deepStrictEqual(
      [0, 1, 1240].map((amount) => count(amount, "stage")),
      ["0 stages", "1 stage", "1,240 stages"]
    )
  })
})

describe("a text that is too long", () => {
  it("gives way in its middle, and is as wide as there is room", () => {
    const address = "descend@kind=mnist,ratio=1.2"
    assert.strictEqual(shorten(address, 28), address)
    assert.strictEqual(shorten(address, 15), "descend…tio=1.2")
    assert.deepStrictEqual(
      [0, 1, 2, 3, 12, 27].map((width) => shorten(address, width).length),
      [1, 1, 2, 3, 12, 27]
    )
  })
})

describe("a line that is too long", () => {
  it("gives way at its end", () => {
    assert.strictEqual(clip("inputs.data: a → b", 18), "inputs.data: a → b")
    assert.strictEqual(clip("inputs.data: a → b", 8), "inputs.…")
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
