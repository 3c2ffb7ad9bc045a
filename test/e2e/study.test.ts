/**
 * The pipelines of the study that the quickstart does not run: small ones of them find what is known, and say what they need.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import type * as Artifact from "../../src/pipeline/Artifact.ts"
import type { SeedTable } from "../../stages/artifacts.ts"
import { drawer } from "../support/draw.ts"
import { copyOfTheProject, type Project } from "../support/project.ts"

describe("the study", { timeout: 180_000 }, () => {
  let project: Project
  const latest = (path: string) => readFileSync(join(project.root, "artifacts/latest", path))
  const seedsOf = (pipeline: string) =>
    JSON.parse(latest(`${pipeline}/seeds/value.json`).toString()) as Artifact.Value<typeof SeedTable>
  const run = (...args: ReadonlyArray<string>): void => {
    const { code, stderr } = project.brink("run", ...args)
    assert.strictEqual(code, 0, stderr)
  }

  beforeAll(() => {
    project = copyOfTheProject()
  })
  afterAll(() => project?.remove())

  it("finds that large rates hurt where the truth is sparse, from the critical rate on (regression)", () => {
    run("regression", "-S", "draw=0,1,2", "-S", "ratio=0.4,0.8,1.1,1.2", "-S", "density=0.1")
    const { rows, comparison } = seedsOf("regression")
    assert.deepStrictEqual(
      rows.map(({ ratio, converged }) => [ratio, converged]),
      [
        [0.4, 3],
        [0.8, 3],
        [1.1, 3],
        [1.2, 3]
      ]
    )
    for (const { ratio, l1, sharpness, stability, testLoss } of rows) {
      if (ratio < 1) {
        assert.closeTo(l1!.mean, 1, 0.05)
        assert.closeTo(sharpness!.mean, 1, 0.05)
      } else {
        assert.closeTo(stability!.mean, 1, 0.02)
        assert.isAbove(l1!.mean, 1.1)
        assert.isAbove(testLoss!.mean, 2 * rows[0]!.testLoss!.mean)
      }
    }
    assert.deepStrictEqual(comparison!.best, [0.4, 0.4, 0.4])
    assert.include(
      latest("regression/figure/value.json").toString(),
      "By its own test loss alone each sweep is best at"
    )
    assert.match(latest("regression/seeds/seeds.csv").toString(), /^ratio,runs,converged,testLoss,testLossError,/)
  })

  it("trains on CIFAR-10 from files of the project, and says which are missing (cifar10)", () => {
    const missing = project.brink("plan", "cifar10")
    assert.strictEqual(missing.code, 2)
    assert.include(missing.stderr, "takes the file data/cifar-10-batches-bin/data_batch_1.bin, and there is none")
    const draw = drawer(1)
    const records = (count: number) =>
      Buffer.concat(
        Array.from({ length: count }, (_, i) => {
          const bytes = Buffer.alloc(3073, 40 + 12 * (i % 10))
          for (let at = 1; at < bytes.length; at += 7) bytes[at] = draw.index(256)
          bytes[0] = i % 10
          return bytes
        })
      )
    for (const [name, count] of [
      ["train", 20],
      ["test", 10]
    ] as const)
      project.write(`data/${name}.bin`, records(count))
    run(
      ...[
        "cifar10",
        "-S",
        "trainFile=data/train.bin",
        "-S",
        "testFile=data/test.bin",
        "-S",
        "train=20",
        "-S",
        "test=10"
      ],
      ...["-S", "threshold=0.35", "-S", "seed=0,1", "-S", "ratio=0.5,1.5"]
    )
    const { rows, comparison } = seedsOf("cifar10")
    assert.deepStrictEqual(
      rows.map(({ ratio, runs }) => [ratio, runs]),
      [
        [0.5, 2],
        [1.5, 2]
      ]
    )
    assert.isNull(comparison)
    const page = latest("cifar10/report/index.html").toString()
    for (const part of ["20 images of CIFAR-10, start 0", "20 images of CIFAR-10, start 1", "Over starts and draws"])
      assert.include(page, part)
  })
})
