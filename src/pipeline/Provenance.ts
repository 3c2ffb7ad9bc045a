/**
 * Which actions made what a stage was given. Only stages that declare `provenance` may ask, since the keys are then part
 * of their own key.
 */
import * as Context from "effect/Context"

export class Provenance extends Context.Service<
  Provenance,
  {
    /** The keys behind one argument: one key for an artifact, one per item for several. */
    readonly keys: (argument: string) => ReadonlyArray<string>
  }
>()("brink/pipeline/Provenance") {}
