/**
 * A program that calculates with small networks on a device and prints what it found as one line of JSON; its arguments are
 * the device and the networks. A process of its own, because a driver is chosen by the environment that a process starts with.
 */
import * as Effect from "effect/Effect"
import { encodeModel } from "../../bench/open.ts"
import { drawSamples } from "../../bench/samples.ts"
import type { Architecture } from "../../src/models/Architecture.ts"
import type { ModelOptions } from "../../src/models/trainingGraphs.ts"
import { fromSeed, normal } from "../../src/random/Prng.ts"
import { join } from "../../src/runtime/flat.ts"
import { openObjective, type Samples } from "../../src/runtime/objective.ts"
import { layerOnnx } from "../../src/runtime/onnxruntime.ts"
import { initialize } from "../../src/train/initialize.ts"

const networks: Readonly<Record<string, Architecture>> = {
  mlp: { kind: "mlp", widths: [16], activation: "tanh" },
  cnn: { kind: "cnn", channels: 2, height: 6, width: 6, widths: [6], activation: "tanh", pooling: "average" }
}
const [N, D, C] = [16, 72, 4]
const learningRate = 0.1 // η
const steps = 5

export interface Found {
  readonly vectors: {
    readonly gradient: ReadonlyArray<number>
    /** L before each step. */
    readonly losses: ReadonlyArray<number>
    readonly theta: ReadonlyArray<number>
    readonly product: ReadonlyArray<number>
  }
  /** Models of which this device runs every node. */
  readonly whole: ReadonlyArray<string>
}

/** Those models that open where no node may be left to the processor. */
const openedWhole = async (
  files: Readonly<Record<string, Uint8Array>>,
  { inputs, targets }: Samples,
  device: string
) => {
  const { InferenceSession } = await import("onnxruntime-node")
  const externalData = Object.entries({ inputs, targets }).map(([path, { data }]) => ({
    path,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  }))
  const opened: Array<string> = []
  for (const [name, bytes] of Object.entries(files)) {
    const options = {
      executionProviders: [device],
      externalData,
      logSeverityLevel: 4,
      extra: { session: { disable_cpu_ep_fallback: "1" } }
    } as const
    const session = await InferenceSession.create(bytes, options).catch(() => undefined)
    if (session !== undefined) opened.push(name)
    await session?.release()
  }
  return opened
}

const calculate = Effect.fnUntraced(function* (device: string, network: string) {
  const data = drawSamples("onDevice", N, D, C)
  const sizes = { train: N, test: N, features: D, outputs: C }
  const options: ModelOptions = { architecture: networks[network]!, loss: "crossEntropy", dtype: "float32", ...sizes }
  const { files, parameters } = yield* encodeModel(options)
  const objective = yield* openObjective(files, parameters, "float32", { train: data, test: data })
  const start = join(initialize(parameters, 0, "float32"), parameters, "float32")
  const direction = normal(fromSeed("onDevice/direction"), objective.dimension).map(Math.fround)
  const { gradient, multiply } = yield* objective.linearize(start)
  const { losses, theta } = yield* objective.descend(start, learningRate, steps)
  const product = yield* multiply(direction)
  const vectors = { gradient: [...gradient], losses: [...losses], theta: [...theta], product: [...product] }
  const whole = device === "cpu" ? Object.keys(files) : yield* Effect.promise(() => openedWhole(files, data, device))
  return { vectors, whole } satisfies Found
}, Effect.scoped)

const [device = "cpu", ...names] = process.argv.slice(2)
const failed = ({ _tag, message }: { readonly _tag: string; readonly message: string }) => ({ failed: _tag, message })
const answer = Effect.forEach(names, (name) =>
  Effect.map(calculate(device, name), (found) => [name, found] as const)
).pipe(
  Effect.map((found): unknown => Object.fromEntries(found)),
  Effect.catch((error) => Effect.succeed<unknown>(failed(error))),
  Effect.provide(layerOnnx({ device }))
)
process.stdout.write(`${JSON.stringify(await Effect.runPromise(answer))}\n`)
