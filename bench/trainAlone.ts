/**
 * A process that descends so many steps and says what that took: bench/processes.ts starts it. What is measured is said in
 * one line of JSON.
 *
 *   node bench/trainAlone.ts '{"architecture": …, "samples": …, "features": …, "outputs": …, "warm": …, "steps": …, "chunk": …}'
 */
import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { Architecture } from "../src/models/Architecture.ts"
import { batchOf } from "../src/models/batch.ts"
import { join } from "../src/runtime/flat.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"
import { initialize } from "../src/train/initialize.ts"
import { openModel } from "./open.ts"
import { drawSamples } from "./samples.ts"

export interface Asked {
  readonly architecture: Architecture
  readonly samples: number // N
  readonly features: number // D
  readonly outputs: number // C
  /** Steps before anything is measured. */
  readonly warm: number
  readonly steps: number
  /** Steps in one run. */
  readonly chunk: number
}

export interface Cost {
  readonly milliseconds: number
  /** Of the whole process, at its peak. Unit: MB */
  readonly peak: number
  /** Resident when the steps began and when they had ended. Unit: MB */
  readonly before: number
  readonly after: number
}

const learningRate = 0.001 // η

/** Since this program began; `maxRSS` counts, on Linux, what the process was that started it, too. Unit: MB */
const peak = (): number => {
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "utf8") : ""
  const kilobytes = /VmHWM:\s+(\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS
  return Number(kilobytes) / 2 ** 10
}

/** No collection is asked for: V8 lets more lie about after one. */
const resident = (): number => process.memoryUsage.rss() / 2 ** 20

const { architecture, samples, features, outputs, warm, steps, chunk } = JSON.parse(process.argv[2]!) as Asked

const program = Effect.gen(function* () {
  const sizes = { architecture, loss: "mse", dtype: "float32", train: samples, test: 1, features, outputs } as const
  const { objective, parameters } = yield* openModel(
    { ...sizes, batch: { train: batchOf(architecture, samples) } },
    {
      train: drawSamples("bench/train", samples, features, outputs),
      test: drawSamples("bench/test", 1, features, outputs)
    }
  )
  let theta = join(initialize(parameters, 0, "float32"), parameters, "float32")
  const descend = Effect.fnUntraced(function* (count: number) {
    for (let done = 0; done < count; done += chunk) {
      theta = (yield* objective.descend(theta, learningRate, Math.min(chunk, count - done))).theta
    }
  })
  yield* descend(warm)
  const [begun, before] = [performance.now(), resident()]
  yield* descend(steps)
  const cost: Cost = {
    milliseconds: performance.now() - begun,
    peak: peak(),
    before,
    after: resident()
  }
  process.stdout.write(`${JSON.stringify(cost)}\n`)
}).pipe(Effect.scoped, Effect.provide(layerOnnx({ threads: 1 })))

await Effect.runPromise(program)
