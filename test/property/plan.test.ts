/** Random graphs of stages, run with random failures and changes, against what a naive reading of the rules says. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { keyOf } from "../../src/pipeline/Action.ts"
import { type BlueprintNode, inputIds } from "../../src/pipeline/Blueprint.ts"
import { canonical, type Json, sha256 } from "../../src/pipeline/canonical.ts"
import type { Task } from "../../src/pipeline/Executor.ts"
import { digestOf, stageFailed, workerDied } from "../fault/fakeExecutor.ts"
import { codeOf, makeWorld, node } from "../fault/world.ts"
import { type Draw, drawer } from "../support/draw.ts"

const ROUNDS = 40

/** Nodes of few stages, each with inputs among those before it; every one with a number of its own. */
const graphOf = (draw: Draw, changed: ReadonlySet<number> = new Set()): ReadonlyArray<BlueprintNode> => {
  const nodes: Array<BlueprintNode> = []
  const size = 1 + draw.index(12)
  for (let i = 0; i < size; i++) {
    const pick = (): BlueprintNode => nodes[draw.index(i)]!
    const one = i > 0 && draw.index(3) > 0 ? { one: pick() } : {}
    const many = i > 1 && draw.index(2) > 0 ? { many: Array.from({ length: draw.index(4) }, pick) } : {}
    nodes.push(node(`s${draw.index(4)}`, { number: changed.has(i) ? i + 100 : i }, { ...one, ...many }))
  }
  return nodes
}

/** What an action makes: few different values, so that a changed action often makes what the old one made. */
const madeOf = (key: string, number: Json): Json => [
  Number(number) % 100,
  Number.parseInt(sha256(key).slice(0, 2), 16) % 2
]
const valueOfTask = ({ key, action }: Task): Json => madeOf(key, action.params["number"]!)

/** The naive reading: keys from the values of inputs, and what of them is new. */
const oracle = (
  nodes: ReadonlyArray<BlueprintNode>,
  revisions: Readonly<Record<string, string>>,
  known: Set<string>
) => {
  const digests = new Map<string, string>()
  const stale = new Set<string>()
  const runs: Array<string> = []
  const states = nodes.map((each) => {
    const described = (id: string): string => digests.get(id)!
    const key = keyOf({
      version: 1,
      stage: each.stage,
      code: { mode: "auto", identity: codeOf(each.stage, revisions[each.stage] ?? "1").identity },
      params: each.params,
      inputs: Object.fromEntries(
        Object.entries(each.inputs).map(([name, input]) => [
          name,
          typeof input === "string" ? described(input) : input.map(described)
        ])
      ),
      env: { architecture: process.arch },
      outputs: each.makes
    })
    digests.set(each.id, digestOf(madeOf(key, each.params["number"]!)))
    const waits = inputIds(each).some((id) => stale.has(id))
    if (!known.has(key)) runs.push(each.id)
    const state = waits ? "may run" : known.has(key) ? "hit" : "run"
    if (state !== "hit") stale.add(each.id)
    known.add(key)
    return state
  })
  return { states, runs, cutOff: states.filter((state) => state !== "hit").length - runs.length }
}

const sorted = (values: Iterable<string>): ReadonlyArray<string> => [...values].sort()

describe("random graphs", () => {
  it.effect("run what a naive reading runs, through any sequence of changes", () =>
    Effect.gen(function* () {
      let cutOff = 0
      for (let seed = 0; seed < ROUNDS; seed++) {
        const world = makeWorld()
        const known = new Set<string>()
        const change = drawer(seed + 1000)
        for (let step = 0; step < 4; step++) {
          const about = `seed ${seed}, step ${step}`
          const changed = new Set(Array.from({ length: step === 0 ? 0 : change.index(3) }, () => change.index(12)))
          const revisions = { [`s${change.index(4)}`]: String(change.index(2) + 1) }
          const nodes = graphOf(drawer(seed), changed)
          const expected = oracle(nodes, revisions, known)
          const asked = {
            behaviour: (task: Task) => Effect.succeed(valueOfTask(task)),
            revisions,
            jobs: 1 + change.index(3)
          }
          const { plan, summary, notes } = yield* world.run(nodes, asked)
          const addressOf = new Map(plan.entries.map((entry) => [entry.node.id, entry.address]))
          assert.deepStrictEqual(
            plan.entries.map(({ state }) => state),
            expected.states,
            about
          )
          assert.deepStrictEqual(sorted(notes.started), sorted(expected.runs.map((id) => addressOf.get(id)!)), about)
          assert.strictEqual(summary.ran, expected.runs.length, about)
          assert.strictEqual(summary.cutOff, expected.cutOff, about)
          assert.strictEqual(summary.hit, expected.states.filter((state) => state === "hit").length, about)
          assert.isAtMost(notes.mostActive, asked.jobs, about)
          cutOff += summary.cutOff
          const again = yield* world.plan(nodes, { revisions })
          assert.isTrue(
            again.entries.every(({ state }) => state === "hit"),
            about
          )
        }
      }
      assert.isAbove(cutOff, ROUNDS, "the graphs are too simple to tell anything of early cutoff")
    })
  )

  for (const keepGoing of [true, false]) {
    it.effect(`with failures ${keepGoing ? "run all that does not need one, with -k" : "stop, without -k"}`, () =>
      Effect.gen(function* () {
        for (let seed = 0; seed < 2 * ROUNDS; seed++) {
          const draw = drawer(seed)
          const nodes = graphOf(draw)
          const broken = new Set(nodes.filter(() => draw.index(4) === 0).map(({ params }) => canonical(params)))
          const behaviour = (task: Task) =>
            broken.has(canonical(task.action.params))
              ? Effect.fail(seed % 2 === 0 ? stageFailed(task) : workerDied(task))
              : Effect.succeed(valueOfTask(task))
          const { plan, summary, notes } = yield* makeWorld().run(nodes, {
            behaviour,
            keepGoing,
            jobs: 1 + draw.index(3)
          })
          const byId = new Map(plan.entries.map((entry) => [entry.node.id, entry]))
          const fails = (id: string): boolean => broken.has(canonical(byId.get(id)!.node.params))
          const needsOne = (id: string): boolean =>
            inputIds(byId.get(id)!.node).some((input) => fails(input) || needsOne(input))
          const addresses = (wanted: (id: string) => boolean) =>
            sorted([...byId].flatMap(([id, { address }]) => (wanted(id) ? [address] : [])))
          const [whole, failed] = [
            addresses((id) => !fails(id) && !needsOne(id)),
            addresses((id) => fails(id) && !needsOne(id))
          ]
          const about = `seed ${seed}`

          const before = new Map(notes.made.map((address, i) => [address, i]))
          for (const { node: each, address } of byId.values()) {
            for (const id of inputIds(each)) {
              if (!notes.started.includes(address)) continue
              assert.isTrue(before.has(byId.get(id)!.address), `${about}: ${address} was started before its inputs`)
            }
          }
          assert.strictEqual(new Set(notes.started).size, notes.started.length, `${about}: something ran twice`)
          assert.strictEqual(summary.ran + summary.failed.length + summary.skipped, nodes.length, about)
          if (keepGoing) {
            assert.deepStrictEqual(sorted(notes.made), whole, about)
            assert.deepStrictEqual(sorted(summary.failed.map(({ address }) => address)), failed, about)
          } else {
            assert.includeMembers([...whole], notes.made, about)
            assert.includeMembers(
              [...failed],
              summary.failed.map(({ address }) => address),
              about
            )
            const [first] = notes.failed
            assert.strictEqual(first === undefined, failed.length === 0, about)
            if (first !== undefined)
              assert.strictEqual(notes.started.length, first.started, `${about}: something started after a failure`)
          }
        }
      })
    )
  }
})
