/**
 * Names for the nodes of a graph that people can read and type: `descend@ratio=1.2,seed=3`. A node is told apart from the
 * others of its stage by as few values as that takes, those of its inputs first. Knows nothing of keys: an address says
 * where, not what.
 */
import { type Blueprint, type BlueprintNode, inputIds } from "./Blueprint.ts"
import { canonical, type Json } from "./canonical.ts"

type Coordinates = ReadonlyMap<string, string>

/** Values of a node that could tell it apart: every leaf of its own parameters. `{ architecture: { kind } }` → `architecture.kind` */
const leaves = (value: Json, path: string): ReadonlyArray<readonly [string, string]> => {
  if (typeof value !== "object" || value === null) return [[path, String(value)]]
  if (Array.isArray(value))
    return [[path, value.map((item) => (typeof item === "object" ? canonical(item) : String(item))).join("×")]]
  return Object.entries(value).flatMap(([name, item]) => leaves(item, `${path}.${name}`))
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

/** The own leaves of the nodes of one stage that are not the same in all of them. */
const varying = (
  nodes: ReadonlyArray<BlueprintNode>
): ReadonlyMap<string, ReadonlyArray<readonly [string, string]>> => {
  const own = new Map(
    nodes.map((node) => [node.id, Object.entries(node.params).flatMap(([name, value]) => leaves(value, name))] as const)
  )
  const seen = new Map<string, Set<string>>()
  for (const list of own.values()) {
    for (const [path, value] of list) seen.set(path, (seen.get(path) ?? new Set()).add(value))
  }
  const counted = groupBy([...own.values()].flat(), ([path]) => path)
  const varies = (path: string) => seen.get(path)!.size > 1 || counted.get(path)!.length < nodes.length
  return new Map([...own].map(([id, list]) => [id, list.filter(([path]) => varies(path))]))
}

/** Keeps a coordinate only if it tells nodes apart that the ones before it did not. */
const fewest = (nodes: ReadonlyArray<BlueprintNode>, all: ReadonlyMap<string, Coordinates>): ReadonlyArray<string> => {
  const names = [...new Set(nodes.flatMap((node) => [...all.get(node.id)!.keys()]))]
  const labels = new Map(nodes.map((node) => [node.id, ""]))
  let parts = 1
  const kept: Array<string> = []
  for (const name of names) {
    if (parts === nodes.length) break
    const refined = new Map(
      nodes.map((node) => [node.id, `${labels.get(node.id)}|${all.get(node.id)!.get(name) ?? ""}`])
    )
    const count = new Set(refined.values()).size
    if (count === parts) continue
    parts = count
    kept.push(name)
    for (const [id, label] of refined) labels.set(id, label)
  }
  return kept
}

/** The last part of a path where that is unambiguous: `architecture.kind` → `kind`. */
const shortNames = (paths: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const last = (path: string) => path.slice(path.lastIndexOf(".") + 1)
  const counts = groupBy(paths, last)
  return new Map(paths.map((path) => [path, counts.get(last(path))!.length === 1 ? last(path) : path]))
}

/** Node id → everything that could tell it apart: what its inputs were made with, by stage and path, then its own values. */
const coordinatesOf = (
  nodes: ReadonlyArray<BlueprintNode>,
  own: ReadonlyMap<string, ReadonlyArray<readonly [string, string]>>
): ReadonlyMap<string, Coordinates> => {
  const coordinates = new Map<string, Coordinates>()
  const passedOn = new Map<string, Coordinates>()
  for (const node of nodes) {
    const single = Object.values(node.inputs).filter((input): input is string => typeof input === "string")
    const inherited = single.flatMap((id) => [...passedOn.get(id)!])
    const values = own.get(node.id)!
    coordinates.set(node.id, new Map([...inherited, ...values]))
    passedOn.set(
      node.id,
      new Map([...inherited, ...values.map(([path, value]) => [`${node.stage}.${path}`, value] as const)])
    )
  }
  return coordinates
}

/** Node id → address, for every node of a graph; each node after those it needs. */
export const addresses = (all: ReadonlyArray<BlueprintNode>): { readonly [id: string]: string } => {
  const byStage = groupBy(all, (node) => node.stage)
  const own = new Map([...byStage.values()].flatMap((nodes) => [...varying(nodes)]))
  const coordinates = coordinatesOf(all, own)
  const result: Record<string, string> = {}
  for (const [stage, nodes] of byStage) {
    const kept = fewest(nodes, coordinates)
    const names = shortNames(kept)
    const label = (node: BlueprintNode): string =>
      kept
        .flatMap((path) => {
          const value = coordinates.get(node.id)!.get(path)
          return value === undefined ? [] : [`${names.get(path)}=${value}`]
        })
        .join(",")
    for (const [text, same] of groupBy(nodes, label)) {
      for (const node of same) {
        const parts = [text, same.length > 1 ? `#${node.id.slice(0, 8)}` : ""].filter((part) => part !== "")
        result[node.id] = parts.length === 0 ? stage : `${stage}@${parts.join(",")}`
      }
    }
  }
  return result
}

/** `*` matches anything. A stage's name alone matches all of its nodes. */
export const matches = (pattern: string, address: string): boolean => {
  if (!pattern.includes("*")) return address === pattern || address.startsWith(`${pattern}@`)
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${escaped.join(".*")}$`).test(address)
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
