import { describe, expect, it } from "vitest"
import type { Loss } from "../../../src/models/Architecture.ts"
import { InvalidArchitecture } from "../../../src/models/Errors.ts"
import { objectiveOf } from "../../../src/models/loss.ts"
import { smallModel } from "../../support/models.ts"

describe("losses", () => {
  const linear = { kind: "mlp", widths: [], activation: "tanh" } as const
  /** f(x) = x for the data's three features. */
  const lossOf = (loss: Loss, inputs: ReadonlyArray<number>, targets: ReadonlyArray<number>) => {
    const count = inputs.length / 3
    const model = smallModel(linear, 1, { train: count, test: 1, features: 3, outputs: 3 }, loss)
    const weights = model.named(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0))
    const given = { inputs: Float64Array.from(inputs), targets: Float64Array.from(targets) }
    return model.run("gradient", { ...weights, ...given })["loss"]![0]!
  }

  it("cross-entropy is the mean of −log of the probability of the class", () => {
    const p = Math.exp(1) / (Math.exp(1) + Math.exp(2) + Math.exp(3))
    const q = Math.exp(3) / (Math.exp(1) + Math.exp(2) + Math.exp(3))
    expect(lossOf("crossEntropy", [1, 2, 3, 1, 2, 3], [1, 0, 0, 0, 0, 1])).toBeCloseTo(
      -(Math.log(p) + Math.log(q)) / 2,
      14
    )
  })

  it("smooth labels share ε among all classes", () => {
    const all = [0, 1, 2].map((c) => lossOf("crossEntropy", [1, 2, 3], [0, 0, 0].with(c, 1)))
    const expected = 0.9 * all[0]! + (0.1 / 3) * all.reduce((sum, value) => sum + value)
    const smooth = { kind: "crossEntropy", labelSmoothing: 0.1 } as const
    expect(lossOf(smooth, [1, 2, 3], [1, 0, 0])).toBeCloseTo(expected, 14)
  })

  it("logistic and exponential loss know the sign of the target only", () => {
    const logistic = Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(2)) + Math.log1p(Math.exp(3))
    const exponential = Math.exp(-1) + Math.exp(2) + Math.exp(3)
    for (const targets of [
      [1, 0, 0],
      [1, -1, -1]
    ]) {
      expect(lossOf("logistic", [1, 2, 3], targets)).toBeCloseTo(logistic, 14)
      expect(lossOf("exponential", [1, 2, 3], targets)).toBeCloseTo(exponential, 13)
    }
  })

  it("weight decay is half of λ times the squared norm of all weights", () => {
    const plain = lossOf("mse", [1, 2, 3], [1, 0, 0])
    expect(lossOf({ kind: "mse", weightDecay: 0.2 }, [1, 2, 3], [1, 0, 0])).toBeCloseTo(plain + 0.5 * 0.2 * 3, 14)
  })

  it.each([
    [{ kind: "mse", labelSmoothing: 0.1 }, 3, "labelSmoothing is 0.1, expected 0: only crossEntropy has it"],
    [{ kind: "crossEntropy", labelSmoothing: 1 }, 3, "labelSmoothing is 1, expected from 0 to below 1"],
    [{ kind: "mse", weightDecay: -1 }, 3, "weightDecay is -1"],
    ["crossEntropy", 1, "the number of outputs of the data is 1, expected at least 2"]
  ] as ReadonlyArray<readonly [Loss, number, string]>)("%j for %d outputs is refused", (loss, outputs, message) => {
    expect(() => objectiveOf(loss, outputs)).toThrow(InvalidArchitecture)
    expect(() => objectiveOf(loss, outputs)).toThrow(message)
  })
})
