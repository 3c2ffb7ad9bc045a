/**
 * The record of an executed action: what it made, when, where, by which run. Timings and hosts live here and never in a value.
 */
import * as Schema from "effect/Schema"
import type { Manifest } from "./Artifact.ts"
import type { Json } from "./canonical.ts"

const Blob = Schema.Struct({ digest: Schema.String, size: Schema.Int })

const StoredManifest = Schema.Struct({
  artifact: Schema.String,
  value: Schema.Record(Schema.String, Schema.Unknown as unknown as Schema.Codec<Json, Json>),
  files: Schema.Record(Schema.String, Blob)
})

export const Result = Schema.Struct({
  version: Schema.Literal(1),
  key: Schema.String,
  address: Schema.String,
  /** Digest and length of the manifest's canonical text. */
  output: Blob,
  /** The manifest itself, where it is at most `INLINE_BYTES` long. */
  inline: Schema.optionalKey(StoredManifest),
  /** Every file that the manifest names: all of them are there, or the result is no hit. */
  blobs: Schema.Array(Blob),
  /** The record of the code that ran (`Fingerprint.Code`), kept in the store, whatever the action's code says. */
  code: Blob,
  startedAt: Schema.Finite, // ms since 1970
  milliseconds: Schema.Finite,
  /** Steps that were not repeated because a checkpoint had them. */
  resumed: Schema.Boolean,
  run: Schema.String,
  host: Schema.String,
  pid: Schema.Int,
  platform: Schema.String,
  /** Set where nothing was executed: somebody said that this action makes what another one made. */
  accepted: Schema.optionalKey(
    Schema.Struct({
      /** The key of the action that was executed. */
      from: Schema.String,
      /** The record of the code that was accepted in the place of the one that ran. */
      code: Blob,
      who: Schema.String,
      at: Schema.Finite, // ms since 1970
      because: Schema.String
    })
  )
})
export type Result = typeof Result.Type

/** The record of the code that stands for a result: the one that ran, or the one that was accepted in its place. */
export const codeBehind = (result: Result): Result["code"] => result.accepted?.code ?? result.code

/** Every object that a result names; none where there is no result. */
export const objectsOf = (result: Result | undefined): ReadonlyArray<string> =>
  result === undefined
    ? []
    : [
        ...result.blobs.map(({ digest }) => digest),
        result.code.digest,
        ...(result.inline === undefined ? [result.output.digest] : []),
        ...(result.accepted === undefined ? [] : [result.accepted.code.digest])
      ]

/** Small manifests travel inside the result: one file and one fsync for the whole stage. */
export const INLINE_BYTES = 4096

export const decodeManifest = (text: string): Manifest =>
  Schema.decodeUnknownSync(Schema.fromJsonString(StoredManifest))(text) as Manifest
