import { describe, expect, it } from "vitest"
import { UnboundInput } from "../../../src/graph/Errors.ts"
import { dataOf, makeGraph, nodesOf } from "../../../src/graph/Graph.ts"
import type { Node } from "../../../src/graph/Node.ts"
import { dependents, order, pathFrom } from "../../../src/graph/order.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"

const g = makeBuilder()
const [a, b] = [g.input("a", [2], "float64"), g.input("b", [2], "float64")]
const x = g.data("x", [2], "float64")
const product = g.mul(a, x)
const root = g.tanh(g.add(product, b))

describe("order", () => {
  it("lists every node once, inputs before users", () => {
    const nodes = order([root, product])
    expect(new Set(nodes).size).toBe(nodes.length)
    nodes.forEach((node, i) => {
      for (const input of node.inputs) expect(nodes.indexOf(input)).toBeLessThan(i)
    })
  })

  it("does not recurse: a chain of 100 000 ops is fine", () => {
    const chain = (length: number): Node => {
      let node: Node = a
      for (let i = 0; i < length; i++) node = { ...product, op: "tanh", inputs: [node] }
      return node
    }
    expect(order([chain(100_000)])).toHaveLength(100_001)
  })
})

describe("dependents", () => {
  it("are the sources and what uses them", () => {
    expect([...dependents([root], [b])].map((node) => node.op)).toEqual(["input", "add", "tanh"])
  })
})

describe("pathFrom", () => {
  it("names the ops on a shortest way to a root", () => {
    expect(pathFrom(product, [root])).toEqual(["mul", "add", "tanh"])
    expect(pathFrom(root, [root])).toEqual(["tanh"])
  })
})

describe("makeGraph", () => {
  it("refuses an output that depends on an input that is not listed", () => {
    expect(() => makeGraph("half", [a], { root })).toThrow(UnboundInput)
    expect(() => makeGraph("half", [a], { root })).toThrow(
      'half depends on "b", which is not among what it is given: a.'
    )
  })

  it("knows its data", () => {
    const graph = makeGraph("whole", [a, b], { root })
    expect(dataOf(graph)).toEqual([x])
    expect(nodesOf(graph)).toHaveLength(6)
  })
})
