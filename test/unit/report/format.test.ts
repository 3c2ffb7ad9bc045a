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
  formatWithError,
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

  it.each([
    [-0.3114, 0.021, "−0.31 ± 0.02"],
    [-2.7876e-5, 1.2e-15, "−2.78760×10⁻⁵ ± 1×10⁻¹⁵"],
    [-2.787612345e-5, 1.2e-15, "≈ −2.78761×10⁻⁵ ± 1×10⁻¹⁵"],
    [-2.0512345e-7, 3e-16, "≈ −2.05123×10⁻⁷ ± 3×10⁻¹⁶"],
    [-2.0512345e-7, 3e-9, "−2.05×10⁻⁷ ± 3×10⁻⁹"],
    [-2e-7, 3e-6, "0 ± 3×10⁻⁶"],
    [-0.0004, 0.002, "0 ± 0.002"],
    [-0.06, 0.1, "−0.1 ± 0.1"],
    [9.996, 0.01, "10.00 ± 0.01"],
    [38.71234567, 0, "≈ 38.7123 ± 0"],
    [0.5, 0, "0.500000 ± 0"],
    [1234.5, 30, "1\u202f230 ± 30"],
    [12345.678, 0.004, "≈ 12\u202f345.7 ± 0.004"],
    [12345.678, 12, "12\u202f350 ± 10"],
    [95, 96, "100 ± 100"],
    [1234567, 120, "1.2346×10⁶ ± 100"],
    [0, 1e-12, "0 ± 1×10⁻¹²"],
    [-0.0099996, 2e-4, "−0.0100 ± 2×10⁻⁴"]
  ])("%d known to %d is shown as far as it is known, or says that it is rounded: %s", (value, error, text) => {
    expect(formatWithError(value, error)).toBe(text)
  })

  it("a value that was not measured, or whose error was not, has no error", () => {
    expect([formatWithError(null, 1), formatWithError(0.25, null)]).toEqual(["–", "0.250"])
  })

  it("what rounds to zero has no sign", () => {
    expect([formatFixed(-0.001), formatFixed(-0, 0), formatPercent(-1e-5), formatFixed(-0.006)]).toEqual([
      "0.00",
      "0",
      "0.0\u202f%",
      "−0.01"
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
