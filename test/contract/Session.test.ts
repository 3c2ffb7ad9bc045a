import { layerOnnx } from "../../src/runtime/onnxruntime.ts"
import { layerReference } from "../../src/runtime/reference.ts"
import { suite } from "./Session.ts"

suite("onnxruntime", layerOnnx())
suite("reference", layerReference)
