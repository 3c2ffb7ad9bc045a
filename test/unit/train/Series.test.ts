/** Growing series of numbers. */
import { assert, describe, it } from "vitest"
import { seriesFrom } from "../../../src/train/Series.ts"

describe("a series", () => {
  it("keeps everything in order, across many growths", () => {
    const series = seriesFrom(Float64Array.of(-1))
    for (let i = 0; i < 1000; i++) series.append([i, i + 0.5])
    const view = series.view()
    assert.strictEqual(view.length, 2001)
    assert.strictEqual(view[0], -1)
    assert.isTrue(
      Array.from({ length: 1000 }, (_, i) => view[1 + 2 * i] === i && view[2 + 2 * i] === i + 0.5).every(Boolean)
    )
  })

  it("leaves a view that was handed out as it was", () => {
    const series = seriesFrom(new Float64Array())
    series.append([1, 2])
    const before = series.view()
    for (let i = 0; i < 200; i++) series.append([9])
    assert.deepStrictEqual([...before], [1, 2])
  })

  it("does not change what it began with, and keeps its element type", () => {
    const first = Float32Array.of(0.1)
    const series = seriesFrom(first)
    series.append([0.2])
    assert.instanceOf(series.view(), Float32Array)
    assert.strictEqual(series.view()[1], Math.fround(0.2))
    assert.strictEqual(first.length, 1)
  })
})
