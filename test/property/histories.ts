/**
 * Random histories of a project: graphs that grow, shrink and change, runs that fail, are interrupted or ask for a part, and
 * stored files that come to harm; all against a naive oracle that reruns everything. What a run ends with must be what the
 * oracle has, and what runs must be exactly what nobody has made.
 */
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { keyOf } from "../../src/pipeline/Action.ts"
import { type BlueprintNode, inputIds } from "../../src/pipeline/Blueprint.ts"
import { canonical, type Json, sha256 } from "../../src/pipeline/canonical.ts"
import type { Task } from "../../src/pipeline/Executor.ts"
import type { Entry } from "../../src/pipeline/Plan.ts"
import { type Behaviour, digestOf, manifestOf, stageFailed, workerDied } from "../fault/fakeExecutor.ts"
import { blobOf, textOf } from "../fault/samples.ts"
import { codeOf, makeWorld, node, type Ran, type World } from "../fault/world.ts"
import { type Draw, drawer } from "../support/draw.ts"

const STAGES = 4

/** A node as its author writes it: inputs by their place among the nodes before. */
interface Written {
  readonly name: number
  readonly stage: string
  readonly value: number
  readonly one: Written | undefined
  readonly many: ReadonlyArray<Written>
}

/** A project, and what is known to lie in its store. */
interface History {
  readonly seed: number
  readonly draw: Draw
  readonly world: World
  written: ReadonlyArray<Written>
  readonly revisions: Record<string, string>
  /** Every key that ever was, and the value that its action makes. */
  readonly values: Map<string, Json>
  names: number
  readonly counts: Counts
}

/** What befell a project, to see that enough did. */
export interface Counts {
  ran: number
  cutOff: number
  failed: number
  interrupted: number
  healed: number
}

/** Stages and values; twins, which differ in their inputs alone, occur. */
const write = (history: History, before: ReadonlyArray<Written>): Written => {
  const { draw } = history
  const pick = (): Written => before[draw.index(before.length)]!
  const some = before.length > 0
  return {
    name: history.names++,
    stage: `s${draw.index(STAGES)}`,
    value: draw.index(6),
    one: some && draw.index(3) > 0 ? pick() : undefined,
    many: some && draw.index(2) === 0 ? Array.from({ length: draw.index(4) }, pick) : []
  }
}

/** A copy of a graph in which some nodes are others, or none; whatever needs them follows. */
const rewritten = (
  written: ReadonlyArray<Written>,
  change: (each: Written) => Written | undefined
): ReadonlyArray<Written> => {
  const now = new Map<number, Written | undefined>()
  const kept = (each: Written): ReadonlyArray<Written> => {
    const found = now.get(each.name)
    return found === undefined ? [] : [found]
  }
  for (const each of written) {
    const changed = change(each)
    const one = changed?.one && kept(changed.one)[0]
    now.set(each.name, changed && { ...changed, one, many: changed.many.flatMap(kept) })
  }
  return [...now.values()].filter((each) => each !== undefined)
}

const edit = (history: History): void => {
  const { draw, written, revisions } = history
  const at = draw.index(written.length)
  const chosen = written[at]!
  const others = (change: (each: Written) => Written | undefined) =>
    rewritten(written, (each) => (each === chosen ? change(each) : each))
  const what = draw.index(5)
  if (what === 0) history.written = others((each) => ({ ...each, value: draw.index(6) }))
  else if (what === 1) revisions[`s${draw.index(STAGES)}`] = String(draw.index(3))
  else if (what === 2) history.written = [...written, write(history, written)]
  else if (what === 3 && written.length > 1) history.written = others(() => undefined)
  else {
    const { one, many } = write(history, written.slice(0, at))
    history.written = others((each) => ({ ...each, one, many }))
  }
}

const nodesOf = (written: ReadonlyArray<Written>): ReadonlyArray<BlueprintNode> => {
  const made = new Map<number, BlueprintNode>()
  for (const { name, stage, value, one, many } of written) {
    const inputs = {
      ...(one === undefined ? {} : { one: made.get(one.name)! }),
      ...(many.length === 0 ? {} : { many: many.map((each) => made.get(each.name)!) })
    }
    made.set(name, node(stage, { value }, inputs))
  }
  // Equal nodes are one.
  return [...new Map([...made.values()].map((each) => [each.id, each])).values()]
}

/** Few different values for a stage and a parameter, so that a changed action often makes what the old one made. */
const valueFrom = (key: string, stage: string, value: Json): Json => [
  stage,
  value,
  Number.parseInt(sha256(key).slice(0, 2), 16) % 3
]

/** Everything, made anew from nothing. */
interface Oracle {
  readonly keys: ReadonlyMap<string, string>
  readonly values: ReadonlyMap<string, Json>
}

const rerunEverything = (nodes: ReadonlyArray<BlueprintNode>, revisions: History["revisions"]): Oracle => {
  const keys = new Map<string, string>()
  const values = new Map<string, Json>()
  const digest = (id: string): string => digestOf(values.get(id)!)
  for (const each of nodes) {
    const inputs: Record<string, Json> = {}
    for (const [name, input] of Object.entries(each.inputs))
      inputs[name] = typeof input === "string" ? digest(input) : input.map(digest)
    const key = keyOf({
      version: 1,
      stage: each.stage,
      code: { mode: "auto", identity: codeOf(each.stage, revisions[each.stage] ?? "1").identity },
      params: each.params,
      inputs,
      env: { architecture: process.arch },
      outputs: each.makes
    })
    keys.set(each.id, key)
    values.set(each.id, valueFrom(key, each.stage, each.params["value"]!))
  }
  return { keys, values }
}

/** The nodes that a part of the graph needs. */
const upstream = (nodes: ReadonlyArray<BlueprintNode>, id: string): ReadonlySet<string> => {
  const byId = new Map(nodes.map((each) => [each.id, each]))
  const found = new Set<string>()
  const visit = (one: string): void => {
    if (found.has(one)) return
    found.add(one)
    for (const input of inputIds(byId.get(one)!)) visit(input)
  }
  visit(id)
  return found
}

const sorted = (values: Iterable<string>): ReadonlyArray<string> => [...values].sort()

/** Which of the wanted nodes a run executes, and which it cannot, if some keys fail whenever they are tried. */
const expected = (
  nodes: ReadonlyArray<BlueprintNode>,
  { keys }: Oracle,
  known: ReadonlySet<string>,
  failing: ReadonlySet<string>
) => {
  const runs = new Set<string>()
  const lost = new Set<string>()
  for (const each of nodes) {
    const key = keys.get(each.id)!
    if (inputIds(each).some((id) => lost.has(id))) lost.add(each.id)
    else if (!known.has(key)) {
      runs.add(key)
      if (failing.has(key)) lost.add(each.id)
    }
  }
  return { runs, lost }
}

/** What the plan must say: a hit is what is known and needs nothing that is not. */
const stateOf = (each: BlueprintNode, states: ReadonlyMap<string, string>, isKnown: boolean): Entry["state"] => {
  if (inputIds(each).some((id) => states.get(id) !== "hit")) return "may run"
  return isKnown ? "hit" : "run"
}

const recordPath = (key: string): string => `/store/ac/${key.slice(0, 2)}/${key}.record`
const filePath = (world: World, value: Json): string => world.blobPath(blobOf(manifestOf(value).bytes).digest)

/** The keys whose results are stored and whole, by looking at the files. */
const wholeKeys = ({ world, values }: History): ReadonlySet<string> =>
  new Set(
    [...values].flatMap(([key, value]) => {
      const line = textOf(world.files.get(recordPath(key)) ?? new Uint8Array())
      const file = world.files.get(filePath(world, value))
      const whole = line.slice(0, 64) === sha256(line.slice(65, -1)) && file?.length === manifestOf(value).bytes.length
      return whole ? [key] : []
    })
  )

/** Damages or removes what is stored of one key. */
const harm = (history: History): void => {
  const { draw, world, values } = history
  const keys = sorted(wholeKeys(history))
  if (keys.length === 0) return
  const key = keys[draw.index(keys.length)]!
  const path = draw.index(2) === 0 ? recordPath(key) : filePath(world, values.get(key)!)
  const bytes = world.files.get(path)!
  if (draw.index(2) === 0) world.files.delete(path)
  else world.files.set(path, bytes.subarray(0, draw.index(bytes.length)))
}

/** What is asked of one run. */
interface Asked {
  readonly failing: ReadonlySet<string>
  readonly keepGoing: boolean
  readonly only: string | undefined
  /** It is interrupted when so many actions have started. */
  readonly stopAt: number
}

const ask = ({ draw }: History, nodes: ReadonlyArray<BlueprintNode>, { keys }: Oracle): Asked => {
  const what = draw.index(6)
  return {
    failing: what === 0 ? new Set([...keys.values()].filter(() => draw.index(4) === 0)) : new Set(),
    keepGoing: draw.index(2) === 0,
    only: what === 1 ? nodes[draw.index(nodes.length)]!.id : undefined,
    stopAt: what === 2 ? 1 + draw.index(4) : Number.POSITIVE_INFINITY
  }
}

/** Runs once, and holds what happened against what should have. */
const runOnce = (history: History, asked: Asked, about: string) =>
  Effect.gen(function* () {
    const { draw, world, values, revisions } = history
    const all = nodesOf(history.written)
    const oracle = rerunEverything(all, revisions)
    for (const [id, key] of oracle.keys) values.set(key, oracle.values.get(id)!)
    const known = wholeKeys(history)
    const started: Array<string> = []
    const reached = yield* Deferred.make<void>()
    const behaviour: Behaviour = (task: Task) =>
      Effect.gen(function* () {
        started.push(task.key)
        if (started.length >= stopAt) {
          yield* Deferred.succeed(reached, undefined)
          return yield* Effect.never
        }
        if (asked.failing.has(task.key))
          return yield* Effect.fail(draw.index(2) === 0 ? stageFailed(task) : workerDied(task))
        return valueFrom(task.key, task.action.stage, task.action.params["value"]!)
      })
    const addresses = new Map(
      (yield* world.plan(all, { revisions })).entries.map((each) => [each.node.id, each.address])
    )
    // The name of a stage alone asks for all of its nodes.
    const only = asked.only === undefined ? undefined : addresses.get(asked.only)!
    const named = all.filter(({ id }) => addresses.get(id) === only || addresses.get(id)!.startsWith(`${only}@`))
    const wanted = only === undefined ? undefined : new Set(named.flatMap(({ id }) => [...upstream(all, id)]))
    const nodes = all.filter(({ id }) => wanted?.has(id) ?? true)
    const { runs, lost } = expected(nodes, oracle, known, asked.failing)
    // Of results that have a file in common one may heal the others, which then do not run.
    const stopAt = distinct(runs, values) >= asked.stopAt ? asked.stopAt : Number.POSITIVE_INFINITY
    const options = {
      behaviour,
      revisions,
      keepGoing: asked.keepGoing,
      jobs: 1 + draw.index(4),
      ...(only === undefined ? {} : { only: [only] })
    }
    const running = yield* Effect.forkChild(world.run(all, options))
    if (Number.isFinite(stopAt)) {
      yield* Deferred.await(reached)
      yield* Fiber.interrupt(running)
      history.counts.interrupted++
      assert.includeMembers([...runs], started, `${about}: something ran that need not, before an interruption`)
    } else {
      const ran = yield* Fiber.join(running)
      history.counts.cutOff += ran.summary.cutOff
      history.counts.failed += ran.summary.failed.length
      history.counts.healed += ran.plan.entries.filter(({ reason }) => reason?._tag === "OutputMissing").length
      checkPlan(ran, oracle, known, nodes, about)
      checkRun(ran, oracle, { runs, lost }, { started, asked, values }, about)
    }
    history.counts.ran += started.length
    assert.strictEqual(new Set(started).size, started.length, `${about}: something ran twice`)
  })

const distinct = (keys: Iterable<string>, values: ReadonlyMap<string, Json>): number =>
  new Set([...keys].map((key) => canonical(values.get(key)!))).size

const checkPlan = (
  { plan }: Ran,
  { keys }: Oracle,
  known: ReadonlySet<string>,
  nodes: ReadonlyArray<BlueprintNode>,
  about: string
): void => {
  const states = new Map<string, string>()
  for (const each of nodes) states.set(each.id, stateOf(each, states, known.has(keys.get(each.id)!)))
  const planned = new Map(plan.entries.map((entry) => [entry.node.id, entry.state]))
  assert.deepStrictEqual(new Map([...planned].sort()), new Map([...states].sort()) as never, `${about}: the plan`)
}

const checkRun = (
  { plan, summary }: Ran,
  oracle: Oracle,
  { runs, lost }: ReturnType<typeof expected>,
  { started, asked, values }: { started: ReadonlyArray<string>; asked: Asked; values: ReadonlyMap<string, Json> },
  about: string
): void => {
  const hits = new Set(
    plan.entries.flatMap(({ state, node: { id } }) => (state === "hit" ? [oracle.keys.get(id)!] : []))
  )
  for (const key of started) assert.isFalse(hits.has(key), `${about}: a hit ran`)
  assert.includeMembers([...runs], [...started], `${about}: something ran that need not`)
  const made = new Set(started.map((key) => canonical(values.get(key)!)))
  // What had lost its file is whole again as soon as another makes the same file.
  const left = [...runs].filter((key) => !started.includes(key) && !made.has(canonical(values.get(key)!)))
  if (asked.keepGoing || lost.size === 0) assert.isEmpty(left, `${about}: something did not run that had to`)
  for (const {
    node: { id },
    address
  } of plan.entries) {
    const result = summary.results.get(id)
    if (result !== undefined) {
      assert.strictEqual(result.key, oracle.keys.get(id), `${about}: the key of ${address}`)
      assert.strictEqual(result.output.digest, digestOf(oracle.values.get(id)!), `${about}: the value of ${address}`)
    } else if (asked.keepGoing) assert.isTrue(lost.has(id), `${about}: ${address} was left out`)
    else assert.isAbove(lost.size, 0, `${about}: ${address} was left out`)
  }
}

/** A project's life: edits, runs and harm; what befell it, in numbers. */
export const history = (seed: number, steps = 6) =>
  Effect.gen(function* () {
    const draw = drawer(seed)
    const life: History = {
      seed,
      draw,
      world: makeWorld(),
      written: [],
      revisions: {},
      values: new Map(),
      names: 0,
      counts: { ran: 0, cutOff: 0, failed: 0, interrupted: 0, healed: 0 }
    }
    for (let size = 1 + draw.index(10); size > 0; size--) life.written = [...life.written, write(life, life.written)]
    const whole: Asked = { failing: new Set(), keepGoing: false, only: undefined, stopAt: Number.POSITIVE_INFINITY }
    for (let step = 0; step < steps; step++) {
      const about = `seed ${seed}, step ${step}`
      for (let edits = step === 0 ? 0 : draw.index(3); edits > 0; edits--) edit(life)
      if (draw.index(3) === 0) harm(life)
      const nodes = nodesOf(life.written)
      yield* runOnce(life, ask(life, nodes, rerunEverything(nodes, life.revisions)), about)
      if (draw.index(2) === 0) yield* runOnce(life, whole, `${about}, then whole`)
    }
    yield* runOnce(life, whole, `seed ${seed}, at the end`)
    const nodes = nodesOf(life.written)
    const { runs } = expected(nodes, rerunEverything(nodes, life.revisions), wholeKeys(life), new Set())
    assert.strictEqual(runs.size, 0, `seed ${seed}: something is left to run at the end`)
    return life.counts
  })
