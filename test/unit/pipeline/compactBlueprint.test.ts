/** A remembered graph is the graph that was built. */
import { assert, describe, it } from "vitest"
import { decode, encode } from "../../../src/pipeline/compactBlueprint.ts"
import { blueprintOf, node } from "../../fault/world.ts"

const data = node("prepare", { size: 10 })
const cells = [1, 2, 3].map((seed) => node("train", { seed, schedule: { kind: "constant" } }, { data }))
const pinned = node("train", { seed: 4 }, { data }, { version: "3", device: true, provenance: true })
const table = node("tabulate", {}, { runs: [...cells, pinned], data })
const blueprint = { ...blueprintOf([data, ...cells, pinned, table]), params: { seeds: 3 }, digest: "d" }

describe("a compact blueprint", () => {
  it("comes back as it was, also through JSON", () => {
    assert.deepStrictEqual(decode(encode(blueprint)), blueprint)
    const read = JSON.parse(JSON.stringify(encode(blueprint)))
    assert.deepStrictEqual(JSON.parse(JSON.stringify(decode(read))), JSON.parse(JSON.stringify(blueprint)))
  })

  it("writes what nodes have in common once", () => {
    assert.deepStrictEqual(
      encode(blueprint).kinds.map(({ stage, version }) => [stage, version]),
      [
        ["prepare", undefined],
        ["train", undefined],
        ["train", "3"],
        ["tabulate", undefined]
      ]
    )
  })

  it("takes less than half of the bytes", () => {
    const many = Array.from({ length: 100 }, (_, seed) => node("train", { seed }, { data }))
    const large = blueprintOf([data, ...many])
    assert.isBelow(2 * JSON.stringify(encode(large)).length, JSON.stringify(large).length)
  })
})
