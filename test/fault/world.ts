/**
 * A store in memory, stages that are only names, and runs over them: for tests of what runs, when, and why, without
 * processes or files.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { addresses } from "../../src/pipeline/Address.ts"
import type { Blueprint, BlueprintNode } from "../../src/pipeline/Blueprint.ts"
import * as Conduct from "../../src/pipeline/Conduct.ts"
import { canonical, type Json, sha256 } from "../../src/pipeline/canonical.ts"
import { Disk } from "../../src/pipeline/Disk.ts"
import type { Code } from "../../src/pipeline/Fingerprint.ts"
import * as Journal from "../../src/pipeline/Journal.ts"
import { type Plan, type PlanOptions, plan } from "../../src/pipeline/Plan.ts"
import * as Runner from "../../src/pipeline/Runner.ts"
import * as Store from "../../src/pipeline/Store.ts"
import type { Summary } from "../../src/pipeline/Summary.ts"
import { type Behaviour, fakeExecutor, type Notes, notes } from "./fakeExecutor.ts"
import { type MemoryDisk, memoryDisk } from "./memoryDisk.ts"

/** A node by the name of its stage; its inputs are nodes that were made before. */
export const node = (
  stage: string,
  params: BlueprintNode["params"] = {},
  inputs: { readonly [name: string]: BlueprintNode | ReadonlyArray<BlueprintNode> } = {},
  options: Partial<Pick<BlueprintNode, "version" | "device" | "provenance" | "quorums" | "conduct">> = {}
): BlueprintNode => {
  const ids = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, "id" in input ? input.id : input.map(({ id }) => id)])
  )
  const rest = {
    makes: { artifact: "Value" },
    version: undefined,
    device: false,
    provenance: false,
    packages: [],
    quorums: {},
    conduct: Conduct.make({})
  }
  return { ...rest, ...options, id: sha256(canonical([stage, params, ids as Json])), stage, params, inputs: ids }
}

export const blueprintOf = (nodes: ReadonlyArray<BlueprintNode>, pipeline = "p"): Blueprint => ({
  pipeline,
  params: {},
  targets: { last: nodes.at(-1)!.id },
  refine: [],
  nodes,
  addresses: addresses(nodes),
  digest: ""
})

export const codeOf = (stage: string, revision: string): Code => ({
  stage,
  identity: sha256(`${stage} ${revision}`),
  bundle: sha256(`bundle of ${stage} ${revision}`),
  packages: {},
  files: { [`stages/${stage}.ts`]: sha256(`text of ${stage} ${revision}`) },
  protocol: 1
})

export interface Asked {
  readonly behaviour: Behaviour
  /** Stage → revision of its code; `1` where it is not named. */
  readonly revisions?: Readonly<Record<string, string>>
  readonly only?: ReadonlyArray<string>
  readonly force?: ReadonlyArray<string>
  readonly jobs?: number
  readonly keepGoing?: boolean
}

export interface Ran {
  readonly plan: Plan
  readonly summary: Summary
  readonly notes: Notes
  readonly events: ReadonlyArray<Journal.Recorded>
}

export const ROOT = "/store"

export interface WorldOptions {
  /** The disk that it lies on; several worlds may share one. */
  readonly disk?: MemoryDisk
  readonly pipeline?: string
  readonly packFrom?: number
}

export const makeWorld = ({ disk = memoryDisk(), pipeline = "p", packFrom = 256 }: WorldOptions = {}) => {
  const { layer, files } = disk
  const services = Store.layer(ROOT, { packFrom }).pipe(Layer.provideMerge(layer))
  let runs = 0
  const history = Effect.flatMap(Disk, (service) =>
    Effect.succeed(Journal.history(ROOT, pipeline).pipe(Effect.provideService(Disk, service)))
  )
  const planned = (nodes: ReadonlyArray<BlueprintNode>, asked: Omit<Asked, "behaviour">) =>
    Effect.gen(function* () {
      const revision = (stage: string): string => asked.revisions?.[stage] ?? "1"
      const codes = new Map(nodes.map(({ stage }) => [stage, codeOf(stage, revision(stage))]))
      const options: PlanOptions = {
        codes,
        device: "cpu",
        history: yield* history,
        only: asked.only ?? [],
        force: asked.force ?? []
      }
      return yield* plan(blueprintOf(nodes, pipeline), options)
    })
  return {
    files,
    /** Anything else in this world: it is given the store and the disk. */
    within: <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Store.Store | Disk>> =>
      Effect.provide(effect, services),
    blobPath: (digest: string): string => `${ROOT}/cas/sha256/${digest.slice(0, 2)}/${digest}`,
    plan: (nodes: ReadonlyArray<BlueprintNode>, asked: Omit<Asked, "behaviour"> = {}) =>
      Effect.provide(planned(nodes, asked), services),
    run: (nodes: ReadonlyArray<BlueprintNode>, asked: Asked) =>
      Effect.gen(function* () {
        const made = yield* planned(nodes, asked)
        const noted = notes()
        const run = `r${String(++runs).padStart(4, "0")}${pipeline === "p" ? "" : pipeline}`
        const summary = yield* Effect.gen(function* () {
          const { record } = yield* Journal.Journal
          yield* record({ type: "run-started", run, pipeline, params: {}, pid: 1, host: "here", command: "" })
          return yield* Runner.run(made, {
            jobs: asked.jobs ?? 2,
            megabytes: 1000,
            estimate: () => undefined,
            keepGoing: asked.keepGoing ?? false,
            device: "cpu",
            history: yield* history,
            observe: () => undefined,
            onProgress: () => undefined
          })
        }).pipe(Effect.provide(Layer.mergeAll(fakeExecutor(asked.behaviour, noted), Journal.layer(ROOT, run))))
        return { plan: made, summary, notes: noted, events: yield* Journal.events(ROOT, run) } satisfies Ran
      }).pipe(Effect.provide(services))
  }
}
export type World = ReturnType<typeof makeWorld>
