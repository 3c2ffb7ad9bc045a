/**
 * Numbers for readers: rounding, signs, powers of ten, what was not measured, and text made safe for HTML.
 */
import { describe, expect, it } from "vitest"
import {
  escapeHtml,
  formatFixed,
  formatInteger,
  formatNumber,
  formatPercent,
  formatSignificant,
  powerOfTen,
  shortKey
} from "../../../src/report/format.ts"
import { keyOf } from "./sample.ts"

const cases: ReadonlyArray<readonly [value: number, digits: number, text: string]> = [
  [0, 3, "0"],
  [1, 3, "1"],
  [1.5, 3, "1.5"],
  [0.0123456, 3, "0.0123"],
  [0.0517, 4, "0.0517"],
  [38.7, 3, "38.7"],
  [99.96, 3, "100"],
  [387.4, 3, "387"],
  [9412.6, 3, "9\u202f413"],
  [9412.6, 4, "9\u202f413"],
  [123456.7, 3, "123\u202f457"],
  [1234567, 3, "1.23×10⁶"],
  [0.00099, 3, "9.9×10⁻⁴"],
  [0.001, 3, "0.001"],
  [-2.5e-5, 3, "−2.5×10⁻⁵"],
  [-0.31, 3, "−0.31"]
]

describe("numbers for readers", () => {
  it.each(cases)("%d with %d digits reads %s", (value, digits, text) => {
    expect(formatNumber(value, digits)).toBe(text)
  })

  it("what is not a finite number is a dash, never NaN", () => {
    for (const value of [null, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect([formatNumber(value), formatSignificant(value), formatFixed(value), formatPercent(value)]).toEqual(
        Array(4).fill("–")
      )
    }
  })

  it("columns keep trailing zeros", () => {
    expect([1, 1.5, 0.05, 5.7e-5].map((value) => formatSignificant(value))).toEqual([
      "1.00",
      "1.50",
      "0.0500",
      "5.70×10⁻⁵"
    ])
  })

  it("integers, percentages and powers follow one style", () => {
    expect(formatInteger(112882)).toBe("112\u202f882")
    expect(formatPercent(0.9423)).toBe("94.2\u202f%")
    expect(formatFixed(-1.987, 1)).toBe("−2.0")
    expect(powerOfTen(-12)).toBe("10⁻¹²")
  })

  it("a short key is the start of the key", () => {
    expect(keyOf("a").startsWith(shortKey(keyOf("a")))).toBe(true)
    expect(shortKey(keyOf("a"))).toHaveLength(12)
  })

  it("escaped text holds no markup", () => {
    expect(escapeHtml(`<a href="x">'&'</a>`)).toBe("&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;")
  })
})
