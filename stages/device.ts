/**
 * Sessions on the device that a run was asked to compute on.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Device } from "../src/pipeline/Device.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"

/** A device that is not there is refused when a model is opened, with what to install. */
export const layerOnDevice = Layer.unwrap(Effect.map(Device, ({ name }) => layerOnnx({ device: name })))
