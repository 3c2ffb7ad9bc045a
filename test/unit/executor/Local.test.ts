/** Workers that cannot do their part: the action fails, and the controller goes on. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Local from "../../../src/executor/Local.ts"
import { keyOf } from "../../../src/pipeline/Action.ts"
import { Executor } from "../../../src/pipeline/Executor.ts"
import * as Journal from "../../../src/pipeline/Journal.ts"
import * as Store from "../../../src/pipeline/Store.ts"
import { memoryDisk } from "../../fault/memoryDisk.ts"
import { sampleAction, sampleCode } from "../../fault/samples.ts"
import { repository } from "../../support/project.ts"

describe("a worker that cannot be started", () => {
  it.live("fails its action, and says why (WorkerDied)", () => {
    const action = sampleAction()
    const rest = { address: "descend", code: sampleCode, inputs: {}, run: "r", extends: [], fromStart: false }
    const local = Local.layer({
      root: "/there/is/no/such/project",
      brink: repository,
      checkpointMilliseconds: 0,
      graceMilliseconds: 0
    })
    const services = Layer.mergeAll(Store.layer("/store"), Journal.layer("/store", "r"))
    return Effect.gen(function* () {
      const { execute } = yield* Executor
      const error = yield* Effect.flip(execute({ ...rest, action, key: keyOf(action) }, () => undefined))
      assert.strictEqual(error._tag, "WorkerDied")
      assert.include(error.message, "it could not be started: spawn")
    }).pipe(Effect.provide(local.pipe(Layer.provide(services), Layer.provide(memoryDisk().layer))))
  })
})
