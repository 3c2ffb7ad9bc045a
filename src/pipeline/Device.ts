/**
 * On what a stage computes that says its numbers depend on it; part of its key. Knows nothing of what a device is.
 */
import * as Context from "effect/Context"

export class Device extends Context.Service<
  Device,
  {
    /** `cpu`, `cuda`, …; `cpu` for a stage that does not declare `device`. */
    readonly name: string
  }
>()("brink/pipeline/Device") {}
