/**
 * What a stage makes: a named record of parts. A part is a schema (kept as JSON in the manifest) or a codec of its own
 * (kept as files beside it). Encoding is deterministic, so equal values have equal digests. Knows nothing of where it is stored.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { canonicalValue, type Json, sha256 } from "./canonical.ts"
import { ArtifactUndecodable, ArtifactUnencodable } from "./Errors.ts"

export const TypeId = "~brink/Artifact"
export const PartTypeId = "~brink/Artifact/Part"

/** Files by path, relative to the part. */
export type Files = Readonly<Record<string, Uint8Array>>

/** A part whose value is forgotten. */
export interface AnyPart {
  readonly [PartTypeId]: string
  /** Ending of a single file; `undefined` where the value is a folder of files. */
  readonly extension: string | undefined
}

/** A codec for values that are not JSON: tensors, tables, models, pages. */
export interface Part<A> extends AnyPart {
  readonly encode: (value: A) => Promise<Files>
  readonly decode: (files: Files) => Promise<A>
}

/** A part kept as one file `<field>.<extension>`. */
export const file = <A>(
  extension: string,
  codec: {
    readonly encode: (value: A) => Uint8Array | Promise<Uint8Array>
    readonly decode: (bytes: Uint8Array) => A | Promise<A>
  }
): Part<A> => ({
  [PartTypeId]: extension,
  extension,
  encode: async (value) => ({ "": await codec.encode(value) }),
  decode: async (files) => codec.decode(files[""] ?? new Uint8Array())
})

/** A part that is a folder of files, kept as they are. */
export const folder: Part<Files> = {
  [PartTypeId]: "folder",
  extension: undefined,
  encode: (files) => Promise.resolve(files),
  decode: (files) => Promise.resolve(files)
}

export type Field = Schema.Constraint | AnyPart
export type Fields = Readonly<Record<string, Field>>
export type ValueOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Part<infer A> ? A : F[K] extends Schema.Constraint ? F[K]["Type"] : never
}

export interface Artifact<out Name extends string, in out Value> {
  readonly [TypeId]: Value | undefined
  readonly name: Name
  readonly fields: Fields
}

// biome-ignore lint/suspicious/noExplicitAny: the value of an artifact is invariant, so its erased form needs it
export type Any = Artifact<string, any>
export type Value<A> = A extends Artifact<string, infer V> ? V : never

/** An artifact of the given parts. */
export const make = <const Name extends string, const F extends Fields>(
  name: Name,
  fields: F
): Artifact<Name, ValueOf<F>> => ({
  [TypeId]: undefined,
  name,
  fields
})

/** Several artifacts of one kind, in the order in which the pipeline gives them. */
export interface Many<A extends Any> {
  readonly many: A
  /** The fraction of them that must be there; the others may have failed. */
  readonly quorum: number
}
/**
 * Several artifacts of one kind. With a `quorum` below 1 the stage runs also where that fraction of them came about and the
 * others failed; what it makes then is another artifact, since its key holds what it was given.
 */
export const many = <A extends Any>(artifact: A, options: { readonly quorum?: number } = {}): Many<A> => ({
  many: artifact,
  quorum: options.quorum ?? 1
})

export const isArtifact = (u: unknown): u is Any => typeof u === "object" && u !== null && TypeId in u
export const isMany = (u: unknown): u is Many<Any> => typeof u === "object" && u !== null && "many" in u
const isPart = (field: Field): field is AnyPart => PartTypeId in field

/** A stored file: its digest and its length in bytes. */
export interface Blob {
  readonly digest: string
  readonly size: number
}

/** The whole of an artifact, by reference: the digest of its canonical text is the artifact's digest. */
export interface Manifest {
  readonly artifact: string
  readonly value: { readonly [field: string]: Json }
  readonly files: { readonly [path: string]: Blob }
}

export interface Encoded {
  readonly manifest: Manifest
  readonly blobs: ReadonlyMap<string, Uint8Array>
}

/** A short text that changes when the shape of the artifact does; part of the action. */
export const describe = (artifact: Any): Json => ({
  artifact: artifact.name,
  parts: Object.fromEntries(
    Object.entries(artifact.fields).map(([name, field]) => [name, isPart(field) ? field[PartTypeId] : "json"])
  )
})

const jsonCodec = (field: Schema.Constraint) => Schema.toCodecJson(field) as unknown as Schema.Codec<unknown, Json>

const prefixOf = (field: string, part: AnyPart): string =>
  part.extension === undefined ? `${field}/` : `${field}.${part.extension}`

/** Node reads and writes no more in one piece. */
const MOST_BYTES = 2 ** 31 - 1

/**
 * The manifest of a value and the bytes that it names.
 *
 * Errors  ArtifactUnencodable where the value does not fit
 */
export const encode = (artifact: Any, value: unknown): Effect.Effect<Encoded, ArtifactUnencodable> =>
  Effect.gen(function* () {
    const failed = (cause: unknown) =>
      new ArtifactUnencodable({
        artifact: artifact.name,
        problem: String(cause instanceof Error ? cause.message : cause)
      })
    if (typeof value !== "object" || value === null)
      return yield* failed(
        `it is ${String(value)}, expected an object with the fields ${Object.keys(artifact.fields).join(", ")}`
      )
    const given = value as Record<string, unknown>
    const plain = (name: string): string =>
      ["number", "string", "boolean", "undefined"].includes(typeof given[name]) ? `, got ${String(given[name])}` : ""
    const json: Record<string, Json> = {}
    const files: Record<string, Blob> = {}
    const blobs = new Map<string, Uint8Array>()
    for (const [name, field] of Object.entries(artifact.fields)) {
      if (!isPart(field)) {
        json[name] = yield* Schema.encodeUnknownEffect(jsonCodec(field))(given[name]).pipe(
          Effect.mapError((error) => failed(`field "${name}": ${error.message}${plain(name)}`))
        )
        continue
      }
      if (given[name] === undefined) return yield* failed(`field "${name}": there is none`)
      const encoded = yield* Effect.tryPromise({
        try: () => (field as Part<unknown>).encode(given[name]),
        catch: (cause) => failed(`field "${name}": ${cause}`)
      })
      for (const [path, bytes] of Object.entries(encoded)) {
        if (bytes.byteLength > MOST_BYTES) {
          const size = (bytes.byteLength / 2 ** 30).toFixed(1)
          return yield* failed(
            `field "${name}": it has ${size} GiB, and a file at most 2: keep less, or divide it into fields`
          )
        }
        const digest = sha256(bytes)
        blobs.set(digest, bytes)
        files[`${prefixOf(name, field)}${path}`] = { digest, size: bytes.byteLength }
      }
    }
    const made: Manifest = { artifact: artifact.name, value: json, files }
    const text = yield* Effect.try({ try: () => canonicalValue(made), catch: failed })
    // In the order in which it is stored, so that whatever is written of it is the same, made or found.
    return { manifest: JSON.parse(text) as Manifest, blobs }
  })

/**
 * The value of a manifest, given its files.
 *
 * Errors  ArtifactUndecodable where the stored value does not fit the schema
 */
export const decode = <E, R>(
  artifact: Any,
  manifest: Manifest,
  read: (blob: Blob) => Effect.Effect<Uint8Array, E, R>
): Effect.Effect<unknown, ArtifactUndecodable | E, R> =>
  Effect.gen(function* () {
    const failed = (problem: string) =>
      new ArtifactUndecodable({ artifact: artifact.name, digest: sha256(canonicalValue(manifest)), problem })
    if (manifest.artifact !== artifact.name) return yield* failed(`it is a ${manifest.artifact}.`)
    const value: Record<string, unknown> = {}
    for (const [name, field] of Object.entries(artifact.fields)) {
      if (!isPart(field)) {
        value[name] = yield* Schema.decodeUnknownEffect(jsonCodec(field))(manifest.value[name]).pipe(
          Effect.mapError((error) => failed(`field "${name}": ${error.message}`))
        )
        continue
      }
      const prefix = prefixOf(name, field)
      const files: Record<string, Uint8Array> = {}
      for (const [path, blob] of Object.entries(manifest.files)) {
        const own = field.extension === undefined ? path.startsWith(prefix) : path === prefix
        if (own) files[path.slice(prefix.length)] = yield* read(blob)
      }
      value[name] = yield* Effect.tryPromise({
        try: () => (field as Part<unknown>).decode(files),
        catch: (cause) => failed(`field "${name}": ${cause}`)
      })
    }
    return value
  })
