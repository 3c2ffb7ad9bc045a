/** What a run shows, on a terminal and elsewhere: lines that tell, and nothing that a stage reports breaks it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import * as Screen from "../../../src/cli/Screen.ts"
import type { Event } from "../../../src/pipeline/Journal.ts"
import type { Report } from "../../../src/pipeline/Progress.ts"

/** A screen of the given kind, and all that was written on it. */
const screenOn = (terminal: boolean, options: { readonly json?: boolean; readonly quiet?: boolean } = {}) =>
  Effect.gen(function* () {
    const written: Array<string> = []
    const keep = (text: string | Uint8Array): boolean => written.push(String(text)) > 0
    const streams = [process.stderr, process.stdout]
    const before = { isTTY: process.stderr.isTTY, TERM: process.env["TERM"] }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        process.stderr.isTTY = terminal
        process.env["TERM"] = "xterm"
        return streams.map((stream) => vi.spyOn(stream, "write").mockImplementation(keep))
      }),
      (spies) =>
        Effect.sync(() => {
          for (const spy of spies) spy.mockRestore()
          process.stderr.isTTY = before.isTTY
          process.env["TERM"] = before.TERM
        })
    )
    let now = 0
    const screen = yield* Screen.make({ json: options.json ?? false, quiet: options.quiet ?? false, now: () => now })
    return {
      observe: (event: Event) => screen.observe({ v: 1, at: now, ...event }),
      progress: screen.progress,
      wait: (milliseconds: number) => {
        now += milliseconds
      },
      text: () => written.join("")
    }
  })

const started: Event = { type: "action-started", address: "train", key: "k", reason: { _tag: "NeverMade" }, pid: 1 }
const finished: Event = {
  type: "action-finished",
  address: "train",
  key: "k",
  milliseconds: 1500,
  resumed: true,
  output: "o"
}
const failed: Event = {
  type: "action-failed",
  address: "train",
  key: "k",
  tag: "Broken",
  message: "it broke\nat length"
}
const other: Event = { ...started, address: "other" }

/** As it arrives from a worker: through JSON. */
const sent = (report: Report): Report => JSON.parse(JSON.stringify(report))

describe("a screen that is no terminal", () => {
  it.effect("has a line for every start with its reason, every end, every failure", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(false)
      for (const event of [started, finished, failed]) screen.observe(event)
      const lines = [
        "run   train   new: never made",
        "done  train   1.5 s (resumed)",
        "FAIL  train   Broken: it broke",
        ""
      ]
      assert.deepStrictEqual(screen.text().split("\n"), lines)
    })
  )

  it.effect("tells of progress twice a minute, in plain words", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(false)
      for (let second = 0; second < 70; second++) {
        screen.progress("train", { steps: second, numbers: { loss: 0.5 } })
        screen.wait(1000)
      }
      assert.deepStrictEqual(
        screen
          .text()
          .trim()
          .split("\n")
          .map((line) => line.trim()),
        ["train   step 30  loss 0.5000", "train   step 60  loss 0.5000"]
      )
    })
  )
})

describe("a terminal", () => {
  it.effect("shows a bar for every running cell, with its numbers and its rate", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(true)
      screen.observe({ type: "planned", total: 3, hit: 1, run: 1, mayRun: 1 })
      screen.observe(started)
      screen.progress("train", { steps: 0 })
      screen.wait(1000)
      screen.progress("train", { steps: 50, fraction: 0.5, numbers: { loss: 0.25 } })
      screen.observe(other)
      assert.include(screen.text(), "█".repeat(10) + "░".repeat(10))
      assert.match(screen.text(), /train {2}1\.0 s {2}loss 0\.2500 {2}50 steps\/s/)
      assert.include(screen.text(), "0 of 2 done")
    }).pipe(Effect.scoped)
  )

  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e300]) {
    it.effect(`goes on when a stage reports ${value}, as trainings that diverge do`, () =>
      Effect.gen(function* () {
        const screen = yield* screenOn(true)
        screen.observe(started)
        screen.progress("train", sent({ steps: 1, fraction: value, numbers: { loss: value } }))
        assert.doesNotThrow(() => screen.observe(other))
        assert.include(screen.text(), "train")
      }).pipe(Effect.scoped)
    )
  }
})

describe("a screen for programs or for nobody", () => {
  it.effect("writes events as JSON, one a line, or nothing", () =>
    Effect.gen(function* () {
      const json = yield* screenOn(true, { json: true })
      json.observe(started)
      json.progress("train", { steps: 1 })
      assert.deepStrictEqual(
        json
          .text()
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).type),
        ["action-started"]
      )
      const quiet = yield* screenOn(true, { quiet: true })
      quiet.observe(started)
      assert.strictEqual(quiet.text(), "")
    }).pipe(Effect.scoped)
  )
})
