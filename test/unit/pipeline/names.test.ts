/** Names that somebody may have meant, and reasons in one line. */
import { assert, describe, it } from "vitest"
import { nearestNames } from "../../../src/pipeline/nearestNames.ts"
import * as Reason from "../../../src/pipeline/Reason.ts"
import { sampleAction } from "../../fault/samples.ts"

describe("the nearest names", () => {
  const known = ["quickstart", "mnist", "diagonal", "descend@ratio=1.2", "descend@ratio=1.3", "measure"]
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["quikstart", ["quickstart"]],
    ["MNIST", ["mnist"]],
    ["diag", ["diagonal"]],
    ["descend@ratio=1.4", ["descend@ratio=1.2", "descend@ratio=1.3"]],
    ["descend", ["descend@ratio=1.2", "descend@ratio=1.3"]],
    ["something else", []],
    ["", ["quickstart", "mnist", "diagonal"]]
  ]
  for (const [name, near] of cases) {
    it(`of "${name}" are ${near.join(" and ") || "none"}`, () =>
      assert.deepStrictEqual(nearestNames(name, known), near))
  }

  it("come nearest first, each once, and no more than three", () => {
    const found = nearestNames("abcdef", ["abcxxf", "abcdex", "abcdex", "xbcdey", "abcdyy"])
    assert.deepStrictEqual(found, ["abcdex", "abcxxf", "xbcdey"])
  })
})

describe("a reason in one line", () => {
  const digest = (digit: string): string => digit.repeat(64)
  const changed = (from: Parameters<typeof sampleAction>[0], to: typeof from, files: ReadonlyArray<string> = []) =>
    Reason.format({ _tag: "Changed", changes: Reason.changed(sampleAction(from), sampleAction(to)), files })

  it("names a parameter with both values", () => {
    assert.strictEqual(changed({ params: { ratio: 1 } }, { params: { ratio: 1.5 } }), "params.ratio: 1 → 1.5")
    assert.strictEqual(changed({ params: {} }, { params: { name: "x" } }), "params.name: absent → x")
  })

  it("shortens digests and long values", () => {
    const inputs = (digit: string) => ({ inputs: { data: digest(digit) } })
    assert.strictEqual(changed(inputs("a"), inputs("b")), "inputs.data: aaaaaaaaaaaa → bbbbbbbbbbbb")
    const long = changed({ params: {} }, { params: { list: Array.from({ length: 99 }, () => 1) } })
    assert.match(long, /^params\.list: absent → \[1,1.*…$/)
    assert.isBelow(long.length, 90)
  })

  it("names the sources behind a change of code, and the code itself where none is known", () => {
    const code = (digit: string) => ({ code: { mode: "auto" as const, identity: digest(digit) } })
    assert.strictEqual(
      changed(code("a"), code("b"), ["src/x.ts", "package effect"]),
      "code: src/x.ts, package effect changed"
    )
    assert.strictEqual(changed(code("a"), code("b")), "code.identity: aaaaaaaaaaaa → bbbbbbbbbbbb")
  })

  it("counts what it does not show", () => {
    assert.match(changed({ params: { a: 1, b: 1, c: 1, d: 1, e: 1 } }, { params: {} }), /; and 2 more$/)
  })

  it("tells of things never made, missing, waited for, forced", () => {
    assert.strictEqual(Reason.format({ _tag: "NeverMade" }), "new: never made")
    const like = { address: "train@a=1", changes: [{ path: "params.a", from: 1, to: 2 }] }
    assert.strictEqual(Reason.format({ _tag: "NeverMade", like }), "new: like train@a=1, but params.a: 1 → 2")
    assert.strictEqual(
      Reason.format({ _tag: "OutputMissing", detail: "object 12 has gone" }),
      "its output is not whole: object 12 has gone"
    )
    assert.strictEqual(Reason.format({ _tag: "InputMayChange", inputs: ["a", "b"] }), "waits for a, b")
    assert.strictEqual(
      Reason.format({ _tag: "InputMayChange", inputs: ["a", "b", "c", "d", "e"] }),
      "waits for a, b, c and 2 more"
    )
    assert.strictEqual(Reason.format({ _tag: "Forced" }), "forced")
  })
})
