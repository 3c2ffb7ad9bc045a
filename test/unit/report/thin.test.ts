/**
 * Thinned curves keep their ends, their order and their extremes.
 */
import { describe, expect, it } from "vitest"
import { thin } from "../../../src/report/figures/thin.ts"

const wave = Array.from({ length: 10_000 }, (_, step) => ({ step, value: Math.sin(step * 1.7) * (1 + step / 10_000) }))
const value = (point: { readonly value: number }) => point.value

describe("thinning", () => {
  it("leaves a short curve alone", () => {
    const short = wave.slice(0, 50)
    expect(thin(short, value, 50)).toBe(short)
  })

  it("keeps at most as many points as asked, in their order, with both ends", () => {
    const kept = thin(wave, value, 400)
    expect(kept.length).toBeLessThanOrEqual(400)
    expect(kept[0]).toBe(wave[0])
    expect(kept.at(-1)).toBe(wave.at(-1))
    expect(kept.every((point, i) => i === 0 || point.step > kept[i - 1]!.step)).toBe(true)
  })

  it("keeps the full height of an oscillation everywhere", () => {
    const kept = thin(wave, value, 400)
    for (const from of [0, 3_000, 9_000]) {
      const inside = ({ step }: { readonly step: number }) => step >= from && step < from + 500
      const height = (points: typeof kept) => Math.max(...points.filter(inside).map(value))
      expect(height(kept)).toBeCloseTo(height(wave), 2)
    }
  })
})
