/**
 * One schedule of a store at which several controllers run, forget and pin while collections go on: every operation on the
 * disk takes a tick and lets others go first, by a seed. It tells what went wrong, if anything did.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type { BlueprintNode } from "../../src/pipeline/Blueprint.ts"
import { decide } from "../../src/pipeline/Collection.ts"
import { carryOut, survey } from "../../src/pipeline/Collector.ts"
import { canonical, type Json, sha256 } from "../../src/pipeline/canonical.ts"
import { Disk } from "../../src/pipeline/Disk.ts"
import * as Pins from "../../src/pipeline/Pins.ts"
import { Store } from "../../src/pipeline/Store.ts"
import { type Draw, drawer } from "../support/draw.ts"
import { around } from "./failingDisk.ts"
import { type MemoryDisk, memoryDisk } from "./memoryDisk.ts"
import { makeWorld, node, ROOT, type World } from "./world.ts"

/** Longer than any action needs from its first object to its record, shorter than a schedule. */
const GRACE = 400

/** A disk on which every operation takes a tick, and lets others go first now and then. */
const shuffled = (disk: MemoryDisk, draw: Draw): MemoryDisk => ({
  ...disk,
  layer: Layer.effect(
    Disk,
    Effect.map(Disk, (service) =>
      around(service, () =>
        Effect.suspend(() => {
          disk.clock.now++
          return Effect.repeat(Effect.yieldNow, { times: draw.index(3) })
        })
      )
    )
  ).pipe(Layer.provide(disk.layer))
})

/** Stages of few kinds over each other; some share what others made. */
const graphOf = (draw: Draw): ReadonlyArray<BlueprintNode> => {
  const nodes: Array<BlueprintNode> = []
  const size = 2 + draw.index(6)
  for (let i = 0; i < size; i++) {
    const input = i > 0 && draw.index(4) > 0 ? { one: nodes[draw.index(i)]! } : {}
    nodes.push(node(`s${draw.index(3)}`, { number: i, variant: draw.index(2) }, input))
  }
  return [...new Map(nodes.map((each) => [each.id, each])).values()]
}

const valueOfKey = (key: string, params: BlueprintNode["params"]): Json => [
  params["number"]!,
  Number.parseInt(sha256(key).slice(0, 2), 16) % 2
]

export interface Outcome {
  readonly problems: ReadonlyArray<string>
  readonly collections: number
  readonly taken: number
  readonly ran: number
}

export const schedule = (seed: number): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const draw = drawer(seed)
    const disk = shuffled(memoryDisk(), drawer(seed + 1))
    const problems: Array<string> = []
    const pinned = new Map<string, string>()
    const forgotten = new Set<string>()
    const tally = { collections: 0, taken: 0, ran: 0 }
    const worlds = ["a", "b", "c"]
      .slice(0, 2 + draw.index(2))
      .map((pipeline) => ({ pipeline, world: makeWorld({ disk, pipeline, packFrom: 2 + draw.index(20) }) }))
    let working = worlds.length

    /** Everything that a run ended with is there and is what its key makes. */
    const judge = (pipeline: string, world: World, nodes: ReadonlyArray<BlueprintNode>) =>
      Effect.gen(function* () {
        const { summary, plan } = yield* world.run(nodes, {
          behaviour: ({ key, action }) => Effect.succeed(valueOfKey(key, action.params)),
          jobs: 1 + draw.index(2)
        })
        tally.ran += summary.ran
        for (const { address, error } of summary.failed) problems.push(`${pipeline}: ${address}: ${error.message}`)
        const store = yield* world.within(Effect.map(Store, (service) => service))
        for (const { node: each, address } of plan.entries) {
          const result = summary.results.get(each.id)
          if (result === undefined) continue
          const { value } = (yield* store.manifest(result)) ?? {}
          const expected = valueOfKey(result.key, each.params)
          if (canonical(value?.["value"]) !== canonical(expected)) problems.push(`${pipeline}: ${address}: wrong value`)
          if (forgotten.has(result.key)) continue // nothing says any more that what it made is needed
          for (const blob of result.blobs) {
            const bytes = yield* Effect.option(store.get(blob))
            if (bytes._tag === "None") problems.push(`${pipeline}: ${address}: ${blob.digest.slice(0, 8)} is gone`)
          }
        }
        return summary
      })

    const controller = ({ pipeline, world }: { readonly pipeline: string; readonly world: World }) =>
      Effect.gen(function* () {
        const own = drawer(seed + 2 + pipeline.charCodeAt(0))
        const graphs = [graphOf(own), graphOf(own), graphOf(own)]
        for (let step = 0; step < 5; step++) {
          const { results } = yield* judge(pipeline, world, graphs[own.index(3)]!)
          const made = [...results.values()]
          const chosen = made[own.index(made.length)]!
          if (own.index(3) === 0)
            yield* world.within(
              Effect.gen(function* () {
                const name = `${pipeline}${step}`
                yield* Pins.set(ROOT, {
                  name,
                  of: chosen.key,
                  keys: [chosen.key],
                  behind: [],
                  digests: [],
                  who: "test",
                  at: 0
                })
                const { find } = yield* Store
                if (!forgotten.has(chosen.key) && (yield* find(chosen.key))._tag === "Hit") pinned.set(name, chosen.key)
              })
            )
          else if (own.index(4) === 0 && ![...pinned.values()].includes(chosen.key)) {
            forgotten.add(chosen.key)
            yield* world.within(Effect.flatMap(Store, ({ forget }) => forget(chosen.key)))
          }
        }
        working--
      })

    const collect = (keepRuns: number, graceMilliseconds: number, keepBytes: number | undefined) =>
      Effect.gen(function* () {
        const looked = yield* survey(ROOT, { keepRuns })
        const decision = decide(looked, { now: looked.now, graceMilliseconds, keepBytes })
        const { taken } = yield* carryOut(ROOT, looked, decision)
        tally.collections++
        tally.taken += taken.reduce((sum, { count }) => sum + count, 0)
      })

    const collector = Effect.gen(function* () {
      while (working > 0) yield* collect(1 + draw.index(2), GRACE, draw.index(3) === 0 ? draw.index(5000) : undefined)
    })

    const first = worlds[0]!.world
    const fibers = yield* Effect.forEach(
      [...worlds.map(controller), first.within(collector), ...(draw.index(3) === 0 ? [first.within(collector)] : [])],
      (effect) => Effect.forkChild(effect)
    )
    for (const fiber of fibers) yield* Fiber.join(fiber)

    // Nobody works any more: what the roots need is all that may be left, and all of it is.
    yield* first.within(Effect.andThen(collect(1, 0, undefined), collect(1, 0, undefined)))
    const store = yield* first.within(Effect.map(Store, (service) => service))
    for (const [name, key] of pinned)
      if (!forgotten.has(key) && (yield* store.find(key))._tag !== "Hit") problems.push(`pin ${name} is not whole`)
    return { problems, ...tally }
  }).pipe(Effect.orDie)
