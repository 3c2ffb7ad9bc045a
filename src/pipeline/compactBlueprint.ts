/**
 * A blueprint in few bytes, for being remembered between runs: what many nodes have in common is written once, and a node
 * names its inputs by their places among the nodes before it. Knows nothing of files.
 */
import type { Blueprint, BlueprintNode } from "./Blueprint.ts"
import { canonical, type Json } from "./canonical.ts"

/** What nodes of a stage have in common, most often all of it. */
type Kind = Omit<BlueprintNode, "id" | "params" | "inputs">

type Place = number | ReadonlyArray<number>

/** kind · id · address · parameters · argument → inputs by their places */
type Row = readonly [number, string, string, BlueprintNode["params"], Readonly<Record<string, Place>>]

export interface Compact extends Omit<Blueprint, "nodes" | "addresses"> {
  readonly kinds: ReadonlyArray<Kind>
  readonly rows: ReadonlyArray<Row>
}

const mapInputs = <A, B>(
  inputs: Readonly<Record<string, A | ReadonlyArray<A>>>,
  change: (input: A) => B
): Record<string, B | ReadonlyArray<B>> => {
  const changed: Record<string, B | ReadonlyArray<B>> = {}
  for (const name of Object.keys(inputs)) {
    const input = inputs[name]!
    changed[name] = Array.isArray(input) ? input.map(change) : change(input as A)
  }
  return changed
}

export const encode = ({ nodes, addresses, ...rest }: Blueprint): Compact => {
  const kinds: Array<Kind> = []
  /** By what they say, and by the object that all nodes of a stage share. */
  const places = new Map<string, number>()
  const known = new Map<Json, number>()
  const placeOf = new Map(nodes.map(({ id }, place) => [id, place]))
  const kindOf = (kind: Kind): number => {
    const shared = known.get(kind.makes)
    if (shared !== undefined) return shared
    const text = canonical(kind)
    const place = places.get(text) ?? kinds.push(kind) - 1
    places.set(text, place)
    known.set(kind.makes, place)
    return place
  }
  const rows = nodes.map(({ id, params, inputs, ...kind }): Row => {
    const row = mapInputs(inputs, (input: string) => placeOf.get(input)!)
    return [kindOf(kind), id, addresses[id]!, params, row]
  })
  return { ...rest, kinds, rows }
}

export const decode = ({ kinds, rows, ...rest }: Compact): Blueprint => {
  const addresses: Record<string, string> = {}
  const nodes = rows.map(([kind, id, address, params, inputs]): BlueprintNode => {
    addresses[id] = address
    return { ...kinds[kind]!, id, params, inputs: mapInputs(inputs, (place: number) => rows[place]![1]) }
  })
  return { ...rest, nodes, addresses }
}
