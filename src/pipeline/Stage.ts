/**
 * A stage: a named, typed function from artifacts and parameters to one artifact. Calling it runs nothing; it gives a Ref.
 * Knows nothing of stores, workers or keys.
 */
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Artifact from "./Artifact.ts"
import type { Checkpoint } from "./Checkpoint.ts"
import * as Conduct from "./Conduct.ts"
import { canonical, type Json } from "./canonical.ts"
import type { Device } from "./Device.ts"
import { ArgumentInvalid } from "./Errors.ts"
import type { Progress } from "./Progress.ts"
import * as ProjectFile from "./ProjectFile.ts"
import type { Provenance } from "./Provenance.ts"
import * as Ref from "./Ref.ts"
import { expectedBy, shown } from "./refusal.ts"

export const TypeId = "~brink/Stage"

/** The services that every stage may ask for: whoever runs an action provides them. */
export type Provided = Checkpoint | Device | Progress | Provenance

export type Takes = Readonly<Record<string, Artifact.Any | Artifact.Many<Artifact.Any> | Schema.Constraint>>

/** What `run` is given: values. */
export type Given<T extends Takes> = {
  readonly [K in keyof T]: T[K] extends Artifact.Any
    ? Artifact.Value<T[K]>
    : T[K] extends Artifact.Many<infer A>
      ? ReadonlyArray<Artifact.Value<A>>
      : T[K] extends Schema.Constraint
        ? T[K]["Type"]
        : never
}

/** What a call is given: refs for artifacts, values for parameters. */
export type Arguments<T extends Takes> = {
  readonly [K in keyof T]: T[K] extends Artifact.Any
    ? Ref.Ref<T[K], unknown, unknown>
    : T[K] extends Artifact.Many<infer A>
      ? ReadonlyArray<Ref.Ref<A, unknown, unknown>>
      : T[K] extends Schema.Constraint
        ? T[K]["Type"]
        : never
}

/** The names of what a stage takes that is a value, not an artifact. */
export type Parameters<T extends Takes> = {
  [K in keyof T & string]: T[K] extends Artifact.Any | Artifact.Many<Artifact.Any> ? never : K
}[keyof T & string]

export interface Options<T extends Takes, A extends Artifact.Any, E, R, Own, EL>
  extends Conduct.ConductOptions<Parameters<T>> {
  /** Artifacts and parameters, by name. */
  readonly takes: T
  readonly makes: A
  readonly run: (given: Given<T>) => Effect.Effect<Artifact.Value<A>, E, R>
  /** The services that `run` asks for beyond those that every stage has. Part of the stage's code. */
  readonly layer?: Layer.Layer<Own, EL, Provided>
  /** Pins the stage's code: it reruns when this changes, not when its code does. The fingerprint is still recorded. */
  readonly version?: string
  /** Its numbers depend on the device (`cpu`, `cuda`, …), which then is part of the key. */
  readonly device?: boolean
  /** It writes the keys of what it was given into its artifact, so they are part of the key. */
  readonly provenance?: boolean
  /** Packages whose files it reads without importing them: their versions are part of its code. */
  readonly packages?: ReadonlyArray<string>
}

export interface Stage<out Name extends string, T extends Takes, A extends Artifact.Any, out E, out R> {
  <const G extends Arguments<T>>(given: G): Ref.Ref<A, E | Ref.ErrorOf<G[keyof G]>, R | Ref.ServicesOf<G[keyof G]>>
  readonly [TypeId]: typeof TypeId
  readonly stage: Name
  readonly takes: T
  readonly makes: A
  readonly run: (given: Given<T>) => Effect.Effect<Artifact.Value<A>, unknown, unknown>
  readonly layer: Layer.Layer<unknown, unknown, Provided> | undefined
}

/** A stage whose types are forgotten, for code that runs any of them. */
export interface Any {
  readonly [TypeId]: typeof TypeId
  readonly stage: string
  readonly takes: Takes
  readonly makes: Artifact.Any
  readonly run: (given: never) => Effect.Effect<unknown, unknown, unknown>
  readonly layer: Layer.Layer<unknown, unknown, Provided> | undefined
}

export const isStage = (u: unknown): u is Any => typeof u === "function" && TypeId in u

const kindOf = (u: unknown): string =>
  Ref.isRef(u) ? `a ref of ${u.stage.name}` : Array.isArray(u) ? "an array" : u === null ? "null" : typeof u

const makesOf = (ref: Ref.Any): string => (ref.stage.makes as { readonly artifact: string }).artifact

type Encoder = (value: unknown) => Json

/** How each parameter is written. */
const encodersOf = (takes: Takes): Readonly<Record<string, Encoder>> => {
  const encoders: Record<string, Encoder> = {}
  for (const [name, take] of Object.entries(takes)) {
    if (Artifact.isArtifact(take) || Artifact.isMany(take)) continue
    encoders[name] = Schema.encodeUnknownSync(Schema.toCodecJson(take) as unknown as Schema.Codec<unknown, Json>)
  }
  return encoders
}

const attempt = <A>(run: () => A, refusal: (cause: Error) => ArgumentInvalid): A => {
  try {
    return run()
  } catch (cause) {
    throw refusal(cause as Error)
  }
}

/** Sorts the arguments of a call into parameters (encoded) and inputs (refs), and refuses what does not fit. */
const sortArguments = (
  info: Ref.StageInfo,
  takes: Takes,
  encoders: Readonly<Record<string, Encoder>>,
  given: Readonly<Record<string, unknown>>
) => {
  const refuse = (argument: string, expected: string, got: string) =>
    new ArgumentInvalid({ stage: info.name, argument, expected, got })
  const params: Record<string, Json> = {}
  const inputs: Record<string, Ref.Any | ReadonlyArray<Ref.Any>> = {}
  const oneOf = (name: string, artifact: Artifact.Any, value: unknown): Ref.Any => {
    if (!Ref.isRef(value)) throw refuse(name, `a ref of ${artifact.name}`, kindOf(value))
    if (makesOf(value) !== artifact.name) throw refuse(name, `a ref of ${artifact.name}`, `a ref of ${makesOf(value)}`)
    return value
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(takes, name))
      throw refuse(name, `one of ${Object.keys(takes).join(", ")}`, "an argument it does not take")
  }
  for (const [name, take] of Object.entries(takes)) {
    const value = given[name]
    if (Artifact.isArtifact(take)) inputs[name] = oneOf(name, take, value)
    else if (Artifact.isMany(take)) {
      if (!Array.isArray(value)) throw refuse(name, `an array of refs of ${take.many.name}`, kindOf(value))
      inputs[name] = value.map((item, index) => oneOf(`${name}[${index}]`, take.many, item))
    } else {
      params[name] = attempt(
        () => encoders[name]!(value),
        (cause) => refuse(name, expectedBy(cause), shown(value))
      )
      attempt(
        () => canonical(params[name]),
        (cause) => refuse(name, "a value that a key can hold", cause.message)
      )
    }
  }
  return { params, inputs }
}

/**
 * A stage of the given name; `stages/<name>.ts` exports it.
 *
 * Errors  ArgumentInvalid, thrown by a call whose arguments do not fit (the types refuse the same at compile time)
 */
export const make = <
  const Name extends string,
  const T extends Takes,
  A extends Artifact.Any,
  E,
  R,
  Own = never,
  EL = never
>(
  name: Name,
  options: Options<T, A, E, R, Own, EL>
): Stage<Name, T, A, E | EL, Exclude<R, Own | Provided>> => {
  const files = Object.entries(options.takes).flatMap(([argument, take]) =>
    !Artifact.isArtifact(take) && !Artifact.isMany(take) && ProjectFile.isFile(take) ? [argument] : []
  )
  const info: Ref.StageInfo = {
    name,
    makes: Artifact.describe(options.makes),
    version: options.version,
    device: options.device ?? false,
    provenance: options.provenance ?? false,
    packages: options.packages ?? [],
    ...(files.length === 0 ? {} : { files }),
    quorums: Object.fromEntries(
      Object.entries(options.takes).flatMap(([argument, take]) =>
        Artifact.isMany(take) && take.quorum < 1 ? [[argument, take.quorum]] : []
      )
    ),
    conduct: Conduct.make(options)
  }
  let encoders: Readonly<Record<string, Encoder>> | undefined
  const call = (given: Readonly<Record<string, unknown>>): Ref.Any => {
    encoders ??= encodersOf(options.takes)
    const { params, inputs } = sortArguments(info, options.takes, encoders, given)
    return Ref.make(info, params, inputs)
  }
  return Object.assign(call, {
    [TypeId]: TypeId,
    stage: name,
    takes: options.takes,
    makes: options.makes,
    run: options.run,
    layer: options.layer
  }) as unknown as Stage<Name, T, A, E | EL, Exclude<R, Own | Provided>>
}
