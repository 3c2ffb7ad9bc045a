/** Forecasts against runs: what was thought to take so long takes so long. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as Conduct from "../../src/pipeline/Conduct.ts"
import { forecast } from "../../src/pipeline/Estimate.ts"
import type { Task } from "../../src/pipeline/Executor.ts"
import { makeWorld, node } from "../fault/world.ts"
import { drawer } from "../support/draw.ts"

const ROUNDS = 15

describe("a forecast", () => {
  it.effect("is within a tenth of what a sweep takes whose costs are known", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < ROUNDS; seed++) {
        const draw = drawer(seed)
        const cost: Readonly<Record<string, number>> = {
          data: 10 + draw.index(1000),
          train: 100 + draw.index(10_000),
          measure: 1 + draw.index(1000),
          report: 1 + draw.index(100)
        }
        const data = node("data")
        const conduct = Conduct.make({ needs: { megabytes: draw.index(2) * draw.index(1200) } })
        const trains = Array.from({ length: 1 + draw.index(20) }, (_, rate) =>
          node("train", { rate }, { data }, { conduct })
        )
        const measures = trains.map((path) => node("measure", {}, { path }))
        const nodes = [data, ...trains, ...measures, node("report", {}, { all: measures })]
        const jobs = 1 + draw.index(5)
        const world = makeWorld()
        const behaviour = (task: Task) =>
          Effect.as(Effect.sleep(cost[task.action.stage]!), JSON.stringify(task.action.params))
        const run = yield* Effect.forkChild(world.run(nodes, { behaviour, jobs }))
        for (let step = 0; step < 3 * nodes.length; step++) yield* TestClock.adjust(500)
        yield* TestClock.adjust(1_000_000)
        const { plan, summary } = yield* Fiber.join(run)
        const { work, finish, unknown } = forecast(plan.entries, ({ node: { stage } }) => cost[stage], {
          jobs,
          megabytes: 1000
        })
        const about = `seed ${seed}, ${nodes.length} nodes, ${jobs} jobs`
        assert.strictEqual(unknown, 0, about)
        assert.strictEqual(
          work,
          nodes.reduce((sum, { stage }) => sum + cost[stage]!, 0),
          about
        )
        assert.approximately(finish / summary.milliseconds, 1, 0.1, `${about}: ${finish} for ${summary.milliseconds}`)
      }
    })
  )
})
