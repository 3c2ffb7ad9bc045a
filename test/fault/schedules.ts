/**
 * Random lives of a store: controllers plan, run, forget, pack and save states on a simulated disk, are killed or refused by
 * it at any system call, and the machine loses power. After each life everything that is stored is looked at: it must be
 * what was made, all that was reported as finished must be there, and a run on it must end with the values of any other run.
 */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import * as Store from "../../src/pipeline/Store.ts"
import type { Summary } from "../../src/pipeline/Summary.ts"
import type { Draw } from "../support/draw.ts"
import { crashed } from "./posix.ts"
import {
  calmly,
  controllerOf,
  inspect,
  type Machine,
  machine,
  makeSimulation,
  rerun,
  revisionOf,
  runOnce,
  trialOf,
  type World
} from "./simulation.ts"
import type { Weather } from "./weather.ts"

const LONGER_THAN_ANY_LEASE = 200_000

const forget = ({ ledger, draw }: World) =>
  Effect.gen(function* () {
    const keys = [...ledger.tried.keys()]
    if (keys.length === 0) return
    const key = keys[draw.index(keys.length)]!
    ledger.finished.delete(key)
    const count = () => ledger.forgotten.set(key, (ledger.forgotten.get(key) ?? 0) + 1)
    count()
    const ended = new Set(ledger.tried.get(key)!.filter((attempt) => attempt.ended))
    yield* (yield* Store.Store).forget(key)
    count()
    ledger.tried.set(
      key,
      ledger.tried.get(key)!.filter((attempt) => !ended.has(attempt))
    )
  })

/** What a controller does; where its disk refuses, it ends earlier. Returns what failed in its runs. */
const work = (world: World) =>
  Effect.gen(function* () {
    const store = yield* Store.Store
    const failed: Array<Summary["failed"][number]> = []
    for (let i = 0; i < 1 + world.draw.index(3); i++) {
      const what = world.draw.index(6)
      if (what === 0) yield* forget(world)
      else if (what === 1) yield* store.pack
      else failed.push(...(yield* runOnce(world, revisionOf(world))).summary.failed)
    }
    return failed
  })

/** Where a process ends, and what its disk refuses: killed, without power, on a bad disk, or nothing of this. */
const weathers = (draw: Draw, on: Machine) => {
  const fate = draw.index(4)
  const losePower = () => {
    on.on = false
  }
  const draws = (): Partial<Weather> => ({
    shortWrites: draw.index(2) / 10,
    ...(fate <= 1 ? { endsAt: 1 + draw.index(600) } : {}),
    ...(fate === 0 ? { end: losePower } : {}),
    ...(fate === 2 ? { failures: [0.002, 0.01, 0.05][draw.index(3)]! } : {})
  })
  return draws
}

/** Time passes while others work: who waits for a lease looks again. */
const clock = ({ disk }: World) =>
  Effect.gen(function* () {
    for (let i = 0; i < 20; i++) yield* Effect.yieldNow
    disk.clock.now += 250
    yield* TestClock.adjust("250 millis")
  }).pipe(Effect.forever)

/** One life of the store: one or two controllers, and how they end. */
const live = (world: World) =>
  Effect.gen(function* () {
    const { draw, seed } = world
    const on = machine()
    const weather = weathers(draw, on)
    const controllers = Array.from({ length: 1 + draw.index(2) }, () => controllerOf(world, on, weather()))
    const ends = Effect.forEach(controllers, ({ layer }) => Effect.exit(Effect.provide(work(world), layer)), {
      concurrency: "unbounded"
    })
    const exits = yield* Effect.raceFirst(ends, clock(world))
    for (const [i, exit] of exits.entries()) {
      const { weather: had } = controllers[i]!
      if (Exit.isFailure(exit) && Cause.hasDies(exit.cause)) assert.fail(`seed ${seed}: ${Cause.pretty(exit.cause)}`)
      if (had.failures > 0 || had.gone()) continue
      if (Exit.isFailure(exit)) assert.fail(`seed ${seed}: nothing was refused, yet: ${Cause.pretty(exit.cause)}`)
      for (const { address, error } of exit.value) assert.fail(`seed ${seed}: ${address} failed: ${error.message}`)
    }
    if (!on.on) world.disk = crashed(world.disk, draw)
    world.disk.clock.now += LONGER_THAN_ANY_LEASE
  })

/** Lets a store live some lives, and looks at it after each. */
export const schedule = (seed: number, sabotage?: World["sabotage"]) =>
  Effect.gen(function* () {
    const world = makeSimulation(seed, { shared: seed % 4 === 0, ...(sabotage === undefined ? {} : { sabotage }) })
    for (let life = 1 + world.draw.index(4); life > 0; life--) {
      yield* live(world)
      yield* Effect.provide(inspect(world), calmly(world))
      const trial = trialOf(world)
      yield* Effect.provide(rerun(trial), calmly(trial))
    }
  })
