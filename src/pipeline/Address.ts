/**
 * Names for the nodes of a graph that people can read and type: `descend@ratio=1.2,seed=3`. A node is told apart from the
 * others of its stage by as few values as that takes, those of its inputs first. Knows nothing of keys: an address says
 * where, not what.
 */
import { type Blueprint, type BlueprintNode, inputIds } from "./Blueprint.ts"
import { canonical, type Json } from "./canonical.ts"

type Leaf = readonly [path: string, value: string]

/** Path → value of what tells a node apart: what its inputs were made with, then its own. */
interface Coordinates {
  readonly inherited: ReadonlyMap<string, string>
  readonly own: ReadonlyArray<Leaf>
}

const valueAt = ({ inherited, own }: Coordinates, path: string): string | undefined => {
  for (const leaf of own) if (leaf[0] === path) return leaf[1]
  return inherited.get(path)
}

/** Values of a node that could tell it apart: every leaf of its own parameters. `{ architecture: { kind } }` → `architecture.kind` */
const addLeaves = (found: Array<Leaf>, value: Json, path: string): void => {
  if (typeof value !== "object" || value === null) found.push([path, String(value)])
  else if (Array.isArray(value))
    found.push([path, value.map((item) => (typeof item === "object" ? canonical(item) : String(item))).join("×")])
  else for (const [name, item] of Object.entries(value)) addLeaves(found, item, `${path}.${name}`)
}

const groupBy = <A>(items: ReadonlyArray<A>, key: (item: A) => string): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const item of items) {
    const name = key(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return groups
}

/** The last part of a path: `architecture.kind` → `kind` */
const lastOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1)

/** The own leaves of the nodes of one stage that are not the same in all of them, and those of an axis. */
const varying = (
  nodes: ReadonlyArray<BlueprintNode>,
  axes: ReadonlySet<string>
): ReadonlyMap<string, ReadonlyArray<Leaf>> => {
  const own = new Map<string, ReadonlyArray<Leaf>>()
  const seen = new Map<string, { readonly value: string; count: number; same: boolean }>()
  for (const { id, params } of nodes) {
    const list: Array<Leaf> = []
    for (const name of Object.keys(params)) addLeaves(list, params[name]!, name)
    own.set(id, list)
    for (const [path, value] of list) {
      const found = seen.get(path)
      if (found === undefined) seen.set(path, { value, count: 1, same: true })
      else {
        found.count++
        found.same &&= value === found.value
      }
    }
  }
  const varies = new Set<string>()
  for (const [path, { count, same }] of seen)
    if (axes.has(lastOf(path)) || !same || count < nodes.length) varies.add(path)
  for (const [id, list] of own)
    own.set(
      id,
      list.filter(([path]) => varies.has(path))
    )
  return own
}

/**
 * Keeps a coordinate only if it tells nodes apart that the ones before it did not; the first of an axis in any case, so that
 * an axis of one value may grow.
 */
const fewest = (
  nodes: ReadonlyArray<BlueprintNode>,
  all: ReadonlyMap<string, Coordinates>,
  axes: ReadonlySet<string>
): ReadonlyArray<string> => {
  const found = nodes.map(({ id }) => all.get(id)!)
  const names = new Set<string>()
  const seen = new Set<ReadonlyMap<string, string>>()
  for (const { inherited, own } of found) {
    if (!seen.has(inherited)) for (const name of inherited.keys()) names.add(name)
    seen.add(inherited)
    for (const [name] of own) names.add(name)
  }
  // Which part each node is in: those of one part are not told apart yet.
  let parts = new Uint32Array(nodes.length)
  let count = 1
  const kept: Array<string> = []
  const open = new Set(axes)
  for (const name of names) {
    const isAxis = open.delete(lastOf(name))
    if (count === nodes.length && !isAxis) continue
    const known = new Map<string, number>()
    const refined = parts.map((part, index) => {
      const label = `${part}|${valueAt(found[index]!, name) ?? ""}`
      const place = known.get(label) ?? known.size
      known.set(label, place)
      return place
    })
    if (known.size === count && !isAxis) continue
    count = known.size
    kept.push(name)
    parts = refined
  }
  return kept
}

/** The last part of each path where that is unambiguous. */
const shortNames = (paths: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const counts = groupBy(paths, lastOf)
  return new Map(paths.map((path) => [path, counts.get(lastOf(path))!.length === 1 ? lastOf(path) : path]))
}

const NOTHING: ReadonlyMap<string, string> = new Map()

/** Node id → everything that could tell it apart: what its inputs were made with, by stage and path, then its own values. */
const coordinatesOf = (
  nodes: ReadonlyArray<BlueprintNode>,
  own: ReadonlyMap<string, ReadonlyArray<Leaf>>
): ReadonlyMap<string, Coordinates> => {
  const coordinates = new Map<string, Coordinates>()
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const passedOn = new Map<string, ReadonlyMap<string, string>>()
  const inherited = (node: BlueprintNode): ReadonlyMap<string, string> => {
    const passed = Object.values(node.inputs).flatMap((input) => (typeof input === "string" ? [passOn(input)] : []))
    return passed.length > 1 ? new Map(passed.flatMap((one) => [...one])) : (passed[0] ?? NOTHING)
  }
  const passOn = (id: string): ReadonlyMap<string, string> => {
    const known = passedOn.get(id)
    if (known !== undefined) return known
    const node = byId.get(id)!
    const found = new Map(inherited(node))
    for (const [path, value] of own.get(id)!) found.set(`${node.stage}.${path}`, value)
    passedOn.set(id, found)
    return found
  }
  for (const node of nodes) coordinates.set(node.id, { inherited: inherited(node), own: own.get(node.id)! })
  return coordinates
}

/** Node id → address, for every node of a graph; each node after those it needs. Values that are named as axes are in it. */
export const addresses = (
  all: ReadonlyArray<BlueprintNode>,
  axisNames: ReadonlyArray<string> = []
): { readonly [id: string]: string } => {
  const axes = new Set(axisNames)
  const byStage = groupBy(all, (node) => node.stage)
  const own = new Map<string, ReadonlyArray<Leaf>>()
  for (const nodes of byStage.values()) for (const [id, list] of varying(nodes, axes)) own.set(id, list)
  const coordinates = coordinatesOf(all, own)
  const result: Record<string, string> = {}
  for (const [stage, nodes] of byStage) {
    const kept = fewest(nodes, coordinates, axes)
    const names = shortNames(kept)
    const label = (node: BlueprintNode): string => {
      let text = ""
      for (const path of kept) {
        const value = valueAt(coordinates.get(node.id)!, path)
        if (value !== undefined) text += `${text === "" ? "" : ","}${names.get(path)}=${value}`
      }
      return text
    }
    for (const [text, same] of groupBy(nodes, label)) {
      for (const node of same) {
        const own = same.length > 1 ? `#${node.id.slice(0, 8)}` : ""
        const parts = text === "" || own === "" ? text + own : `${text},${own}`
        result[node.id] = parts === "" ? stage : `${stage}@${parts}`
      }
    }
  }
  return result
}

/** Whether a text is a pattern, in which `*` stands for anything. */
const isLike = (pattern: string, text: string): boolean => {
  if (!pattern.includes("*")) return pattern === text
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${escaped.join(".*")}$`).test(text)
}

/** A stage, and the values that tell a node apart, in whatever order somebody types them. */
const takenApart = (address: string): { readonly stage: string; readonly values: ReadonlyArray<string> } => {
  const at = address.indexOf("@")
  if (at < 0) return { stage: address, values: [] }
  return { stage: address.slice(0, at), values: address.slice(at + 1).split(",") }
}

/**
 * `*` matches anything; alone among the values, `train@seed=3,*`, whatever others there are. A stage's name alone matches all of
 * its nodes. Values may stand in any order.
 */
export const matches = (pattern: string, address: string): boolean => {
  if (address.startsWith(`${pattern}@`) || isLike(pattern, address)) return true
  const [asked, given] = [takenApart(pattern), takenApart(address)]
  if (asked.values.length === 0 || !isLike(asked.stage, given.stage)) return false
  const named = asked.values.filter((value) => value !== "*")
  const left = [...given.values]
  const areThere = named.every((value) => {
    const place = left.findIndex((other) => isLike(value, other))
    if (place >= 0) left.splice(place, 1)
    return place >= 0
  })
  return areThere && (named.length < asked.values.length || left.length === 0)
}

/** The nodes a node needs, directly or not. */
export const upstream = (blueprint: Blueprint, ids: Iterable<string>): ReadonlySet<string> => {
  const byId = new Map(blueprint.nodes.map((node) => [node.id, node]))
  const found = new Set<string>()
  const visit = (id: string): void => {
    if (found.has(id)) return
    found.add(id)
    for (const input of inputIds(byId.get(id)!)) visit(input)
  }
  for (const id of ids) visit(id)
  return found
}
