/** What a run shows, on a terminal and elsewhere: lines that tell, and nothing that a stage reports breaks it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import * as Screen from "../../../src/cli/Screen.ts"
import type { Event } from "../../../src/pipeline/Journal.ts"
import type { Report } from "../../../src/pipeline/Progress.ts"
import { makeTerminal } from "../../support/terminal.ts"

/** A screen of the given kind, and all that was written on it. */
const screenOn = (
  terminal: boolean,
  options: {
    readonly json?: boolean
    readonly quiet?: boolean
    readonly columns?: number
    readonly rows?: number
    readonly colors?: boolean
    readonly left?: (now: number, todo: number) => string
  } = {}
) =>
  Effect.gen(function* () {
    const written: Array<string> = []
    const { columns = 120, rows = 24, colors = false } = options
    const seen = makeTerminal(columns, rows)
    const keep = (text: string | Uint8Array): boolean => {
      seen.write(String(text))
      return written.push(String(text)) > 0
    }
    const streams = [process.stderr, process.stdout]
    const { isTTY, hasColors } = process.stderr
    const before = { isTTY, columns: process.stderr.columns, rows: process.stderr.rows, hasColors }
    const { TERM } = process.env
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        Object.assign(process.stderr, { isTTY: terminal, columns, rows, hasColors: () => colors })
        process.env["TERM"] = "xterm"
        return streams.map((stream) => vi.spyOn(stream, "write").mockImplementation(keep))
      }),
      (spies) =>
        Effect.sync(() => {
          for (const spy of spies) spy.mockRestore()
          Object.assign(process.stderr, before)
          process.env["TERM"] = TERM
        })
    )
    let now = 0
    const { json = false, quiet = false, left } = options
    const screen = yield* Screen.make({ json, quiet, now: () => now, ...(left && { left }) })
    return {
      observe: (event: Event) => screen.observe({ v: 1, at: now, ...event }),
      progress: screen.progress,
      wait: (milliseconds: number) => {
        now += milliseconds
      },
      text: () => written.join(""),
      written,
      lines: seen.lines,
      narrow: (width: number) => Object.assign(process.stderr, { columns: width })
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
      screen.observe({ ...failed, message: "train failed with Broken: the pump\nIts log: …" })
      assert.isTrue(screen.text().endsWith("FAIL  train   Broken: the pump\n"))
    })
  )

  it.effect("tells of what is tried again and of what is left out, and shows it as running no more", () =>
    Effect.gen(function* () {
      const retried: Event = { ...failed, type: "action-retried", milliseconds: 2000 }
      for (const terminal of [false, true]) {
        const screen = yield* screenOn(terminal)
        screen.observe({ type: "planned", total: 2, hit: 0, run: 2, mayRun: 0 })
        screen.observe(started)
        screen.observe(retried)
        screen.observe({ type: "action-partial", address: "table", missing: ["train@seed=3"] })
        const text = screen.text()
        assert.match(text, /redo.*train {3}in 2\.0 s: Broken: it broke/)
        assert.match(text, /part.*table {3}without train@seed=3/)
        if (terminal) assert.isFalse(screen.lines().some((line) => /^\s*train\b/.test(line)))
      }
    })
  )

  it.effect("tells what a stage warns of at once, and in full", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(false)
      screen.observe(started)
      screen.progress("train", { warning: "it ended early" })
      assert.include(screen.text(), "warn  train   it ended early\n")
      const terminal = yield* screenOn(true, { columns: 40 })
      terminal.observe(started)
      const warning = "a warning that is longer than the forty columns of this terminal"
      terminal.progress("train", { warning })
      assert.include(terminal.lines().join("").replaceAll(" ", ""), `warn  train   ${warning}`.replaceAll(" ", ""))
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

describe("how long the rest will take", () => {
  it.effect("is told beside the count, on a terminal always and elsewhere twice a minute", () =>
    Effect.gen(function* () {
      for (const terminal of [true, false]) {
        const screen = yield* screenOn(terminal, { left: (_, todo) => `${todo} s left` })
        screen.observe({ type: "planned", total: 100, hit: 0, run: 100, mayRun: 0 })
        for (let second = 0; second < 65; second++) {
          screen.wait(1000)
          screen.observe({ ...finished, address: `train@${second}` })
        }
        const told = screen.lines().filter((line) => line.includes("left"))
        if (terminal) assert.deepStrictEqual(told, ["65 of 100 done, 35 to go  1 min 5 s  35 s left"])
        else
          assert.deepStrictEqual(
            told.map((line) => line.trim()),
            ["30 of 100 done, 70 s left", "60 of 100 done, 40 s left"]
          )
      }
    }).pipe(Effect.scoped)
  )
})

const planned: Event = { type: "planned", total: 3, hit: 1, run: 1, mayRun: 1 }

describe("a terminal", () => {
  it.effect("shows a bar for every running cell, with its numbers and its rate", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(true)
      screen.observe(planned)
      screen.observe(started)
      screen.progress("train", { steps: 0 })
      screen.wait(1000)
      screen.progress("train", { steps: 50, fraction: 0.5, numbers: { loss: 0.25 } })
      screen.observe(other)
      assert.deepStrictEqual(screen.lines(), [
        `${"█".repeat(10)}${"░".repeat(10)} train  1.0 s  loss 0.2500  50 steps/s`,
        `${"·".repeat(20)} other  0 ms`,
        "0 of 2 done, 2 running  1.0 s",
        ""
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("keeps a line for every cell that finished above the bars, with the reason where it ran again", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(true)
      const reason = { _tag: "Changed", changes: [{ path: "params.rate", from: 1, to: 2 }], files: [] } as const
      for (const event of [planned, { ...started, reason }, other, finished] satisfies ReadonlyArray<Event>)
        screen.observe(event)
      assert.deepStrictEqual(screen.lines().slice(0, 2), [
        "done  train   1.5 s (resumed)   params.rate: 1 → 2",
        `${"·".repeat(20)} other  0 ms`
      ])
      screen.observe({ ...failed, address: "other" })
      assert.deepStrictEqual(screen.lines().slice(1), [
        "FAIL  other   Broken: it broke",
        "1 of 2 done, 1 failed  0 ms",
        ""
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("is never empty between two frames, so that it does not flicker", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(true)
      for (const event of [planned, started, finished, other]) screen.observe(event)
      for (const frame of screen.written) {
        const erased = frame.indexOf("\x1b[0J")
        assert.strictEqual(erased, frame.length - 4, "it erases before it draws")
        assert.include(frame, "of 2 done")
      }
    }).pipe(Effect.scoped)
  )

  it.effect("holds nothing but finished cells when the run is over", () =>
    Effect.gen(function* () {
      const screen = yield* Effect.scoped(
        Effect.gen(function* () {
          const open = yield* screenOn(true)
          for (const event of [planned, started, other, finished]) open.observe(event)
          return open
        })
      )
      assert.deepStrictEqual(screen.lines(), ["done  train   1.5 s (resumed)", ""])
    })
  )

  it.effect("makes room for what is written on a signal", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(true)
      const listener = (): void => void process.stderr.write("stopping\n")
      process.on("SIGTERM", listener)
      for (const event of [planned, started]) screen.observe(event)
      process.emit("SIGTERM")
      process.off("SIGTERM", listener)
      screen.observe(finished)
      assert.deepStrictEqual(screen.lines().slice(0, 2), ["stopping", "done  train   1.5 s (resumed)"])
    }).pipe(Effect.scoped)
  )

  it.effect("draws over all of itself after it became narrower", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(true, { columns: 100 })
      for (const event of [planned, started, { ...other, address: "x".repeat(70) }]) screen.observe(event)
      screen.narrow(50)
      screen.wait(100)
      screen.observe(finished)
      assert.isTrue(screen.written.at(-1)!.startsWith("\r\x1b[5A"), "two of its three lines take two rows now")
    }).pipe(Effect.scoped)
  )

  it.effect("shows no more cells than it has rows, and counts them all", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(true, { rows: 6 })
      for (let i = 0; i < 20; i++) screen.observe({ ...started, address: `train@seed=${i}` })
      assert.strictEqual(screen.lines().length, 6)
      assert.include(screen.lines().at(-2), "20 running")
      screen.observe({ ...finished, address: "train@seed=0" })
      assert.strictEqual(screen.lines().filter((line) => line.includes("running")).length, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("has colors for how a cell ended, where it has colors at all", () =>
    Effect.gen(function* () {
      const screen = yield* screenOn(true, { colors: true })
      for (const event of [started, failed]) screen.observe(event)
      assert.include(screen.text(), "\x1b[31mFAIL\x1b[0m  train")
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
