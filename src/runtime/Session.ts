/**
 * Running models: the one service through which numbers are calculated. A stage asks for a program and runs it; which
 * device or interpreter stands behind it is a layer's business. Knows no layer.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ValueType } from "../onnx/decode.ts"
import type { Tensors } from "../tensor/Tensor.ts"
import type { DeviceUnavailable, InputMismatch, ModelRejected, RunFailed } from "./Errors.ts"

export type { ValueType }

/** A model made ready: opened once, run often. It ends with the scope it was opened in. */
export interface Program {
  readonly inputs: ReadonlyArray<ValueType>
  readonly outputs: ReadonlyArray<ValueType>
  /**
   * The outputs for exactly these inputs; those of `into` are written there, into memory that the caller has for them and for
   * nothing else that the run is given. Blocks the thread until it is done, so it cannot be interrupted.
   */
  readonly run: (inputs: Tensors, into?: Tensors) => Effect.Effect<Tensors, RunFailed | InputMismatch>
}

export type OpenError = ModelRejected | DeviceUnavailable | InputMismatch

export class Session extends Context.Service<
  Session,
  {
    /** Makes the model of these bytes ready. `data` holds what the model leaves out; more than it asks for is ignored. */
    readonly open: (model: Uint8Array, data: Tensors) => Effect.Effect<Program, OpenError, Scope.Scope>
    /**
     * The same of a WebAssembly module, which some models have beside the bytes of their steps: for the processor. Absent where
     * something else calculates.
     */
    readonly openCompiled?: (module: Uint8Array, data: Tensors) => Effect.Effect<Program, OpenError, Scope.Scope>
  }
>()("brink/runtime/Session") {}
