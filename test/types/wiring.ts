/**
 * What must not compile. Checked by `npm run types`: an unused `@ts-expect-error` is an error.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Artifact from "../../src/pipeline/Artifact.ts"
import { Checkpoint } from "../../src/pipeline/Checkpoint.ts"
import * as Pipeline from "../../src/pipeline/Pipeline.ts"
import type * as Ref from "../../src/pipeline/Ref.ts"
import * as Stage from "../../src/pipeline/Stage.ts"
import * as Sweep from "../../src/pipeline/Sweep.ts"

type Equals<X, Y> = (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? true : false
const same = <_T extends true>(): void => undefined

const bytes = Artifact.file<Uint8Array>("bin", { encode: (value) => value, decode: (value) => value })
const Dataset = Artifact.make("Dataset", { samples: Schema.Int, inputs: bytes })
const Model = Artifact.make("Model", { samples: Schema.Int, inputs: bytes }) // the same parts: told apart by name
const Path = Artifact.make("Path", { losses: Schema.Array(Schema.Finite) })

class Missing extends Schema.TaggedError<Missing>()("Missing", { path: Schema.String }) {}
class Engine extends Context.Service<Engine, { readonly step: Effect.Effect<number> }>()("test/Engine") {}
const engine = Layer.succeed(Engine)({ step: Effect.succeed(1) })

const prepare = Stage.make("prepare", {
  takes: { samples: Schema.Int },
  makes: Dataset,
  run: Effect.fn("prepare")(function* ({ samples }) {
    if (samples < 0) return yield* new Missing({ path: "" })
    return { samples, inputs: new Uint8Array(samples) }
  })
})
const build = Stage.make("build", {
  takes: { data: Dataset },
  makes: Model,
  run: ({ data }) => Effect.succeed({ samples: data.samples, inputs: data.inputs })
})
const descend = Stage.make("descend", {
  takes: { data: Dataset, model: Model, learningRate: Schema.Finite, kind: Schema.Literals(["plain", "momentum"]) },
  makes: Path,
  layer: engine,
  run: Effect.fn("descend")(function* ({ data, learningRate }) {
    yield* Checkpoint
    const { step } = yield* Engine
    return { losses: [(yield* step) * data.samples * learningRate] }
  })
})
const bare = Stage.make("bare", {
  takes: { data: Dataset },
  makes: Path,
  run: Effect.fn("bare")(function* () {
    return { losses: [yield* (yield* Engine).step] }
  })
})
const tabulate = Stage.make("tabulate", {
  takes: { paths: Artifact.many(Path) },
  makes: Path,
  run: ({ paths }) => Effect.succeed({ losses: paths.flatMap((path) => path.losses) })
})

const data = prepare({ samples: 3 })
const model = build({ data })
const path = descend({ data, model, learningRate: 0.1, kind: "plain" })
same<Equals<typeof path, Ref.Ref<typeof Path, Missing, never>>>()
same<Equals<Ref.ServicesOf<ReturnType<typeof bare<{ data: typeof data }>>>, Engine>>()

/** swapped inputs */
// @ts-expect-error a Model is not a Dataset
descend({ data: model, model: data, learningRate: 0.1, kind: "plain" })

/** a missing field */
// @ts-expect-error `learningRate` is missing
descend({ data, model, kind: "plain" })

/** a wrong type */
// @ts-expect-error a learning rate is a number
descend({ data, model, learningRate: "0.1", kind: "plain" })

/** a wrong literal */
// @ts-expect-error there is no such kind
descend({ data, model, learningRate: 0.1, kind: "nesterov" })

/** an array where several are taken, one where one is */
// @ts-expect-error several paths
tabulate({ paths: path })
tabulate({ paths: [path, path] })

/** a value where a ref is taken */
// @ts-expect-error a ref is needed
build({ data: { samples: 3, inputs: new Uint8Array(3) } })

/** an artifact that does not fit */
Stage.make("wrong", {
  takes: { samples: Schema.Int },
  makes: Path,
  // @ts-expect-error losses are numbers
  run: ({ samples }) => Effect.succeed({ losses: [String(samples)] })
})

Pipeline.make("fine", {
  params: { samples: Schema.Int },
  defaults: { samples: 3 },
  build: () => ({ path, all: tabulate({ paths: [path] }) })
})

/** an unhandled service */
// @ts-expect-error nobody provides Engine
Pipeline.make("unhandled", { params: {}, defaults: {}, build: () => ({ path: bare({ data }) }) })
/** an unhandled service upstream */
// @ts-expect-error nobody provides Engine
Pipeline.make("upstream", { params: {}, defaults: {}, build: () => ({ all: tabulate({ paths: [bare({ data })] }) }) })
/** a wrong default */
// @ts-expect-error samples is a number
Pipeline.make("defaults", { params: { samples: Schema.Int }, defaults: { samples: "3" }, build: () => ({ path }) })

const Limit = Artifact.make("Limit", { add: Schema.Array(Schema.Finite) })
const locate = Stage.make("locate", { takes: { path: Path }, makes: Limit, run: () => Effect.succeed({ add: [] }) })
const swept = {
  params: { ratio: Sweep.axis(Schema.Finite), samples: Schema.Int },
  defaults: { ratio: [1], samples: 3 }
}
const limited = () => ({ limit: locate({ path }), path })

Pipeline.make("refined", {
  ...swept,
  build: ({ ratio }) => {
    const cells = Sweep.grid({ ratio, kind: ["plain", "momentum"] })
    same<Equals<(typeof cells)[number], { readonly ratio: number; readonly kind: "plain" | "momentum" }>>()
    for (const cell of cells) descend({ data, model, learningRate: cell.ratio, kind: cell.kind })
    return limited()
  },
  refine: { ratio: { by: "limit", rounds: 3 } }
})
/** a sweep that is refined by an artifact that adds nothing */
// @ts-expect-error a Path has no values to add
Pipeline.make("adds", { ...swept, build: limited, refine: { ratio: { by: "path", rounds: 3 } } })
/** a sweep that is refined by a target that is not there */
// @ts-expect-error there is no such target
Pipeline.make("target", { ...swept, build: limited, refine: { ratio: { by: "limits", rounds: 3 } } })
/** a parameter that is refined and is no axis */
// @ts-expect-error samples is no axis
Pipeline.make("axis", { ...swept, build: limited, refine: { samples: { by: "limit", rounds: 3 } } })
