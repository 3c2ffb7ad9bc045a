/**
 * Every kind of model passes the checker of ONNX itself, not only the runtime that brink uses: each node fits the schema of its
 * op, and each shape that brink wrote down is the one that ONNX infers.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { encodeModel } from "../../bench/open.ts"
import { Activation, type Architecture, type Loss } from "../../src/models/Architecture.ts"
import type { ModelOptions } from "../../src/models/trainingGraphs.ts"
import { opsetVersion } from "../../src/onnx/Call.ts"
import { encode } from "../../src/onnx/encode.ts"
import { modelBytes, type NodeMessage, valueInfo } from "../../src/onnx/messages.ts"
import { checkerIsMissing, checkModels, titled, type Verdict } from "../support/onnxChecker.ts"

type Sizes = Omit<ModelOptions, "architecture" | "loss" | "dtype">

const image = { channels: 2, height: 4, width: 4 }
const whole = { train: 4, test: 6, outputs: 2, features: 3, stochastic: 2 }
const inParts = { ...whole, features: 32, batch: { train: 2, test: 2 } }
const one = { ...whole, outputs: 1 }
const convolutions = { kind: "cnn", ...image, widths: [3, 2] } as const
const residual = { kind: "resnet", ...image, widths: [4, 4], blocks: [1, 1], activation: "relu" } as const

/** Large enough for the dual form of the step, and for eigenvalues in the space of rows. */
const forDual = { ...whole, train: 700, features: 784, outputs: 10 }

const models: Readonly<Record<string, readonly [Architecture, Sizes]>> = {
  "a diagonal network": [{ kind: "diagonal", scale: 0.1 }, one],
  "a diagonal network of two signs": [{ kind: "diagonal", scale: 0.1, form: "difference", depth: 3 }, one],
  "a product of numbers": [
    { kind: "factorization", start: [1, 2, 3] },
    { ...one, features: 1 }
  ],
  "a deep linear network": [{ kind: "deepLinear", widths: [4, 4] }, whole],
  "a linear model": [{ kind: "mlp", widths: [], activation: "tanh" }, whole],
  "an mlp": [{ kind: "mlp", widths: [5, 4], activation: "tanh" }, whole],
  "an mlp in its dual form": [{ kind: "mlp", widths: [64], activation: "tanh" }, forDual],
  "a cnn with average pooling": [{ ...convolutions, activation: "tanh", pooling: "average" }, inParts],
  "a cnn with maximum pooling": [{ ...convolutions, activation: "relu", pooling: "max" }, inParts],
  "a cnn in parts that are no divisor": [
    { ...convolutions, activation: "tanh", pooling: "average" },
    { ...inParts, train: 5, test: 7 }
  ],
  "a resnet in groups": [{ ...residual, norm: { kind: "group", groups: 2 } }, inParts],
  "a resnet in ghost batches": [{ ...residual, norm: { kind: "batch", samples: 2 } }, inParts],
  "a transformer": [
    { kind: "vit", ...image, patch: 2, dimension: 4, depth: 2, heads: 2, hidden: 6, activation: "gelu" },
    inParts
  ],
  "a transformer on all samples": [
    { kind: "vit", ...image, patch: 2, dimension: 4, depth: 1, heads: 2, hidden: 6, activation: "gelu" },
    { ...whole, features: 32 }
  ]
}

/** One output is no choice of classes, but a sign. */
const lossesFor = ({ outputs }: Sizes): ReadonlyArray<Loss> =>
  outputs === 1
    ? ["mse", "logistic", "exponential"]
    : ["mse", "crossEntropy", { kind: "crossEntropy", labelSmoothing: 0.1, weightDecay: 0.1 }]

const nameOf = (loss: Loss): string => (typeof loss === "string" ? loss : `${loss.kind} with terms`)

/** Every kind of model with every loss in both element types; and every activation once. */
const settings: ReadonlyArray<readonly [name: string, options: ModelOptions]> = [
  ...Object.entries(models).flatMap(([name, [architecture, sizes]]) =>
    lossesFor(sizes).flatMap((loss) =>
      (["float32", "float64"] as const).map(
        (dtype) => [`${name}, ${nameOf(loss)}, ${dtype}`, { architecture, loss, dtype, ...sizes }] as const
      )
    )
  ),
  ...Activation.literals.map((activation) => {
    const architecture: Architecture = { kind: "mlp", widths: [3], activation }
    return [`an mlp of ${activation}`, { architecture, loss: "mse", dtype: "float32", ...whole }] as const
  })
]

/** y = one node of x [2, 3]. */
const single = (node: Partial<NodeMessage>, y: ReadonlyArray<number>): Promise<Uint8Array> =>
  modelBytes({
    name: "wrong",
    node: [{ name: "it", input: ["x"], output: ["y"], ...node } as NodeMessage],
    input: [valueInfo("x", "float32", [2, 3])],
    output: [valueInfo("y", "float32", y)]
  })

const wrong: Readonly<Record<string, readonly [node: Partial<NodeMessage>, y: ReadonlyArray<number>]>> = {
  "an op that there is not": [{ opType: "Tangle" }, [2, 3]],
  "an op of others": [{ opType: "Gelu", domain: "com.microsoft" }, [2, 3]],
  "one input too many": [{ opType: "Tanh", input: ["x", "x"] }, [2, 3]],
  "a value that nothing makes": [{ opType: "Tanh", input: ["z"] }, [2, 3]],
  "another shape than is inferred": [{ opType: "Tanh" }, [2, 4]]
}

describe.skipIf(checkerIsMissing)(titled("the checker of ONNX"), () => {
  let verdict: Verdict
  let folder = ""
  let written = 0
  const forms = new Set<string>()

  const write = (path: string, bytes: Uint8Array): void => writeFileSync(join(folder, path), bytes)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "brink-onnx-"))
    for (const [name, options] of settings) {
      const { files, batchGradient, loop } = await Effect.runPromise(encodeModel(options))
      forms.add(loop.options.around === undefined ? "direct" : "dual")
      mkdirSync(join(folder, name))
      const { "step.wasm": _, ...models } = files
      const all = { ...models, "batchGradient.onnx": await encode(batchGradient!) }
      for (const [file, bytes] of Object.entries(all)) write(join(name, file), bytes)
      for (const data of ["inputs", "targets", "factor"]) write(join(name, data), new Uint8Array()) // only that it is there is checked
      written += Object.keys(all).length
    }
    mkdirSync(join(folder, "wrong"))
    for (const [name, [node, y]] of Object.entries(wrong)) write(`wrong/${name}.onnx`, await single(node, y))
    verdict = checkModels(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("passes every file of every kind of model, and these hold ops of ONNX alone", () => {
    assert.deepStrictEqual(
      verdict.failures.filter((line) => !line.startsWith("wrong/")),
      []
    )
  })

  it("has seen all of them, both forms of a step among them", () => {
    assert.isAtLeast(written, 8 * 70)
    assert.strictEqual(verdict.checked, written + Object.keys(wrong).length)
    assert.sameMembers([...forms], ["direct", "dual"])
  })

  it("has seen them as they are, where it knows their opset", () => {
    assert.strictEqual(verdict.restated === 0, verdict.opset >= opsetVersion, `onnx ${verdict.version}`)
  })

  it.each(Object.keys(wrong))("would refuse %s", (name) => {
    assert.isTrue(
      verdict.failures.some((line) => line.startsWith(`wrong/${name}.onnx: `)),
      verdict.failures.join("\n")
    )
  })
})
