/**
 * What rules ask of a node.
 */
import type { NodeProto } from "onnx-buf"
import type { Layout } from "./Layout.ts"

/** Writes a node in blocks of channels, if it can and that is better; whether it has. */
export type Rule = (layout: Layout, node: NodeProto) => boolean

export const integersOf = (node: NodeProto, name: string): ReadonlyArray<number> | undefined =>
  node.attribute.find((attribute) => attribute.name === name)?.ints.map(Number)

export const integerOf = (node: NodeProto, name: string): number | undefined => {
  const found = node.attribute.find((attribute) => attribute.name === name)
  return found === undefined ? undefined : Number(found.i)
}

export const textOf = (node: NodeProto, name: string): string =>
  new TextDecoder().decode(node.attribute.find((attribute) => attribute.name === name)?.s)

export const isStandard = (node: NodeProto, ...types: ReadonlyArray<string>): boolean =>
  node.domain === "" && types.includes(node.opType)
