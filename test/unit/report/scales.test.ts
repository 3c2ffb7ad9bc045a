/**
 * Axes: few and round labels, and rules whose names do not collide.
 */
import { describe, expect, it } from "vitest"
import { placeRules } from "../../../src/report/figures/marks.ts"
import { extent, extentLog, logTicks, widen, widenLog } from "../../../src/report/figures/scales.ts"

const rule = (x: number, subscript: string) => ({ x, base: "2/S", subscript, strong: false })

describe("axes", () => {
  it.each([
    [
      [0.0025, 0.13],
      [0.005, 0.01, 0.02, 0.05, 0.1]
    ],
    [
      [1e-6, 1],
      [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]
    ],
    [
      [0.03, 0.06],
      [0.03, 0.04, 0.05, 0.06]
    ]
  ] as const)("a logarithmic axis over %j is labelled at %j", (domain, ticks) => {
    expect(logTicks(domain)).toEqual(ticks)
  })

  it("never has more labels than asked", () => {
    for (const decades of [0.2, 1, 2, 5, 11, 40]) {
      expect(logTicks([1e-3, 1e-3 * 10 ** decades]).length).toBeLessThanOrEqual(9)
    }
  })

  it("an axis without values, or with one, still has a length", () => {
    for (const [low, high] of [
      widen(extent([]), 0.1, 0.1),
      widen(extent([3]), 0.1, 0.1),
      widenLog(extentLog([]), 0.03),
      widenLog(extentLog([0.2]), 0.03)
    ]) {
      expect(low).toBeLessThan(high)
    }
  })
})

describe("rules with names", () => {
  it("stand centred where they are alone, and apart where they are near", () => {
    const placed = placeRules([rule(0.1, "end"), rule(0.098, "max"), rule(0.9, "0")], [0.01, 1], 0.2)
    expect(placed.map(({ subscript, side, row }) => [subscript, side, row])).toEqual([
      ["max", "left", 0],
      ["end", "right", 0],
      ["0", "center", 0]
    ])
  })

  it("give the middle one of three a line of its own", () => {
    const placed = placeRules([rule(0.1, "end"), rule(0.098, "max"), rule(0.11, "0")], [0.01, 1], 0.2)
    expect(placed.map(({ side, row }) => [side, row])).toEqual([
      ["left", 0],
      ["center", 1],
      ["right", 0]
    ])
  })

  it("outside the axis are left out", () => {
    expect(placeRules([rule(2, "0"), rule(0.001, "max")], [0.01, 1], 0.2)).toEqual([])
  })
})
