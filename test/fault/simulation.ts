/**
 * A store on a simulated disk, controllers that plan, run and save states on it, and a ledger of what they asked of it and
 * were told: with it everything that is found in the store can be held against everything that was ever put there.
 */
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as checkpoints from "../../src/executor/checkpoints.ts"
import * as Artifact from "../../src/pipeline/Artifact.ts"
import type { BlueprintNode } from "../../src/pipeline/Blueprint.ts"
import { type Json, sha256 } from "../../src/pipeline/canonical.ts"
import { Disk, over } from "../../src/pipeline/Disk.ts"
import type { ExecutionFailure, Task } from "../../src/pipeline/Executor.ts"
import { Executor } from "../../src/pipeline/Executor.ts"
import * as Journal from "../../src/pipeline/Journal.ts"
import * as Lease from "../../src/pipeline/Lease.ts"
import { plan } from "../../src/pipeline/Plan.ts"
import type { Result } from "../../src/pipeline/Result.ts"
import * as Runner from "../../src/pipeline/Runner.ts"
import * as Store from "../../src/pipeline/Store.ts"
import type { System } from "../../src/pipeline/System.ts"
import { type Draw, drawer } from "../support/draw.ts"
import { cachedView } from "./cachedView.ts"
import { around } from "./failingDisk.ts"
import { digestOf, fakeExecutor, type Notes, notes } from "./fakeExecutor.ts"
import { copyOf, type Posix, posix, systemOn } from "./posix.ts"
import { under, type Weather } from "./weather.ts"
import { blueprintOf, codeOf, node } from "./world.ts"

export const ROOT = "/project/artifacts"
const PACK_FROM = 4
const STAGES = 3
/** For so many milliseconds a client of a shared disk believes what it saw, at most. */
const REMEMBERED = 300

/** What is known of a store from outside: what was asked of it, and what it said. */
export interface Ledger {
  /** Key → every result that somebody tried to publish under it, but for those that were forgotten after. */
  readonly tried: Map<string, Array<{ readonly result: Result; ended: boolean }>>
  /** Keys of which somebody was told that their result is stored. */
  readonly finished: Set<string>
  /** Key → the steps whose states somebody tried to save. */
  readonly states: Map<string, Set<number>>
  /** Key → the newest state of which somebody was told that it is saved, while the action goes on. */
  readonly saved: Map<string, number>
  /** Key → the process that executes it now. */
  readonly executing: Map<string, number>
  /** Key → how often somebody has begun or ended to forget it. */
  readonly forgotten: Map<string, number>
}

export interface World {
  readonly seed: number
  readonly draw: Draw
  readonly ledger: Ledger
  readonly nodes: ReadonlyArray<BlueprintNode>
  /** Whether the disk is elsewhere, and its clients remember what they saw. */
  readonly shared: boolean
  disk: Posix
  runs: number
  results: number
  processes: number
  /** A disk that is worse than it says, to see that this is found. */
  readonly sabotage: (system: System) => System
}

const State = Artifact.make("State", {
  step: Schema.Int,
  weights: Artifact.file<Uint8Array>("bin", { encode: (value) => value, decode: (value) => new Uint8Array(value) })
})
const stateAt = (key: string, step: number) => ({
  step,
  weights: new TextEncoder().encode(`${key} ${step}`.repeat(20))
})

export const graphOf = (draw: Draw): ReadonlyArray<BlueprintNode> => {
  const nodes: Array<BlueprintNode> = []
  for (let i = 0; i < 2 + draw.index(8); i++) {
    const inputs = draw.index(3) === 0 || i === 0 ? {} : { all: [nodes[draw.index(i)]!, nodes[draw.index(i)]!] }
    nodes.push(node(`s${draw.index(STAGES)}`, { number: i }, inputs))
  }
  return nodes
}

/** What an action makes; few different values, so that changed actions often make what the old ones made. */
const madeBy = ({ key, action }: Pick<Task, "key" | "action">): Json => [
  action.params["number"]!,
  Number.parseInt(sha256(key).slice(0, 2), 16) % 3
]

/** One controller: a process with a disk, a store and a memory of its own. */
export interface Controller {
  readonly weather: Weather
  readonly layer: Layer.Layer<Store.Store | Disk>
}

/** A machine, or some that share a disk, and the processes on them. */
export interface Machine {
  on: boolean
  readonly alive: Set<number>
}

export const machine = (): Machine => ({ on: true, alive: new Set() })

export const controllerOf = (world: World, on: Machine, weather: Partial<Weather>): Controller => {
  const { disk, draw } = world
  const pid = ++world.processes
  on.alive.add(pid)
  const whole: Weather = {
    calls: 0,
    endsAt: 0,
    failures: 0,
    shortWrites: 0,
    gone: () => !on.on || !on.alive.has(pid),
    end: () => void on.alive.delete(pid),
    ...weather
  }
  const calls = systemOn(disk, world.shared ? cachedView(disk, draw, REMEMBERED) : undefined)
  const system = world.sabotage(under(calls, whole, draw))
  const slow = around(over(system), () =>
    Effect.suspend(() => {
      disk.clock.now++
      return draw.index(3) === 0 ? Effect.yieldNow : Effect.void
    })
  )
  const holder: Lease.Holder = {
    host: world.shared ? `host${pid}` : "host",
    pid,
    born: String(pid),
    sees: (other) => on.alive.has(other)
  }
  const own = Layer.merge(Layer.succeed(Disk)(slow), Layer.succeed(Lease.Self)(holder))
  const store = Store.layer(ROOT, { packFrom: PACK_FROM }).pipe(Layer.provideMerge(own))
  const ledgered = Layer.effect(
    Store.Store,
    Effect.map(Store.Store, (each) => watched(world, each))
  )
  return { weather: whole, layer: ledgered.pipe(Layer.provideMerge(store)) }
}

/** A store whose publications are written into the ledger. */
const watched = ({ ledger }: World, store: Store.Store["Service"]): Store.Store["Service"] =>
  Store.Store.of({
    ...store,
    publish: (action, result) =>
      Effect.suspend(() => {
        const attempt = { result, ended: false }
        ledger.tried.set(result.key, [...(ledger.tried.get(result.key) ?? []), attempt])
        const before = ledger.forgotten.get(result.key)
        const publish = Effect.tap(store.publish(action, result), ({ key }) =>
          Effect.sync(() => {
            // What is forgotten while it is published is forgotten after.
            if (ledger.forgotten.get(key) === before) ledger.finished.add(key)
          })
        )
        return Effect.ensuring(
          publish,
          Effect.sync(() => {
            attempt.ended = true
          })
        )
      })
  })

/** Every action is a family of its own: none goes on from the state of another. */
const placeOf = (key: string): checkpoints.Place => ({ root: ROOT, family: key, key })

/** The step of the newest state of a key: one that was saved, and no older than the last of which that was said. */
const restored = ({ ledger, seed }: World, key: string, damaged = false) =>
  Effect.gen(function* () {
    const [found] = yield* checkpoints.restore(placeOf(key), State)
    const step = found?.step ?? 0
    const about = `seed ${seed}: state ${step} of ${key.slice(0, 8)}`
    if (found !== undefined) {
      assert.deepStrictEqual(found, stateAt(key, step), about)
      assert.isTrue(ledger.states.get(key)?.has(step), `${about} was never saved`)
    }
    if (!damaged) assert.isAtLeast(step, ledger.saved.get(key) ?? 0, about)
    return step
  })

/** An action that saves states on its way, and goes on from the last one that it finds. */
const behave =
  (world: World) =>
  (task: Task): Effect.Effect<Json, ExecutionFailure, Disk> =>
    Effect.gen(function* () {
      const { key } = task
      yield* saveStates(world, key, 1 + (yield* restored(world, key)), Number.parseInt(key.slice(0, 2), 16) % 4)
      return madeBy(task)
    })

/** No action is executed by two at once: whoever holds its lease and is there is the only one. */
const alone =
  ({ seed, ledger: { executing } }: World, key: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.gen(function* () {
      const { pid, sees } = yield* Lease.Self
      const other = executing.get(key)
      assert.isFalse(
        other !== undefined && sees(other, ""),
        `seed ${seed}: ${key.slice(0, 8)} is executed twice at once`
      )
      executing.set(key, pid)
      const leave = Effect.sync(() => {
        if (executing.get(key) === pid) executing.delete(key)
      })
      return yield* Effect.ensuring(effect, leave)
    })

/** Executes as a worker does: saved states are dropped once the result is published. */
const executorOf = (world: World, noted: Notes): Layer.Layer<Executor, never, Store.Store | Disk> =>
  Layer.effect(
    Executor,
    Effect.gen(function* () {
      const disk = yield* Disk
      const onDisk = Effect.provideService(Disk, disk)
      const inner = fakeExecutor(
        (task) => onDisk(behave(world)(task)),
        noted,
        () => ++world.results
      )
      const executor = Context.get(yield* Layer.build(inner), Executor)
      return Executor.of({
        execute: (task, onProgress) =>
          Effect.tap(executor.execute(task, onProgress), () => {
            world.ledger.saved.delete(task.key)
            return checkpoints.discard(placeOf(task.key), 0).pipe(Effect.ignore, onDisk)
          }).pipe(alone(world, task.key))
      })
    })
  )

const planned = (nodes: ReadonlyArray<BlueprintNode>, revision: string) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const history = Journal.history(ROOT, "p").pipe(Effect.provideService(Disk, disk))
    const codes = new Map(nodes.map(({ stage }) => [stage, codeOf(stage, stage === "s0" ? revision : "1")]))
    return { history, plan: yield* plan(blueprintOf(nodes), { codes, device: "cpu", history, only: [], force: [] }) }
  })

/** Which code the stages have. */
export const revisionOf = ({ draw }: World): string => String(1 + draw.index(3))

export const runOnce = (world: World, revision: string, noted = notes()) =>
  Effect.gen(function* () {
    const { history, plan: made } = yield* planned(world.nodes, revision)
    const run = `r${String(++world.runs).padStart(5, "0")}`
    const services = executorOf(world, noted).pipe(Layer.provideMerge(Journal.layer(ROOT, run)))
    const summary = yield* Effect.gen(function* () {
      const { record } = yield* Journal.Journal
      yield* record({ type: "run-started", run, pipeline: "p", params: {}, pid: 1, host: "here", command: "" })
      return yield* Runner.run(made, {
        jobs: 1 + world.draw.index(3),
        keepGoing: world.draw.index(2) === 0,
        device: "cpu",
        history,
        megabytes: 1000,
        estimate: () => undefined,
        observe: () => undefined,
        onProgress: () => undefined
      })
    }).pipe(Effect.provide(services))
    return { summary, plan: made }
  })

/** Everything that is found is whole and was made; unless some was `damaged`, everything that was finished is found. */
export const inspect = (world: World, damaged = false) =>
  Effect.gen(function* () {
    const { ledger, seed } = world
    const store = yield* Store.Store
    const snapshot = yield* store.snapshot
    for (const [key, tried] of ledger.tried) {
      const about = `seed ${seed}: ${key.slice(0, 8)}`
      const found = yield* store.find(key)
      assert.strictEqual(snapshot(key) === undefined, found._tag === "Miss", `${about} in the snapshot`)
      if (found._tag === "Hit") {
        assert.deepInclude(
          tried.map(({ result }) => result),
          found.result,
          `${about} was not made, or was forgotten`
        )
        for (const blob of found.result.blobs) {
          const bytes = yield* damaged ? Effect.option(store.get(blob)) : Effect.asSome(store.get(blob))
          if (Option.isSome(bytes)) assert.strictEqual(sha256(bytes.value), blob.digest, about)
        }
        assert.isTrue(Option.isSome(yield* store.action(key)), about)
      }
      if (ledger.finished.has(key) && !damaged)
        assert.strictEqual(found._tag, "Hit", `${about} was finished, and is not there`)
    }
    for (const key of ledger.states.keys()) yield* restored(world, key, damaged)
    for (const run of yield* Journal.runs(ROOT)) {
      for (const { type, v, at } of yield* Journal.events(ROOT, run))
        assert.deepStrictEqual([typeof type, v, typeof at], ["string", 1, "number"], `seed ${seed}`)
      const record = yield* Journal.recordOf(ROOT, run)
      for (const key of Object.values(record?.made ?? {})) assert.isTrue(ledger.tried.has(key), `seed ${seed}: ${key}`)
    }
    yield* Lease.live(ROOT)
  })

/** A run on what is left: it ends with the right values, and, unless some was `damaged`, makes nothing again that was finished. */
export const rerun = (world: World, damaged = false) =>
  Effect.gen(function* () {
    const { seed, ledger } = world
    const store = yield* Store.Store
    const revision = revisionOf(world)
    const finished = new Set(ledger.finished)
    const noted = notes()
    const { summary, plan: made } = yield* runOnce(world, revision, noted)
    assert.isEmpty(summary.failed, `seed ${seed}`)
    for (const { node: each, address } of made.entries) {
      const { key, output } = summary.results.get(each.id)!
      const action = Option.getOrThrow(yield* store.action(key))
      assert.strictEqual(output.digest, digestOf(madeBy({ key, action })), `seed ${seed}: ${address}`)
      if (finished.has(key) && !damaged) assert.notInclude(noted.started, address, `seed ${seed}: it was finished`)
    }
    const again = yield* planned(world.nodes, revision)
    assert.isTrue(
      again.plan.entries.every(({ state }) => state === "hit"),
      `seed ${seed}`
    )
  })

/** Saves states of an action, one after another. */
export const saveStates = ({ ledger }: World, key: string, from: number, to: number) =>
  Effect.gen(function* () {
    for (let step = from; step <= to; step++) {
      ledger.states.set(key, (ledger.states.get(key) ?? new Set()).add(step))
      yield* checkpoints
        .save(placeOf(key), State, stateAt(key, step))
        .pipe(Effect.catchTag("ArtifactUnencodable", Effect.die))
      ledger.saved.set(key, step)
    }
  })

/** A store of which nothing is known yet. */
export const makeSimulation = (
  seed: number,
  { shared = false, sabotage = (system) => system }: Partial<Pick<World, "shared" | "sabotage">> = {}
): World => {
  const draw = drawer(seed)
  return {
    seed,
    draw,
    ledger: {
      tried: new Map(),
      finished: new Set(),
      states: new Map(),
      saved: new Map(),
      executing: new Map(),
      forgotten: new Map()
    },
    nodes: graphOf(draw),
    shared,
    disk: posix(),
    runs: 0,
    results: 0,
    processes: 0,
    sabotage
  }
}

/** The store as a controller to whom nothing happens sees it. */
export const calmly = (world: World) => controllerOf({ ...world, shared: false }, machine(), {}).layer

/** The same store and what is known of it, to try something on. */
export const trialOf = (world: World): World => ({
  ...world,
  disk: copyOf(world.disk),
  ledger: structuredClone(world.ledger),
  draw: drawer(world.seed)
})
