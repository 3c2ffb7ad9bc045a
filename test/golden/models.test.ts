/**
 * What the files of a model say, for a tiny net: ONNX bytes read back as text. A difference is a change in what is run,
 * and must be meant: `vitest run test/golden/models.test.ts --update` writes the texts anew.
 */
import * as Effect from "effect/Effect"
import { assert, beforeAll, describe, expect, it } from "vitest"
import { read } from "../../src/onnx/read.ts"
import { modelOf, type TorchNet, tinySamples } from "../support/torch.ts"

const net: TorchNet = { dims: [2, 3, 2], samples: 3, activation: "tanh" }

/** The ops of a model's text in order, those of a loop's body apart. */
const opsOf = (text: string): { readonly outside: ReadonlyArray<string>; readonly body: ReadonlyArray<string> } => {
  const lines = [...text.matchAll(/^( +)\S.* = (\w+)\(/gm)].map(([, indent, op]) => ({
    depth: indent!.length,
    op: op!
  }))
  const at = (inBody: boolean) => lines.flatMap(({ depth, op }) => (depth > 2 === inBody ? [op] : []))
  return { outside: at(false), body: at(true) }
}

describe("the models of a 2-3-2 net on three samples", () => {
  let texts: Readonly<Record<string, string>> = {}

  beforeAll(async () => {
    const { graphs } = await Effect.runPromise(modelOf(net, "float32", tinySamples(net)))
    const models = Object.entries(graphs).filter(([file]) => file.endsWith(".onnx"))
    const entries = models.map(async ([file, bytes]) => [file, await read(bytes)] as const)
    texts = Object.fromEntries(await Promise.all(entries))
  })

  it.each(["step", "gradient", "multiply"])("%s.onnx reads as it did", async (name) => {
    await expect(texts[`${name}.onnx`]).toMatchFileSnapshot(`models/${name}.txt`)
  })

  it("all products of a step are Gemm: no MatMul, and in the loop no Transpose, which would cost a pass in every step", () => {
    const { outside, body } = opsOf(texts["step.onnx"]!)
    const count = (op: string, ops: ReadonlyArray<string>): number => ops.filter((other) => other === op).length
    assert.strictEqual(count("Gemm", body), 5, "two layers forward, one backward, two weight updates")
    assert.deepStrictEqual([count("MatMul", body), count("Transpose", body)], [0, 0], body.join(", "))
    assert.deepStrictEqual(outside, ["Mul", "Transpose", "Loop"], "−η/N and the targets are made once")
  })

  it.each(["gradient", "multiply"])("all products of %s.onnx are Gemm", (name) => {
    assert.notInclude(opsOf(texts[`${name}.onnx`]!).outside, "MatMul")
  })
})
