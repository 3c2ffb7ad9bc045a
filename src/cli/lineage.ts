/**
 * `brink lineage`: what an artifact was made from, or what was made of it, from records alone: so it holds for results whose
 * pipeline says something else by now.
 */
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { matches } from "../pipeline/Address.ts"
import * as Decisions from "../pipeline/Decisions.ts"
import { UnknownAddress } from "../pipeline/Errors.ts"
import * as Journal from "../pipeline/Journal.ts"
import * as Latest from "../pipeline/Latest.ts"
import * as Lineage from "../pipeline/Lineage.ts"
import { nearestNames } from "../pipeline/nearestNames.ts"
import { Store } from "../pipeline/Store.ts"
import { json, pipelineFlag, project, wholeNumber } from "./flags.ts"
import { isDigits, namedIn } from "./named.ts"
import { withStore } from "./services.ts"
import { drawTree } from "./tree.ts"
import { count, duration, shortKey } from "./words.ts"

/** How many inputs of one argument, or takers of one artifact, are shown. */
const MOST_CHILDREN = 8

type Direction = "up" | "down"

/** The last result at each address that matches. */
const newestAt = (index: Lineage.Index, matchesAddress: (address: string) => boolean): ReadonlyArray<string> => {
  const newest = new Map<string, string>()
  for (const [key, { result, at }] of index.made) {
    const before = newest.get(result.address)
    if (matchesAddress(result.address) && (before === undefined || at > index.made.get(before)!.at))
      newest.set(result.address, key)
  }
  return [...newest.values()]
}

/** The results that the last runs of a pipeline left at the addresses that match, made by it or before. */
const leftBy = (index: Lineage.Index, root: string, pipeline: string, matchesAddress: (address: string) => boolean) =>
  Effect.map(Journal.history(root, pipeline), (history) =>
    [...history].flatMap(([address, key]) => (matchesAddress(address) && index.made.has(key) ? [key] : []))
  )

/** The last action that made a digest. */
const newestOf = (index: Lineage.Index, keys: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...keys].sort((a, b) => index.made.get(b)!.at - index.made.get(a)!.at).slice(0, 1)

/** The actions that a name stands for: a key, a digest, an address as it was recorded, a target that has links. */
const actionsOf = (index: Lineage.Index, store: Store["Service"], name: string, pipeline: Option.Option<string>) =>
  Effect.gen(function* () {
    if (isDigits(name)) {
      const found = yield* namedIn(index, name, yield* store.complete("cas", name))
      return found._tag === "Key" ? [found.key] : newestOf(index, found.keys)
    }
    const isMeant = (address: string): boolean => matches(name, address)
    const found = Option.isSome(pipeline)
      ? yield* leftBy(index, store.root, pipeline.value, isMeant)
      : newestAt(index, isMeant)
    if (found.length > 0) return found
    const linkedTargets = yield* Latest.linked(store.root)
    const targets = linkedTargets.filter((each) => Option.getOrElse(pipeline, () => each.pipeline) === each.pipeline)
    const digests = targets.flatMap(({ target, digest }) => (target === name ? [digest] : []))
    const linked = digests.flatMap((digest) => newestOf(index, index.makers.get(digest) ?? []))
    if (linked.length > 0) return linked
    const known = new Set([...index.made.values()].map(({ result }) => result.address))
    return yield* new UnknownAddress({
      address: name,
      where: Option.match(pipeline, {
        onNone: () => `the records of ${store.root}`,
        onSome: (one) => `what the last runs of ${one} left`
      }),
      near: nearestNames(name, [...known, ...targets.map(({ target }) => target)])
    })
  })

/** A line of the tree: an action, or words in the place of several. */
interface Item {
  readonly label: string
  readonly key: string | undefined
  readonly text: string
}

/** What is known of a store: its records, and what people decided about them. */
interface Known {
  readonly index: Lineage.Index
  /** Run → its pipeline, of the runs that made what the trees begin with. */
  readonly pipelines: ReadonlyMap<string, string>
  readonly decisions: ReadonlyMap<string, ReadonlyArray<Decisions.Decision>>
}

const pipelinesOf = (index: Lineage.Index, root: string, keys: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const runs = new Set(keys.map((key) => index.made.get(key)!.result.run))
    const records = yield* Effect.forEach(runs, (run) => Journal.recordOf(root, run))
    return new Map(records.flatMap((record) => (record === undefined ? [] : [[record.run, record.pipeline]])))
  })

const about = ({ index, decisions }: Known, key: string): string => {
  const { result, at } = index.made.get(key)!
  const decided = (decisions.get(key) ?? []).map((decision) => `   ${Decisions.format(decision)}`).join("")
  return `${result.address}   ${shortKey(key)} → ${shortKey(result.output.digest)}   ${new Date(at).toISOString().slice(0, 19)}   ${duration(result.milliseconds)}   run ${result.run}${decided}`
}

const treeOf = (known: Known, key: string, direction: Direction, depth: number, all: boolean) => {
  const { index } = known
  const opened = new Set<string>()
  const itemOf = (step: Lineage.Step): Item => {
    const label = `${step.input}: `
    if (step.key === undefined) return { label, key: undefined, text: `${shortKey(step.digest)}, whose record is gone` }
    const same = direction === "up" && step.others > 0 ? `   (and ${count(step.others, "other")} made the same)` : ""
    return { label, key: step.key, text: `${about(known, step.key)}${same}` }
  }
  const lineOf = ({ label, key: own, text }: Item): string =>
    `${label}${text}${own !== undefined && opened.has(own) && (direction === "up" ? Lineage.stepsUp : Lineage.stepsDown)(index, own).length > 0 ? "   (above)" : ""}`
  const childrenOf = ({ key: own }: Item, level: number): ReadonlyArray<Item> => {
    if (own === undefined || opened.has(own) || level >= depth) return []
    opened.add(own)
    const steps = direction === "up" ? Lineage.stepsUp(index, own) : Lineage.stepsDown(index, own)
    if (all) return steps.map(itemOf)
    const groups = new Map<string, Array<Lineage.Step>>()
    for (const step of steps) {
      const name = direction === "up" ? step.input.replace(/\[\d+\]$/, "") : "of it"
      groups.set(name, [...(groups.get(name) ?? []), step])
    }
    return [...groups].flatMap(([name, group]) => [
      ...group.slice(0, MOST_CHILDREN).map(itemOf),
      ...(group.length > MOST_CHILDREN
        ? [{ label: `${name}: `, key: undefined, text: `and ${group.length - MOST_CHILDREN} more (--all)` }]
        : [])
    ])
  }
  const pipeline = known.pipelines.get(index.made.get(key)!.result.run)
  const root = `${about(known, key)}${pipeline === undefined ? "" : ` of ${pipeline}`}`
  return drawTree<Item>({ label: "", key, text: root }, lineOf, childrenOf)
}

const asJson = (
  { index, decisions }: Known,
  name: string,
  keys: ReadonlyArray<string>,
  direction: Direction,
  depth: number
) => {
  const stepsOf = (key: string) => (direction === "up" ? Lineage.stepsUp : Lineage.stepsDown)(index, key)
  const found = Lineage.reached(keys, stepsOf, depth)
  return {
    v: 1,
    type: "lineage",
    of: name,
    direction,
    roots: keys,
    nodes: found.keys.map((key) => {
      const { result, stage, at } = index.made.get(key)!
      const { address, output, run, host, platform, milliseconds, accepted } = result
      return {
        key,
        address,
        stage,
        digest: output.digest,
        run,
        at,
        milliseconds,
        host,
        platform,
        accepted: accepted ?? null,
        decisions: decisions.get(key) ?? []
      }
    }),
    edges: found.steps.map(({ of, key, input, digest, others }) => ({
      maker: direction === "up" ? (key ?? null) : of,
      taker: direction === "up" ? of : key,
      input,
      digest,
      others
    }))
  }
}

export const lineage = Command.make(
  "lineage",
  {
    name: Argument.String("artifact").pipe(
      Argument.withDescription(
        "An address or pattern as it was recorded, a target, or the first digits of a key or of any digest"
      )
    ),
    up: Flag.Boolean("up").pipe(
      Flag.withDescription("What it was made from; this is what is told if neither is asked for"),
      Flag.withDefault(false)
    ),
    down: Flag.Boolean("down").pipe(Flag.withDescription("What was made of it"), Flag.withDefault(false)),
    depth: wholeNumber("depth", 1).pipe(
      Flag.withDescription("How many steps are followed; all if left out"),
      Flag.withDefault(Number.MAX_SAFE_INTEGER)
    ),
    pipeline: pipelineFlag("What the last runs of this pipeline left; the newest of any if left out"),
    all: Flag.Boolean("all").pipe(
      Flag.withAlias("a"),
      Flag.withDescription(`Shows every one of many inputs, not the first ${MOST_CHILDREN}`),
      Flag.withDefault(false)
    ),
    json
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const store = yield* Store
        const index = yield* Lineage.load(store.root)
        const decisions = Decisions.byKey(yield* Decisions.all(store.root))
        const keys = yield* actionsOf(index, store, options.name, options.pipeline)
        const known = { index, decisions, pipelines: yield* pipelinesOf(index, store.root, keys) }
        const directions: ReadonlyArray<Direction> = [
          ...(options.up || !options.down ? (["up"] as const) : []),
          ...(options.down ? (["down"] as const) : [])
        ]
        for (const direction of directions) {
          if (options.json)
            yield* Console.log(JSON.stringify(asJson(known, options.name, keys, direction, options.depth)))
          else
            for (const key of keys)
              yield* Console.log(treeOf(known, key, direction, options.depth, options.all).join("\n"))
        }
      })
    )
  })
).pipe(
  Command.withDescription(
    "Tells what an artifact was made from (--up) or what was made of it (--down), as a tree with keys, digests, times and runs; from records alone, so of old results too"
  ),
  Command.withShortDescription("Tells what an artifact was made from, and what was made of it"),
  Command.withExamples([
    { command: "brink lineage report", description: "Everything behind a target" },
    { command: "brink lineage 81ab3f --down", description: "What depends on an artifact, by its first digits" }
  ])
)
