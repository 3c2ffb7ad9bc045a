/** What was made from what, from records alone. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Lineage from "../../../src/pipeline/Lineage.ts"
import * as Store from "../../../src/pipeline/Store.ts"
import type { Behaviour } from "../../fault/fakeExecutor.ts"
import { memoryDisk } from "../../fault/memoryDisk.ts"
import { makeWorld, node, ROOT, type World } from "../../fault/world.ts"

const well: Behaviour = ({ key }) => Effect.succeed(key)

/** draw → two steps → a sum over both, which also takes the draw. */
const graph = (seed: number, provenance = false) => {
  const data = node("draw", { seed })
  const steps = [1, 2].map((ratio) => node("step", { ratio }, { data }))
  return [data, ...steps, node("sum", {}, { data, steps }, { provenance })]
}

const indexOf = (world: World) => world.within(Lineage.load(ROOT))

const addressesOf = (index: Lineage.Index, keys: Iterable<string>): ReadonlyArray<string> =>
  [...keys].map((key) => index.made.get(key)!.result.address).sort()

const keyAt = (index: Lineage.Index, address: string): string =>
  [...index.made].find(([, { result }]) => result.address === address)![0]

describe("lineage", () => {
  it.effect("goes up over every input, one or several, and down to everything that took it", () =>
    Effect.gen(function* () {
      for (const packFrom of [256, 2]) {
        const world = makeWorld({ packFrom })
        yield* world.run(graph(1), { behaviour: well })
        const index = yield* indexOf(world)
        const up = (key: string) => Lineage.stepsUp(index, key)
        const down = (key: string) => Lineage.stepsDown(index, key)
        const [sum, draw] = [keyAt(index, "sum"), keyAt(index, "draw")]
        assert.deepStrictEqual(
          up(sum).map(({ input }) => input),
          ["data", "steps[0]", "steps[1]"]
        )
        const above = Lineage.reached([sum], up, 9)
        assert.deepStrictEqual(addressesOf(index, above.keys), ["draw", "step@ratio=1", "step@ratio=2", "sum"])
        assert.strictEqual(above.steps.length, 5)
        assert.deepStrictEqual(addressesOf(index, Lineage.reached([sum], up, 1).keys).length, 4)
        assert.deepStrictEqual(addressesOf(index, Lineage.reached([draw], down, 9).keys), [
          "draw",
          "step@ratio=1",
          "step@ratio=2",
          "sum"
        ])
        assert.deepStrictEqual(addressesOf(index, Lineage.reached([draw], down, 1).keys).length, 4)
        assert.deepStrictEqual([...Lineage.upstream(index, [sum])].sort(), [...index.made.keys()].sort())
      }
    })
  )

  it.effect(
    "of a stage with provenance names the very action that made an input, among several that made its bytes",
    () =>
      Effect.gen(function* () {
        const same: Behaviour = ({ action }) => Effect.succeed(action.stage)
        for (const provenance of [true, false]) {
          const world = makeWorld()
          for (const seed of [1, 2]) yield* world.run(graph(seed, provenance), { behaviour: same })
          const index = yield* indexOf(world)
          const draws = [...index.made].filter(([, { stage }]) => stage === "draw").map(([key]) => key)
          assert.strictEqual(draws.length, 2)
          const takers = draws.map((key) =>
            Lineage.stepsDown(index, key).filter((step) => index.made.get(step.key!)!.stage === "sum")
          )
          assert.deepStrictEqual(
            takers.map(({ length }) => length),
            provenance ? [1, 1] : [1, 1]
          )
          const sums = new Set(takers.flat().map(({ key }) => key))
          assert.strictEqual(sums.size, provenance ? 2 : 1, "equal inputs are one action, unless their makers count")
        }
      })
  )

  it.effect("says where a record is gone, and leaves out what is damaged or was forgotten", () =>
    Effect.gen(function* () {
      const disk = memoryDisk()
      const world = makeWorld({ disk })
      yield* world.run(graph(1), { behaviour: well })
      const whole = yield* indexOf(world)
      const draw = keyAt(whole, "draw")
      yield* world.within(Effect.flatMap(Store.Store, ({ forget }) => forget(draw)))
      const index = yield* indexOf(world)
      assert.strictEqual(index.made.size, 3)
      const [data] = Lineage.stepsUp(index, keyAt(index, "sum"))
      assert.deepStrictEqual(data, {
        input: "data",
        digest: whole.made.get(draw)!.result.output.digest,
        key: undefined,
        others: 0
      })
    })
  )
})
