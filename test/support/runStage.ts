/** Runs a stage as it is, without a store: its services are those of one run. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Artifact from "../../src/pipeline/Artifact.ts"
import { Checkpoint } from "../../src/pipeline/Checkpoint.ts"
import { Device } from "../../src/pipeline/Device.ts"
import { Progress, type Report } from "../../src/pipeline/Progress.ts"
import { Provenance } from "../../src/pipeline/Provenance.ts"
import type * as Stage from "../../src/pipeline/Stage.ts"

export interface Heard {
  /** Given every state that is offered. */
  readonly keep?: (state: unknown) => void
  /** States that an earlier execution left. */
  readonly states?: ReadonlyArray<unknown>
  readonly report?: (report: Report) => void
}

const services = ({ keep, states = [], report }: Heard) =>
  Layer.mergeAll(
    Layer.succeed(Checkpoint)({
      restore: () => Effect.succeed(states as never),
      offer: (_, state) => Effect.sync(() => keep?.(structuredClone(state()))),
      leave: () => Effect.void
    }),
    Layer.succeed(Device)({ name: "cpu" }),
    Layer.succeed(Progress)({ report: (given) => Effect.sync(() => report?.(given)) }),
    Layer.succeed(Provenance)({ keys: () => Array(100).fill("0".repeat(64)) })
  )

export const runStage = <T extends Stage.Takes, A extends Artifact.Any>(
  stage: Stage.Stage<string, T, A, unknown, unknown>,
  given: Stage.Given<T>,
  heard: Heard = {}
): Effect.Effect<Artifact.Value<A>, unknown> => {
  const layer = (stage.layer ?? Layer.empty) as Layer.Layer<unknown>
  return stage.run(given).pipe(Effect.provide(layer.pipe(Layer.provideMerge(services(heard))))) as never
}
