/** Runs in which something breaks: damaged inputs, failing and dying actions, interruption. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Conduct from "../../src/pipeline/Conduct.ts"
import { canonical, type Json } from "../../src/pipeline/canonical.ts"
import { Disk, type DiskShape } from "../../src/pipeline/Disk.ts"
import { StoreUnavailable } from "../../src/pipeline/Errors.ts"
import type { Task } from "../../src/pipeline/Executor.ts"
import * as Layout from "../../src/pipeline/Layout.ts"
import * as Lease from "../../src/pipeline/Lease.ts"
import * as Record from "../../src/pipeline/Record.ts"
import { Store } from "../../src/pipeline/Store.ts"
import { type Behaviour, digestOf, manifestOf, stageFailed, workerDied } from "./fakeExecutor.ts"
import { type MemoryDisk, memoryDisk } from "./memoryDisk.ts"
import { blobOf } from "./samples.ts"
import { makeWorld, node, type Ran, ROOT, type World } from "./world.ts"

/** Two sources, three consumers of them, and what collects these. */
const left = node("source", { side: "left" })
const right = node("source", { side: "right" })
const consumers = [1, 2, 3].map((number) => node("use", { number }, { left, right }))
const end = node("end", {}, { all: consumers })
const graph = [left, right, ...consumers, end]
const addresses = ["source@side=left", "source@side=right", "use@number=1", "use@number=2", "use@number=3", "end"]

const well = ({ action }: Task): Effect.Effect<Json> => Effect.succeed([action.stage, canonical(action.params)])
const fileOf = (stage: string, params: object): Uint8Array => manifestOf([stage, canonical(params)]).bytes

/** Flips the first byte of what a node made: its length stays, so only reading it tells. */
const flip = (world: World, stage: string, params: object): void => {
  const bytes = fileOf(stage, params)
  const path = world.blobPath(blobOf(bytes).digest)
  assert.isTrue(world.files.has(path))
  world.files.set(path, bytes.with(0, bytes[0]! ^ 1))
}

const healed = ({ events }: Ran): ReadonlyArray<string> =>
  events.flatMap((event) => (event.type === "healing" ? [event.address] : []))
const reasonAt = ({ events }: Ran, address: string) =>
  events.flatMap((event) => (event.type === "action-started" && event.address === address ? [event.reason] : []))[0]

describe("a damaged input", () => {
  /** Runs everything, damages, then runs the consumers with other code. */
  const rerunAfter = (harm: (world: World) => void, behaviour: Behaviour = well) =>
    Effect.gen(function* () {
      const world = makeWorld()
      const first = yield* world.run(graph, { behaviour: well })
      assert.sameMembers(first.notes.made, addresses)
      harm(world)
      const ran = yield* world.run(graph, { behaviour, revisions: { use: "2" }, jobs: 3 })
      return { ran, world }
    })

  it.effect("is made again once, then whatever asked for it", () =>
    Effect.gen(function* () {
      const { ran } = yield* rerunAfter((world) => flip(world, "source", { side: "left" }))
      assert.deepStrictEqual(healed(ran), ["source@side=left"])
      assert.sameMembers(ran.notes.made, ["source@side=left", "use@number=1", "use@number=2", "use@number=3"])
      assert.isEmpty(ran.summary.failed)
      assert.strictEqual(ran.summary.cutOff, 1, "the end is cut off, since the same values came out")
    })
  )

  it.effect("that is gone is planned to be made again", () =>
    Effect.gen(function* () {
      const { ran } = yield* rerunAfter((world) => {
        world.files.delete(world.blobPath(blobOf(fileOf("source", { side: "left" })).digest))
      })
      assert.strictEqual(ran.plan.entries[0]!.state, "run")
      assert.strictEqual(ran.plan.entries[0]!.reason!._tag, "OutputMissing")
      assert.strictEqual(ran.notes.made.filter((address) => address === "source@side=left").length, 1)
      assert.isEmpty(ran.summary.failed)
    })
  )

  it.effect("beside another damaged one heals as well, in the same run", () =>
    Effect.gen(function* () {
      const { ran } = yield* rerunAfter((world) => {
        flip(world, "source", { side: "left" })
        flip(world, "source", { side: "right" })
      })
      assert.deepStrictEqual(
        ran.summary.failed.map(({ error }) => error._tag),
        []
      )
      assert.sameMembers([...healed(ran)], ["source@side=left", "source@side=right"])
    })
  )

  it.effect("whose own input is damaged heals from the source on", () =>
    Effect.gen(function* () {
      const chain = [node("a")]
      for (const stage of ["b", "c"]) chain.push(node(stage, {}, { from: chain.at(-1)! }))
      const world = makeWorld()
      yield* world.run(chain, { behaviour: well })
      flip(world, "a", {})
      flip(world, "b", {})
      const ran = yield* world.run(chain, { behaviour: well, revisions: { c: "2" } })
      assert.deepStrictEqual(healed(ran), ["b", "a"])
      assert.deepStrictEqual(ran.notes.made, ["a", "b", "c"])
    })
  )

  it.effect("says that it was damaged, where it is made again", () =>
    Effect.gen(function* () {
      const { ran } = yield* rerunAfter((world) => flip(world, "source", { side: "left" }))
      assert.strictEqual(reasonAt(ran, "source@side=left")?._tag, "OutputMissing")
    })
  )

  it.effect("that cannot be made again fails what asked for it, and nothing else", () =>
    Effect.gen(function* () {
      const { ran } = yield* rerunAfter(
        (world) => flip(world, "source", { side: "left" }),
        (task) => (task.action.stage === "source" ? Effect.fail(stageFailed(task)) : well(task))
      )
      assert.isNotEmpty(ran.summary.failed)
      for (const { address } of ran.summary.failed) assert.match(address, /^use@/)
      assert.include(ran.summary.failed[0]!.error.message, "source@side=left failed")
    })
  )
})

describe("an action that fails", () => {
  it.effect("is no result: it runs again in the next run, and what was made is kept", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      for (const broken of [stageFailed, workerDied]) {
        const ran = yield* world.run(graph, {
          behaviour: (task) => (task.address === "use@number=2" ? Effect.fail(broken(task)) : well(task)),
          keepGoing: true
        })
        assert.deepStrictEqual(
          ran.summary.failed.map(({ address }) => address),
          ["use@number=2"]
        )
        assert.strictEqual(ran.summary.skipped, 1)
        const skipped = ran.events.find((event) => event.type === "action-skipped")
        assert.strictEqual(skipped?.type === "action-skipped" && skipped.because, "use@number=2 failed")
      }
      const last = yield* world.run(graph, { behaviour: well })
      assert.deepStrictEqual(last.notes.made, ["use@number=2", "end"])
    })
  )

  it.effect("is told of with its key, whether the plan knew it or not", () =>
    Effect.gen(function* () {
      const ran = yield* makeWorld().run(graph, {
        behaviour: (task) => (task.action.stage === "use" ? Effect.fail(stageFailed(task)) : well(task))
      })
      const failed = ran.events.flatMap((event) => (event.type === "action-failed" ? [event] : []))
      for (const { address, key } of failed) {
        const started = ran.events.find((event) => event.type === "action-started" && event.address === address)
        assert.strictEqual(key, started?.type === "action-started" ? started.key : "")
      }
      assert.isNotEmpty(failed)
    })
  )
})

describe("a run that is interrupted", () => {
  it.effect("starts nothing more, writes how far it came, and the next one goes on there", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const reached = yield* Deferred.make<void>()
      const running = yield* Effect.forkChild(
        world.run(graph, {
          behaviour: (task) =>
            task.action.stage === "use"
              ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
              : well(task)
        })
      )
      yield* Deferred.await(reached)
      yield* Fiber.interrupt(running)
      const events = [...world.files].flatMap(([path, bytes]) =>
        path.includes("/runs/r0001/events") ? new TextDecoder().decode(bytes).trim().split("\n") : []
      )
      assert.include(events.at(-1)!, '"outcome":"interrupted"')
      assert.isTrue(world.files.has("/store/runs/r0001/run.json"))
      assert.isFalse([...world.files.keys()].some((path) => path.startsWith("/store/leases/")))
      const ran = yield* world.run(graph, { behaviour: well })
      assert.strictEqual(ran.summary.hit, 2)
      assert.isEmpty(ran.summary.failed)
    })
  )
})

describe("an artifact that another node has made already", () => {
  it.effect("is not made twice, though both nodes were waiting", () =>
    Effect.gen(function* () {
      const sources = [1, 2].map((number) => node("source", { number }))
      const twins = sources.map((from) => node("twin", {}, { from }))
      const ran = yield* makeWorld().run([...sources, ...twins], {
        behaviour: () => Effect.succeed("the same"),
        jobs: 4
      })
      assert.strictEqual(ran.notes.started.filter((address) => address.startsWith("twin")).length, 1)
      assert.strictEqual(ran.summary.results.get(twins[1]!.id)!.output.digest, digestOf("the same"))
    })
  )
})

describe("force", () => {
  it.effect("runs everything that it matches, what waits for a forced one too", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      yield* world.run(graph, { behaviour: well })
      const ran = yield* world.run(graph, { behaviour: well, force: ["*"] })
      assert.sameMembers(ran.notes.made, addresses)
    })
  )

  const different = ({ events }: Ran) => events.flatMap((event) => (event.type === "action-differs" ? [event] : []))
  const forced = { behaviour: () => Effect.succeed("other"), force: ["source@side=left"] } as const

  for (const packed of [false, true]) {
    it.effect(`makes the new of two different values hold${packed ? ", also over a packed one" : ""}, and tells`, () =>
      Effect.gen(function* () {
        const world = makeWorld(packed ? { packFrom: 1 } : {})
        const first = yield* world.run(graph, { behaviour: well })
        const ran = yield* world.run(graph, forced)
        const before = first.summary.results.get(left.id)!
        assert.strictEqual(ran.summary.results.get(left.id)!.output.digest, digestOf("other"))
        assert.deepStrictEqual(
          different(ran).map(({ address, earlier, output }) => [address, earlier, output]),
          [["source@side=left", before.output.digest, digestOf("other")]]
        )
        assert.deepStrictEqual(ran.summary.different, ["source@side=left"])
        assert.isTrue((yield* world.plan(graph)).entries.every(({ state }) => state === "hit"))
        const held = yield* world.within(Effect.flatMap(Store, ({ find }) => find(before.key)))
        assert.strictEqual(held._tag === "Hit" && held.result.output.digest, digestOf("other"))
      })
    )
  }

  it.effect("runs what depends on a different value, as after any change", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      yield* world.run(graph, { behaviour: well })
      const ran = yield* world.run(graph, {
        ...forced,
        behaviour: (task) => (task.action.stage === "source" ? Effect.succeed("other") : well(task))
      })
      assert.sameMembers(ran.notes.made, ["source@side=left", "use@number=1", "use@number=2", "use@number=3"])
      const reason = reasonAt(ran, "use@number=1")
      assert.deepStrictEqual(reason?._tag === "Changed" && reason.changes.map(({ path }) => path), ["inputs.left"])
    })
  )

  it.effect("keeps the earlier of two different values beside the new one, for a collection too", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const first = yield* world.run(graph, { behaviour: well })
      yield* world.run(graph, forced)
      const before = first.summary.results.get(left.id)!
      const path = Layout.divergentPath(ROOT, before.key, before.output.digest)
      const line = new TextDecoder().decode(world.files.get(path)).trimEnd()
      assert.deepStrictEqual(Record.resultIn(line, before.key), before)
    })
  )

  it.effect("changes nothing where the same value comes out", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const first = yield* world.run(graph, { behaviour: well })
      const ran = yield* world.run(graph, { behaviour: well, force: ["source@side=left"] })
      assert.isEmpty(different(ran))
      assert.strictEqual(ran.summary.results.get(left.id)!.run, first.summary.results.get(left.id)!.run)
      assert.strictEqual(ran.summary.cutOff, 4)
      assert.isFalse([...world.files.keys()].some((path) => path.endsWith(".divergent")))
    })
  )
})

/** Runs while a test clock goes on whenever everybody waits. */
const ranBySeconds = (seconds: number, graph_: Parameters<World["run"]>[0], asked: Parameters<World["run"]>[1]) =>
  Effect.gen(function* () {
    const running = yield* Effect.forkChild(makeWorld().run(graph_, asked))
    for (let second = 0; second < seconds; second++) {
      for (let turn = 0; turn < 50; turn++) yield* Effect.yieldNow
      yield* TestClock.adjust("1 seconds")
    }
    return yield* Fiber.join(running)
  })

describe("an action that another controller is at", () => {
  const us: Lease.Holder = { host: "here", pid: 2, born: "then", sees: () => true }
  const other = { ...us, pid: 1 }
  const turns = Effect.gen(function* () {
    for (let turn = 0; turn < 200; turn++) yield* Effect.yieldNow
    yield* TestClock.adjust("1 seconds")
  })

  /** Runs the graph while another controller has the left source, lets it go, and tells what had been made until then. */
  const beside = (asked: { readonly publishes: boolean; readonly force?: ReadonlyArray<string> }) =>
    Effect.gen(function* () {
      const world = makeWorld()
      if (asked.force !== undefined) yield* world.run(graph, { behaviour: well })
      const { key, address } = (yield* world.plan(graph)).entries[0]!
      const began: Array<string> = []
      const behaviour: Behaviour = (task) => {
        began.push(task.address)
        return well(task)
      }
      const holding = Lease.hold(ROOT, { key: key!, address, run: "theirs" })
      return yield* Effect.scoped(
        Effect.gen(function* () {
          const scope = yield* Scope.make()
          yield* world.within(Effect.provideService(Scope.provide(holding, scope), Lease.Self, other))
          const { force = [] } = asked
          const running = yield* Effect.forkChild(
            Effect.provideService(world.run(graph, { behaviour, jobs: 1, force }), Lease.Self, us)
          )
          for (let second = 0; second < 5; second++) yield* turns
          const meanwhile = [...began]
          if (asked.publishes) yield* Effect.provideService(world.run([left], { behaviour: well }), Lease.Self, other)
          yield* Scope.close(scope, Exit.void)
          for (let second = 0; second < 5; second++) yield* turns
          return { ran: yield* Fiber.join(running), meanwhile }
        })
      )
    })
  const waits = ({ events }: Ran) => events.flatMap((event) => (event.type === "action-waiting" ? [event] : []))

  it.effect("is waited for without a slot, and that is told once", () =>
    Effect.gen(function* () {
      const { ran, meanwhile } = yield* beside({ publishes: false })
      assert.deepStrictEqual(meanwhile, ["source@side=right"])
      assert.deepStrictEqual(
        waits(ran).map(({ address, pid, host, run }) => [address, pid, host, run]),
        [["source@side=left", 1, "here", "theirs"]]
      )
      assert.sameMembers(ran.notes.made, addresses)
    })
  )

  it.effect("is found once the other has made it, and counted as cut off", () =>
    Effect.gen(function* () {
      const { ran } = yield* beside({ publishes: true })
      assert.notInclude(ran.notes.made, "source@side=left")
      assert.strictEqual(ran.summary.cutOff, 1)
      assert.strictEqual(ran.summary.ran, 5)
      assert.isEmpty(ran.summary.failed)
    })
  )

  it.effect("is made all the same where it is forced, after the other", () =>
    Effect.gen(function* () {
      const { ran, meanwhile } = yield* beside({ publishes: false, force: ["source@side=left"] })
      assert.isEmpty(meanwhile)
      assert.deepStrictEqual(ran.notes.made, ["source@side=left"])
    })
  )
})

describe("a stage that reports how far it is", () => {
  it.effect("leaves its newest report in the journal every ten seconds, and nothing where it has not gone on", () =>
    Effect.gen(function* () {
      const slow: Behaviour = (task, report) =>
        Effect.gen(function* () {
          for (let steps = 1; steps <= 25; steps++) {
            report({ steps, fraction: steps / 25 })
            yield* Effect.sleep("1 seconds")
          }
          yield* Effect.sleep("30 seconds")
          return yield* well(task)
        })
      const { events } = yield* ranBySeconds(60, [left], { behaviour: slow })
      const reports = events.flatMap((event) => (event.type === "action-progress" ? [event.report.steps] : []))
      assert.deepStrictEqual(reports, [10, 20, 25])
    })
  )
})

describe("a stage that may be tried again", () => {
  const flaky = (conduct: Conduct.ConductOptions<string>) => node("flaky", {}, {}, { conduct: Conduct.make(conduct) })
  /** Fails as it is told, then makes something. */
  const failing = (failures: ReadonlyArray<Behaviour>): Behaviour => {
    let count = 0
    return (task, report) => (failures[count++] ?? well)(task, report)
  }
  const died: Behaviour = (task) => Effect.fail(workerDied(task))
  const broke: Behaviour = (task) => Effect.fail(stageFailed(task))
  const retried = ({ events }: Ran) => events.flatMap((event) => (event.type === "action-retried" ? [event] : []))
  const ran = (graph_: Parameters<World["run"]>[0], asked: Parameters<World["run"]>[1]) =>
    ranBySeconds(20, graph_, asked)

  it.effect("is, by what went wrong, each time after a longer wait", () =>
    Effect.gen(function* () {
      const graph_ = [flaky({ retries: { died: 2 } })]
      const outcome = yield* ran(graph_, { behaviour: failing([died, died]) })
      assert.isEmpty(outcome.summary.failed)
      assert.deepStrictEqual(
        retried(outcome).map(({ tag, milliseconds }) => [tag, milliseconds]),
        [
          ["WorkerDied", 1000],
          ["WorkerDied", 2000]
        ]
      )
    })
  )

  it.effect("fails once its attempts are used up, and at once where the failure is of another kind", () =>
    Effect.gen(function* () {
      const tooOften = yield* ran([flaky({ retries: { died: 1 } })], { behaviour: failing([died, died]) })
      assert.deepStrictEqual(
        tooOften.summary.failed.map(({ error }) => error._tag),
        ["WorkerDied"]
      )
      const other = yield* ran([flaky({ retries: { died: 5 } })], { behaviour: failing([broke]) })
      assert.deepStrictEqual(
        other.summary.failed.map(({ error }) => error._tag),
        ["StageFailed"]
      )
      assert.isEmpty(retried(other))
    })
  )

  it.effect("is given up after its timeout, and told of (TimedOut)", () =>
    Effect.gen(function* () {
      const outcome = yield* ran([flaky({ timeout: "5 seconds" })], { behaviour: () => Effect.never })
      const { error } = outcome.summary.failed[0]!
      assert.strictEqual(error._tag, "TimedOut")
      assert.include(error.message, "flaky took longer than 5 s")
      const again = yield* ran([flaky({ timeout: "5 seconds", retries: { timedOut: 1 } })], {
        behaviour: failing([() => Effect.never])
      })
      assert.isEmpty(again.summary.failed)
    })
  )
})

describe("a stage that collects under a quorum", () => {
  const cells = [1, 2, 3, 4].map((number) => node("cell", { number }))
  const table = (quorum: number) => node("table", {}, { cells }, { quorums: { cells: quorum } })
  const without =
    (...numbers: ReadonlyArray<number>): Behaviour =>
    (task) =>
      numbers.some((number) => task.address === `cell@number=${number}`) ? Effect.fail(stageFailed(task)) : well(task)

  it.effect("runs with what came about, says what is missing, and is another once all is there", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const graph_ = [...cells, table(0.75)]
      const partial = yield* world.run(graph_, { behaviour: without(2), keepGoing: true })
      assert.deepStrictEqual(partial.summary.partial, ["table"])
      assert.include(partial.notes.made, "table")
      const missing = partial.events.flatMap((event) => (event.type === "action-partial" ? event.missing : []))
      assert.deepStrictEqual(missing, ["cell@number=2"])
      const whole = yield* world.run(graph_, { behaviour: well })
      assert.deepStrictEqual(whole.notes.made, ["cell@number=2", "table"])
      assert.isEmpty(whole.summary.partial)
      const keyIn = ({ summary }: Ran) => summary.results.get(graph_.at(-1)!.id)!.key
      assert.notStrictEqual(keyIn(whole), keyIn(partial))
    })
  )

  it.effect("does not run with less, nor without a quorum", () =>
    Effect.gen(function* () {
      for (const [quorum, missing] of [
        [0.75, [1, 2]],
        [1, [1]]
      ] as const) {
        const ran = yield* makeWorld().run([...cells, table(quorum)], {
          behaviour: without(...missing),
          keepGoing: true
        })
        assert.strictEqual(ran.summary.skipped, 1)
        assert.notInclude(ran.notes.started, "table")
      }
    })
  )
})

describe("the end of a run", () => {
  it.effect("is recorded though its last event cannot be written", () =>
    Effect.gen(function* () {
      const memory = memoryDisk()
      const full: MemoryDisk = {
        ...memory,
        layer: Layer.effect(
          Disk,
          Effect.map(
            Disk,
            (service): DiskShape => ({
              ...service,
              append: (path, bytes) =>
                new TextDecoder().decode(bytes).includes('"run-finished"')
                  ? Effect.fail(new StoreUnavailable({ operation: "append", path, code: "ENOSPC" }))
                  : service.append(path, bytes)
            })
          )
        ).pipe(Layer.provide(memory.layer))
      }
      const world = makeWorld({ disk: full })
      const { events } = yield* world.run(graph, { behaviour: well })
      assert.notInclude(
        events.map(({ type }) => type),
        "run-finished"
      )
      const [record] = [...memory.files.keys()].filter((path) => path.endsWith("run.json"))
      assert.include(new TextDecoder().decode(memory.files.get(record!)), `"source@side=left"`)
      assert.notInclude(new TextDecoder().decode(memory.files.get(record!)), "begun")
    })
  )
})
