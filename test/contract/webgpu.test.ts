/**
 * The device `webgpu`, on a GPU in software: it calculates what the processor does, and where no driver is nothing else is used
 * in its place.
 *
 * Where the tolerance comes from: both calculate in float32 and differ in the order of sums and in the last bits of tanh and
 * exp. A number is a sum of some hundred products, each rounded by at most 6e-8 of its size: 1e-6 in the norm of a vector, of
 * which 10⁻⁷ to 10⁻⁶ were found in networks of every kind. A kernel that calculates something else, or in float16 (5e-4), is
 * far above the tolerance 2e-5.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, test } from "vitest"
import type { Found } from "../support/onDevice.ts"
import { copyOfTheProject } from "../support/project.ts"
import { driverIsMissing, runNode, titled, withDriver, withoutDriver } from "../support/softwareGpu.ts"

const tolerance = 2e-5
const patience = 120_000
const brink = "src/cli/brink.mjs"

const networks = ["mlp", "cnn"] as const

/** What each network gave, or why none did. */
type Answer = Readonly<Record<(typeof networks)[number], Found>> | { readonly failed: string; readonly message: string }

const calculate = async (environment: Readonly<Record<string, string>>, device: string): Promise<Answer> => {
  const { stdout, stderr } = await runNode(environment, ["test/support/onDevice.ts", device, ...networks])
  const line = stdout.trimEnd().split("\n").at(-1)!
  assert.match(line, /^\{/, stderr)
  return JSON.parse(line) as Answer
}

const calculated = async (device: string) => {
  const answer = await calculate(withDriver, device)
  return "failed" in answer ? assert.fail(answer.message) : answer
}

const norm = (vector: ReadonlyArray<number>): number => Math.hypot(...vector)

const assertAgrees = (what: string, actual: ReadonlyArray<number>, expected: ReadonlyArray<number>): void => {
  assert.lengthOf(actual, expected.length, what)
  assert.isAbove(norm(expected), 0, what)
  const distance = norm(actual.map((value, i) => value - expected[i]!)) / norm(expected)
  assert.isAtMost(distance, tolerance, `${what}: relative to the processor's`)
}

/** Data, a network in float32, and its flow, which is calculated on the device. */
const onePipeline = `import * as Pipeline from "../src/pipeline/Pipeline.ts"
import { buildModel } from "../stages/buildModel.ts"
import { followFlow } from "../stages/followFlow.ts"
import { initialise } from "../stages/initialise.ts"
import { prepareData } from "../stages/prepareData.ts"
export default Pipeline.make("one", {
  params: {},
  defaults: {},
  build: () => {
    const data = prepareData({ source: { kind: "mnist", train: 20, test: 10, scaling: "standard" } })
    const architecture = { kind: "mlp", widths: [4], activation: "tanh" } as const
    const model = buildModel({ data, architecture, loss: "mse", dtype: "float32" })
    const start = initialise({ model, seed: 0 })
    const limits = { threshold: 0.4, alpha: 1, measureEvery: 10, maxSteps: 5, tolerance: 1e-2 }
    return { flow: followFlow({ data, model, start, ...limits }) }
  }
})
`

describe.skipIf(driverIsMissing)(titled("webgpu on a GPU in software"), { timeout: patience }, () => {
  let found: ReadonlyArray<Awaited<ReturnType<typeof calculated>>> = []
  beforeAll(async () => {
    found = await Promise.all(["webgpu", "cpu"].map(calculated))
  }, patience)

  test.each(networks)("a %s has the loss, gradient, descent and Hessian products of the processor", (name) => {
    const [actual, expected] = found.map((each) => each[name].vectors)
    for (const what of ["gradient", "losses", "theta", "product"] as const)
      assertAgrees(`${name}'s ${what}`, actual![what], expected![what])
  })

  test.each(networks)(
    "gradients and products of a %s run on it as a whole, and nothing of them on the processor",
    (name) => {
      // A loop, and the accuracy, have nodes without a kernel there.
      const whole = ["gradient.onnx", "linearize.onnx", "multiply.onnx", "gaussNewton.onnx"]
      assert.includeMembers([...found[0]![name].whole], whole)
    }
  )

  test("doctor says that it computes", async () => {
    const { code, stdout } = await runNode(withDriver, [brink, "doctor"])
    assert.strictEqual(code, 0, stdout)
    assert.match(stdout, /^ok +webgpu +computes$/m)
  })
})

describe.skipIf(process.platform !== "linux")("webgpu without a driver", { timeout: patience }, () => {
  test("is refused with what to install, and nothing is calculated elsewhere (DeviceUnavailable)", async () => {
    const answer = await calculate(withoutDriver, "webgpu")
    assert.deepInclude(answer, { failed: "DeviceUnavailable" })
    assert.match(
      "failed" in answer ? answer.message : "",
      /"webgpu" is not available: .*libvulkan1.*use the device cpu/
    )
  })

  test("doctor says that it is not there, and what to install", async () => {
    const { stdout } = await runNode(withoutDriver, [brink, "doctor"])
    assert.match(stdout, /^no +webgpu .*libvulkan1/m)
  })

  test("a run with --device webgpu fails at the first stage that asks for it, and keeps nothing of it", async () => {
    const project = copyOfTheProject()
    try {
      project.write("pipelines/one.ts", onePipeline)
      const run = (device: string) => runNode(withoutDriver, [brink, "run", "one", "--device", device], project.root)
      const { code, stderr } = await run("webgpu")
      assert.notStrictEqual(code, 0)
      assert.match(stderr, /device "webgpu" is not available/)
      assert.match(stderr, /^done +initialise/m)
      assert.notMatch(stderr, /^done +followFlow/m)
      assert.notInclude(readdirSync(join(project.root, "artifacts", "latest", "one")), "flow")
      const onProcessor = await run("cpu")
      assert.strictEqual(onProcessor.code, 0, onProcessor.stderr)
      assert.match(onProcessor.stderr, /^done +followFlow/m)
    } finally {
      project.remove()
    }
  })
})
